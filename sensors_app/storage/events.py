"""The stream of what happens in a code location: every move of every run, in order."""

from collections.abc import Mapping, Sequence
from typing import Any

from sensors_app.model.events import StreamedEvent
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given, unavailable_named

TRIM_PART = 500
"""Events dropped in one step: it holds the server for some milliseconds at most."""

TRIM_CALLS = 20


class EventStore:
    """Reads of the stream, and its trimming. The moves of runs themselves append to it."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def events(
        self, location: str, *, after: str = "", until: str = "", limit: int = 1000
    ) -> list[StreamedEvent]:
        """Return events of a code location, oldest first.

        Args:
            location: The code location.
            after: Only events after the one of this id; ``""`` begins with the oldest kept.
            until: Only events up to the one of this id; ``""`` for no end.
            limit: How many at most.
        """
        first = f"({after}" if after else "-"
        with self._context.reading() as pipe:
            pipe.xrange(self._context.keys(location).events, first, until or "+", count=limit)
            (entries,) = pipe.execute()
        return [codec.streamed_event(location, ident, fields) for ident, fields in entries]

    def latest(self, location: str, *, before: str = "", limit: int = 100) -> list[StreamedEvent]:
        """Return events of a code location, newest first.

        Args:
            location: The code location.
            before: Only events before the one of this id; ``""`` begins with the last one.
            limit: How many at most.
        """
        last = f"({before}" if before else "+"
        with self._context.reading() as pipe:
            pipe.xrevrange(self._context.keys(location).events, last, "-", count=limit)
            (entries,) = pipe.execute()
        return [codec.streamed_event(location, ident, fields) for ident, fields in entries]

    def last_ids(self, locations: Sequence[str]) -> dict[str, str]:
        """Return the id of the last event of each code location; ``"0-0"`` if there was none."""
        with self._context.reading() as pipe:
            for location in locations:
                pipe.xrevrange(self._context.keys(location).events, count=1)
            found = pipe.execute()
        return {
            location: entries[0][0] if entries else "0-0"
            for location, entries in zip(locations, found, strict=True)
        }

    def wait(self, after: Mapping[str, str], timeout_ms: int) -> bool:
        """Wait until something happens in one of these code locations; tell whether it did.

        Args:
            after: The last event known of each.
            timeout_ms: How long to wait at most; less than the client's socket allows.
        """
        streams: dict[Any, Any] = {
            self._context.keys(name).events: ident for name, ident in after.items()
        }
        with unavailable_named():
            return bool(self._context.client.xread(streams, count=1, block=timeout_ms))

    def trim_events(
        self, location: str, read_up_to: str | None, *, now_ms: int | None = None
    ) -> int:
        """Drop events above the number that is kept, and those that are too old.

        Returns:
            How many went: a bounded number, the rest goes the next time.

        Args:
            location: The code location.
            read_up_to: The last event that every reader has read: later ones stay, however many
                they are. None if there is no reader.
            now_ms: The time to go by.
        """
        limits, gone = self._context.limits.of(location), 0
        for _ in range(TRIM_CALLS):
            part: int = self._context.run(
                "trim_events",
                [self._context.keys(location).events],
                [
                    given(now_ms),
                    limits.events_max_count,
                    limits.events_max_age_ms,
                    read_up_to or "",
                    TRIM_PART,
                ],
            )
            gone += part
            if part < TRIM_PART:
                break
        return gone
