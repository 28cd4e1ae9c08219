"""What is read of ticks and of the run keys that they use."""

from collections.abc import Sequence

from sensors_app.model.ticks import Tick
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext
from sensors_app.storage.scripts import encoded

PREFILTER_FROM = 100
"""From this many requests on it pays to look for used keys before the commit, so that what is
dropped is neither encoded nor sent nor parsed."""


class TickReads:
    """Reads of ticks and of run keys."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def used_run_keys(self, location: str, sensor: str, run_keys: Sequence[str]) -> dict[str, str]:
        """Return those of these keys that have made a run, and the run."""
        name = self._context.keys(location).run_keys(sensor)
        parts = [run_keys[i : i + 1000] for i in range(0, len(run_keys), 1000)]
        with self._context.reading() as pipe:
            for part in parts:
                pipe.hmget(name, list(map(encoded, part)))
            found = pipe.execute()
        return {
            key: run_id
            for part, values in zip(parts, found, strict=True)
            for key, run_id in zip(part, values, strict=True)
            if run_id is not None
        }

    def known_run_keys(self, location: str, sensor: str, run_keys: Sequence[str]) -> dict[str, str]:
        """Do the same if the keys are so many that it pays to look before the commit."""
        if len(run_keys) < PREFILTER_FROM:
            return {}
        return self.used_run_keys(location, sensor, run_keys)

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
