"""Keeps the events of a run in memory, and passes them on to where the run is kept."""

from contextlib import AbstractContextManager, nullcontext

from sensors_app.model.cancellation import RunWish
from sensors_app.model.events import DagsterEvent, EventLogEntry
from sensors_app.ports import RunRecorder


class EventCollector:
    """A :class:`~sensors_app.ports.RunRecorder` that remembers every event.

    Args:
        inner: Gets every call as well; None for a run that is kept nowhere.
    """

    def __init__(self, inner: RunRecorder | None = None) -> None:
        self.events: list[DagsterEvent] = []
        self._inner = inner

    def started(self, event: DagsterEvent) -> None:
        """The run began."""
        if self._inner is not None:
            self._inner.started(event)
        self.events.append(event)

    def entry(self, entry: EventLogEntry) -> None:
        """An event of a step, which is remembered, or a logged line, which is not."""
        if self._inner is not None:
            self._inner.entry(entry)
        if entry.dagster_event is not None:
            self.events.append(entry.dagster_event)

    def finished(self, event: DagsterEvent) -> None:
        """The run ended."""
        if self._inner is not None:
            self._inner.finished(event)
        self.events.append(event)

    def check(self) -> None:
        """Whether the run is still ours is for the inner recorder to say."""
        if self._inner is not None:
            self._inner.check()

    def user_code(self) -> AbstractContextManager[None]:
        """And so is whether its code may be interrupted,"""
        return nullcontext() if self._inner is None else self._inner.user_code()

    @property
    def wish(self) -> RunWish:
        """and what for."""
        return RunWish.OK if self._inner is None else self._inner.wish
