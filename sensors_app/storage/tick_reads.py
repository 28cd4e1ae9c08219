"""What is read of ticks."""

from collections.abc import Sequence

from sensors_app.model.ticks import Tick
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext


class TickReads:
    """Reads of ticks."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def ticks(
        self,
        location: str,
        sensor: str,
        *,
        limit: int = 20,
        before: str | None = None,
        after: str | None = None,
    ) -> list[Tick]:
        """Return finished ticks, newest first.

        Args:
            location: The code location.
            sensor: The sensor.
            limit: How many at most.
            before: Only ticks older than the one of this id.
            after: Only ticks newer than the one of this id.
        """
        newest = "+" if before is None else f"({_entry_id(before)}"
        oldest = "-" if after is None else f"({_entry_id(after)}"
        with self._context.reading() as pipe:
            pipe.xrevrange(self._context.keys(location).ticks(sensor), newest, oldest, count=limit)
            (entries,) = pipe.execute()
        return [codec.tick_from_entry(sensor, entry_id, fields) for entry_id, fields in entries]

    def tick(self, location: str, sensor: str, tick_id: str) -> Tick | None:
        """Return one finished tick, if it is still kept; or the one that stands for it and others."""
        key, entry_id = self._context.keys(location).ticks(sensor), _entry_id(tick_id)
        with self._context.reading() as pipe:
            pipe.xrange(key, entry_id, "+", count=1)
            (entries,) = pipe.execute()
        for found_id, fields in entries:
            tick = codec.tick_from_entry(sensor, found_id, fields)
            merged = tick.first_id is not None and int(tick.first_id) <= int(tick_id)
            if found_id == entry_id or merged:
                return tick
        return None

    def ticks_named(self, location: str, sensor: str, tick_ids: Sequence[str]) -> list[Tick]:
        """Return those of these finished ticks that are still kept, in the same order."""
        key = self._context.keys(location).ticks(sensor)
        with self._context.reading() as pipe:
            for entry_id in map(_entry_id, tick_ids):
                pipe.xrange(key, entry_id, entry_id)
            found = pipe.execute()
        return [codec.tick_from_entry(sensor, *entry) for entries in found for entry in entries]

    def oldest_id(self, location: str, sensor: str) -> str | None:
        """Return the id of the oldest tick that is kept; None if there is none."""
        with self._context.reading() as pipe:
            pipe.xrange(self._context.keys(location).ticks(sensor), count=1)
            (entries,) = pipe.execute()
        return entries[0][0].removesuffix("-0") if entries else None


def _entry_id(tick_id: str) -> str:
    """Return the id of a tick's entry in its stream: calls for events may share their time."""
    return tick_id if "-" in tick_id else f"{tick_id}-0"
