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


@dataclass(frozen=True, slots=True)
class Wait:
    """What a queued run waits for.

    Args:
        group: The group whose concurrency limit holds it; None if none does.
        until: When it is to be sent, ms since the epoch; None if it waits for no time.
        sent: Whether it was sent, and waits for a worker.
    """

    group: str | None = None
    until: int | None = None
    sent: bool = False


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

    def waits(self, location: str, run_ids: Sequence[str]) -> dict[str, Wait]:
        """Return what each of these runs that are queued waits for."""
        if not run_ids:
            return {}
        keys, entries = self._context.keys(location), [f"launch:{each}" for each in run_ids]
        with self._context.reading() as pipe:
            pipe.smembers(keys.groups)
            pipe.zmscore(keys.later, entries)
            pipe.zmscore(keys.sent, entries)
            groups, later, sent = pipe.execute()
            for group in sorted(groups):
                pipe.zmscore(keys.parked(group), entries)
            parked = dict(zip(sorted(groups), pipe.execute(), strict=True))
        return {
            run_id: Wait(
                next((group for group, found in parked.items() if found[n] is not None), None),
                None if later[n] is None else int(later[n]),
                sent[n] is not None,
            )
            for n, run_id in enumerate(run_ids)
        }

    def later_and_parked(self, location: str) -> tuple[int, int]:
        """Return how many launches are put off, and how many wait for a concurrency limit."""
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            pipe.zcard(keys.later)
            pipe.smembers(keys.groups)
            later, groups = pipe.execute()
            for group in groups:
                pipe.zcard(keys.parked(group))
            return int(later), sum(pipe.execute())

    def _field(self, location: str, idents: Sequence[str], name: str) -> list[str | None]:
        keys, found = self._context.keys(location), []
        for first in range(0, len(idents), BATCH):
            with self._context.reading() as pipe:
                for ident in idents[first : first + BATCH]:
                    pipe.hget(keys.reaction(ident), name)
                found += pipe.execute()
        return found
