"""How far a sensor has read the events of an instance: its cursor, in process.

Workers do not read events this way: they are fed by the stream of events. This serves
``evaluate_tick`` in tests, over an instance that keeps the runs of one process.
"""

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass

from sensors_app.model.events import DagsterEvent, DagsterEventType, EventLogEntry
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One event of the kind that a sensor waits for.

    Args:
        run: The run, as it is now.
        entry: The entry of its log that has the event.
        event: The event.
    """

    run: DagsterRun
    entry: EventLogEntry
    event: DagsterEvent

    @property
    def timestamp(self) -> float:
        """When it happened, in seconds since the epoch."""
        return self.entry.timestamp


@dataclass(frozen=True, slots=True)
class Position:
    """Everything before a moment has been read, and at that moment the events of some runs.

    The runs are needed because several events may carry the same timestamp.

    Args:
        timestamp: The moment, in seconds since the epoch.
        run_ids: The runs whose events of that moment have been read.
    """

    timestamp: float = 0.0
    run_ids: frozenset[str] = frozenset()

    def after(self, read: RunEvent) -> "Position":
        """Return the position once ``read``, the next event, has been read."""
        run_ids = self.run_ids if read.timestamp == self.timestamp else frozenset()
        return Position(read.timestamp, run_ids | {read.run.run_id})

    def is_before(self, other: RunEvent) -> bool:
        """Tell whether an event has not been read."""
        if other.timestamp == self.timestamp:
            return other.run.run_id not in self.run_ids
        return other.timestamp > self.timestamp

    def to_text(self) -> str:
        """Return it as a cursor."""
        return json.dumps({"timestamp": self.timestamp, "run_ids": sorted(self.run_ids)})

    @staticmethod
    def from_text(cursor: str | None) -> "Position | None":
        """Return the position that a cursor stands for; None if it cannot be read."""
        try:
            read = json.loads(cursor or "")
            return Position(float(read["timestamp"]), frozenset(read["run_ids"]))
        except (ValueError, TypeError, KeyError):
            return None


def run_events(instance: Instance, kinds: Container[DagsterEventType]) -> list[RunEvent]:
    """Return every event of these kinds that the instance has, oldest first."""
    return sorted(_all_of(instance, kinds), key=lambda each: each.timestamp)


def _all_of(instance: Instance, kinds: Container[DagsterEventType]) -> Iterator[RunEvent]:
    # Oldest run first: events of the same moment stay in that order.
    for run in reversed(instance.get_runs()):
        for entry in instance.all_logs(run.run_id):
            event = entry.dagster_event
            if event is not None and event.event_type in kinds:
                yield RunEvent(run, entry, event)
