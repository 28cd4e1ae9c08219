"""How much there is of what waits: read by who looks, not by who works."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sensors_app.storage.base import StoreContext

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Group:
    """The runs that one concurrency limit counts.

    Args:
        name: ``location``, ``job:`` and a job, or ``tag:`` and a tag, ``=`` and a value.
        running: How many have a slot.
        waiting: How many wait for one.
    """

    name: str
    running: int
    waiting: int


class Overview:
    """Counts over many records. They are no snapshot: what moves meanwhile may be missed."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def reaction_states(self, location: str, sensors: Sequence[str]) -> dict[str, Counter[str]]:
        """Return how many reactions of each of these sensors are in which state."""
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            for sensor in sensors:
                pipe.zrange(keys.reactions_of(sensor), 0, -1)
            found = pipe.execute()
        return {
            sensor: Counter(
                state for state in self._field(location, idents, "state") if state is not None
            )
            for sensor, idents in zip(sensors, found, strict=True)
        }

    def dead_letters(self, location: str, sensor: str | None = None) -> list[str]:
        """Return the ids of all dead letters, or of those of a sensor, newest first."""
        with self._context.reading() as pipe:
            pipe.zrange(self._context.keys(location).dead, 0, -1, desc=True)
            (idents,) = pipe.execute()
        if sensor is None:
            return list(idents)
        owners = self._field(location, idents, "sensor")
        return [ident for ident, owner in zip(idents, owners, strict=True) if owner == sensor]

    def retries(self, location: str, idents: Sequence[str]) -> dict[str, int]:
        """Return when those of these reactions are tried again that wait for it, ms."""
        key = self._context.keys(location).react_later
        with self._context.reading() as pipe:
            for ident in idents:
                pipe.zscore(key, ident)
            found = pipe.execute()
        return {ident: int(at) for ident, at in zip(idents, found, strict=True) if at is not None}

    def groups(self, location: str) -> list[Group]:
        """Return the groups of runs that a concurrency limit counts, and that have some."""
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            pipe.smembers(keys.groups)
            names = sorted(pipe.execute()[0])
            for name in names:
                pipe.scard(keys.slots(name))
                pipe.zcard(keys.parked(name))
            counts = pipe.execute()
        found = map(Group, names, counts[::2], counts[1::2])
        return [group for group in found if group.running or group.waiting]

    def _field(self, location: str, idents: Sequence[str], name: str) -> list[str | None]:
        keys, found = self._context.keys(location), []
        for first in range(0, len(idents), BATCH):
            with self._context.reading() as pipe:
                for ident in idents[first : first + BATCH]:
                    pipe.hget(keys.reaction(ident), name)
                found += pipe.execute()
        return found
