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
        """Return one finished tick, if it is still kept; or the one that stands for it."""
        return next(iter(self.ticks_named(location, sensor, [tick_id])), None)

    def ticks_named(self, location: str, sensor: str, tick_ids: Sequence[str]) -> list[Tick]:
        """Return those of these finished ticks that are still kept, in the same order.

        For one that was merged with later ones meanwhile, the one that stands for it.
        """
        key = self._context.keys(location).ticks(sensor)
        with self._context.reading() as pipe:
            for tick_id in tick_ids:
                pipe.xrange(key, _entry_id(tick_id), "+", count=1)
            found = pipe.execute()
        return [
            codec.tick_from_entry(sensor, entry_id, fields)
            for tick_id, entries in zip(tick_ids, found, strict=True)
            for entry_id, fields in entries
            if entry_id == _entry_id(tick_id) or _stands_for(fields, tick_id)
        ]

    def oldest_id(self, location: str, sensor: str) -> str | None:
        """Return the id of the oldest tick that is kept; None if there is none."""
        with self._context.reading() as pipe:
            pipe.xrange(self._context.keys(location).ticks(sensor), count=1)
            (entries,) = pipe.execute()
        return entries[0][0].removesuffix("-0") if entries else None


def _stands_for(fields: codec.Fields, tick_id: str) -> bool:
    """Tell whether an entry that is newer than a tick stands for this one too."""
    return "first" in fields and tick_id.isdecimal() and int(fields["first"]) <= int(tick_id)


def _entry_id(tick_id: str) -> str:
    """Return the id of a tick's entry in its stream: calls for events may share their time."""
    return tick_id if "-" in tick_id else f"{tick_id}-0"
