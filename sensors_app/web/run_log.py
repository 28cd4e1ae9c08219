"""The log of a run as its page shows it: filtered, a part at a time."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import DagsterEventType, EventLogEntry

LEVELS: Mapping[str, int] = {
    name: getattr(logging, name) for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
}
PART = 500
LOGGED = "LOG"
"""The kind of what an op logged itself."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry of a log.

    Args:
        entry: The entry.
        number: Its place in the whole log, from 1.
    """

    entry: EventLogEntry
    number: int

    @property
    def at(self) -> float:
        """When, ms since the epoch."""
        return self.entry.timestamp * 1000

    @property
    def level(self) -> str:
        """The name of its level."""
        return logging.getLevelName(self.entry.level)

    @property
    def kind(self) -> str:
        """What kind of event it is; ``LOG`` for a logged line."""
        return kind_of(self.entry)

    @property
    def error(self) -> SerializableErrorInfo | None:
        """The exception that it tells of."""
        return error_of(self.entry)

    @property
    def metadata(self) -> Sequence[tuple[str, str]]:
        """What a materialization says of its asset."""
        made = self.entry.asset_materialization
        return [] if made is None else metadata_lines(made.metadata)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which entries are wanted; what is empty does not narrow.

    Args:
        level: The least level.
        op: The op they come from.
        kind: The kind of event.
        text: What their message contains, in whatever case.
    """

    level: str = ""
    op: str = ""
    kind: str = ""
    text: str = ""

    def accepts(self, entry: EventLogEntry) -> bool:
        """Tell whether an entry is wanted."""
        return (
            entry.level >= LEVELS.get(self.level, 0)
            and (not self.op or entry.step_key == self.op)
            and (not self.kind or kind_of(entry) == self.kind)
            and self.text.lower() in entry.user_message.lower()
        )

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.level or self.op or self.kind or self.text)


@dataclass(frozen=True, slots=True)
class LogPart:
    """A part of a log.

    Args:
        lines: Oldest first.
        found: How many lines the filter accepts.
        total: How many there are.
        before: The number of the first line shown, if there are earlier ones.
        is_last: Whether the last line that there is by now is in it.
    """

    lines: Sequence[LogLine]
    found: int
    total: int
    before: int | None
    is_last: bool


def part_of(log: Sequence[EventLogEntry], wanted: LogFilter, before: int | None) -> LogPart:
    """Return the last lines of a log that are wanted.

    Args:
        log: All of it.
        wanted: The filter.
        before: Only lines with a lower number; None for the end of the log.
    """
    accepted = [LogLine(entry, n) for n, entry in enumerate(log, 1) if wanted.accepts(entry)]
    earlier = [line for line in accepted if before is None or line.number < before]
    lines = earlier[-PART:]
    first = lines[0].number if len(earlier) > PART else None
    return LogPart(lines, len(accepted), len(log), first, len(earlier) == len(accepted))


def kind_of(entry: EventLogEntry) -> str:
    """Return the name of an entry's kind."""
    return LOGGED if entry.dagster_event is None else entry.dagster_event.event_type.name


def error_of(entry: EventLogEntry) -> SerializableErrorInfo | None:
    """Return the exception that an entry tells of."""
    event = entry.dagster_event
    data = None if event is None else event.event_specific_data
    return None if data is None else data.error


def first_failure(log: Sequence[EventLogEntry]) -> EventLogEntry | None:
    """Return the first failure that there is an exception of; what fails later follows from it."""
    failures = [
        each for each in log if each.dagster_event is not None and each.dagster_event.is_failure
    ]
    steps = [e for e in failures if e.dagster_event_type is not DagsterEventType.RUN_FAILURE]
    return next((each for each in (*steps, *failures) if error_of(each) is not None), None)


def metadata_lines(metadata: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return what is said of an asset, a name and a text each."""
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in metadata.items()
    ]
