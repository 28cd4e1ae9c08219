"""What is counted and what waits, read for metrics: many code locations in few round trips."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sensors_app.model.ticks import TickStatus
from sensors_app.storage.base import StoreContext

TOOK_MS = (10, 50, 100, 500, 1000, 5000, 10_000, 30_000, 60_000, 300_000)
"""The durations up to which ticks are counted; as in ``lua/lib/count_tick.lua``."""

BATCH = 1000
PRIORITIES_MAX = 20
"""How many different priorities are looked at for the oldest launch."""

PRIORITY_STEP = 1e13
"""What a priority is worth in the order of the outbox; see ``lua/lib/launch_order.lua``."""

_OF_A_SENSOR = [*(f"tick {status.value}" for status in TickStatus), "tick ms"]


@dataclass(frozen=True, slots=True)
class Ticks:
    """How many ticks there were, for as long as their sensor, or code location, is known.

    Args:
        results: How many ended in which way.
        took_ms: How long they took together.
    """

    results: Mapping[TickStatus, int]
    took_ms: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted in a code location, also of sensors and jobs that it has no more.

    Args:
        ticks: Its ticks.
        within: How many took no longer than each of :data:`TOOK_MS`; at last, all.
        runs: How many runs ended, by job and status.
    """

    ticks: Ticks
    within: Sequence[int]
    runs: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Lane:
    """How far one lane of a code location's polled sensors is behind.

    Args:
        due: How many sensors are due and not claimed.
        claimed: How many are claimed and not begun.
        lag_ms: For how long the sensor has been due that has been so for longest.
    """

    due: int
    claimed: int
    lag_ms: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a code location.

    Args:
        launches: How many launches are in each part of the queue: ``outbox``, ``sent``, ``parked``
            and ``later``.
        reactions: How many calls for events are in each state: ``waiting``, ``running``,
            ``later``, ``held`` and ``dead``.
        running: How many sensors have a tick under way.
        lanes: Those that wait for one, by ``quick`` and ``slow``.
        oldest_outbox_ms: For how long the oldest launch that is to be sent has been promised.
        oldest_sent_ms: For how long the oldest that was sent has not been taken up.
    """

    launches: Mapping[str, int]
    reactions: Mapping[str, int]
    running: int
    lanes: Mapping[str, Lane]
    oldest_outbox_ms: int
    oldest_sent_ms: int

    @property
    def ticks(self) -> Mapping[str, int]:
        """How many sensors are ``due``, ``claimed`` and ``running``."""
        lanes = self.lanes.values()
        return {
            "due": sum(lane.due for lane in lanes),
            "claimed": sum(lane.claimed for lane in lanes),
            "running": self.running,
        }

    @property
    def lag_ms(self) -> int:
        """For how long the sensor has been due that has been so for longest."""
        return max(lane.lag_ms for lane in self.lanes.values())


class MeterStore:
    """Reads for metrics. They are no snapshot: what moves meanwhile may be seen twice or missed."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def ticks(self, location: str, sensors: Sequence[str]) -> dict[str, Ticks]:
        """Return how many ticks each of these sensors had."""
        keys, found = self._context.keys(location), []
        for first in range(0, len(sensors), BATCH):
            with self._context.reading() as pipe:
                for sensor in sensors[first : first + BATCH]:
                    pipe.hmget(keys.sensor(sensor), _OF_A_SENSOR)
                found += pipe.execute()
        return dict(zip(sensors, map(_ticks, found), strict=True))

    def tally(self, location: str) -> Tally:
        """Return what was counted in a code location."""
        with self._context.reading() as pipe:
            pipe.hgetall(self._context.keys(location).tally)
            (found,) = pipe.execute()
        took = accumulate(int(found.get(f"took {bound}", 0)) for bound in (*TOOK_MS, "more"))
        words = ((field.split(" ", 2), int(count)) for field, count in found.items())
        return Tally(
            _ticks([found.get(name) for name in _OF_A_SENSOR]),
            list(took),
            {(word[2], word[1]): count for word, count in words if word[0] == "run"},
        )

    def refused(self) -> int:
        """Return how many reports of other systems' runs were refused."""
        key = self._context.global_keys.refused_events
        with self._context.reading() as pipe:
            pipe.exists(key)
            if not pipe.execute()[0]:
                return 0
            pipe.xinfo_stream(key)
            (info,) = pipe.execute()
        # Before Redis 7 a stream does not know how much it ever had.
        return int(info.get("entries-added", info["length"]))

    def waiting(self, locations: Mapping[str, Iterable[str]]) -> dict[str, Waiting]:
        """Return what waits in each of these code locations.

        Args:
            locations: Their names, each with those of its sensors that are called for events.
        """
        return {name: self._waiting(name, list(sensors)) for name, sensors in locations.items()}

    def _waiting(self, location: str, fed: list[str]) -> Waiting:
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            pipe.time()
            pipe.smembers(keys.groups)
            (seconds, micros), groups = pipe.execute()
            now = seconds * 1000 + micros // 1000
            pipe.zrange(keys.sent, 0, 0, withscores=True)
            counted = (keys.running, keys.outbox, keys.sent, keys.later)
            calls = (keys.react_outbox, keys.react_sent, keys.reacting, keys.react_later, keys.dead)
            for key in (*counted, *calls):
                pipe.zcard(key)
            for group in groups:
                pipe.zcard(keys.parked(group))
            for sensor in fed:
                pipe.zcard(keys.reactions_of(sensor))
            sent, *counts = pipe.execute()
        running, unsent, on_way, later, *reactions = counts[:9]
        out, out_sent, reacting, again, dead = reactions
        parked, undone = sum(counts[9 : 9 + len(groups)]), sum(counts[9 + len(groups) :])
        return Waiting(
            launches={"outbox": unsent, "sent": on_way, "parked": parked, "later": later},
            reactions={
                "waiting": out + out_sent,
                "running": reacting,
                "later": again,
                # These are in no list but their sensors'.
                "held": max(0, undone - sum(reactions)),
                "dead": dead,
            },
            running=running,
            lanes=self.lanes(location),
            oldest_outbox_ms=self._oldest_outbox_ms(keys.outbox, now) if unsent else 0,
            oldest_sent_ms=_since(sent, now),
        )

    def lanes(self, location: str) -> dict[str, Lane]:
        """Return how far the ``quick`` sensors of a code location, and the others, are behind."""
        keys = self._context.keys(location)
        sets = {"quick": (keys.due, keys.claimed), "slow": (keys.due_slow, keys.claimed_slow)}
        with self._context.reading() as pipe:
            pipe.time()
            for due, claimed in sets.values():
                pipe.zcard(claimed)
                pipe.zrange(due, 0, 0, withscores=True)
            (seconds, micros), *found = pipe.execute()
            now = seconds * 1000 + micros // 1000
            for due, _ in sets.values():
                pipe.zcount(due, "-inf", now)
            overdue = pipe.execute()
        return {
            name: Lane(due, claimed, _since(first, now))
            for name, due, claimed, first in zip(
                sets, overdue, found[::2], found[1::2], strict=True
            )
        }

    def _oldest_outbox_ms(self, outbox: str, now: int) -> int:
        """Return the age of the oldest entry: the outbox is by priority, and by age within each."""
        oldest, after = 0, "-inf"
        for _ in range(PRIORITIES_MAX):
            with self._context.reading() as pipe:
                pipe.zrangebyscore(outbox, after, "+inf", start=0, num=1, withscores=True)
                (found,) = pipe.execute()
            if not found:
                break
            score = found[0][1]
            base = now - round((now - score) / PRIORITY_STEP) * PRIORITY_STEP
            oldest = max(oldest, round(base - score))
            after = f"({base + PRIORITY_STEP / 2:.0f}"
        return oldest

    def unread_ms(self, positions: Mapping[str, str]) -> int:
        """Return for how long the oldest event waits to be read; 0 if none does.

        Args:
            positions: Up to which event the stream of each code location is read.
        """
        with self._context.reading() as pipe:
            pipe.time()
            for source, position in positions.items():
                after = f"({position}" if position else "-"
                pipe.xrange(self._context.keys(source).events, after, "+", count=1)
            (seconds, micros), *found = pipe.execute()
        now = int(seconds * 1000 + micros // 1000)
        times = [int(entries[0][0].partition("-")[0]) for entries in found if entries]
        return max(0, now - min(times, default=now))


def _since(first: Sequence[tuple[str, float]], now: int) -> int:
    return max(0, round(now - first[0][1])) if first else 0


def _ticks(values: Sequence[Any]) -> Ticks:
    *results, took_ms = (int(each or 0) for each in values)
    return Ticks(dict(zip(TickStatus, results, strict=True)), took_ms)
