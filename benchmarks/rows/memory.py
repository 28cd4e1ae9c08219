"""What the server's memory holds: used run keys, and sensors that have nothing to do."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from uuid import uuid4

import redis

from benchmarks.site import LOCATION, Site
from benchmarks.stats import number
from benchmarks.table import Line
from sensors_app.model.locations import LocationSnapshot, SensorSnapshot
from sensors_app.model.ticks import RunToCreate, TickResult, Timing

HOLDER = "task/bench@host:1/2"
JOB = "nothing_job"
A_TICK = 10_000
INTERVAL_S = 60
TICKS = 20
"""That skip, and say the same: what comes after takes the place of the one before."""

UNLIKE_TICKS = 100
KEPT_TICKS = 1000
"""So many ticks of a sensor are kept, by default."""

AIM_KEYS_MB = 100
AIM_SENSORS_MB = 200
MB = 1e6
LATER_MS = 2_000_000_000_000
"""A time at which all that is registered now is due; ticks are told what time it is."""


def run(quick: bool) -> list[Line]:
    """Fill a store, and look at how much more it holds."""
    return [
        _run_keys(100_000 if quick else 1_000_000),
        _histories(1000 if quick else 10_000),
    ]


def _run_keys(count: int) -> Line:
    with Site("keys") as site:
        # A million runs in its file would be another benchmark.
        site.client.config_set("appendonly", "no")
        _register(site, ["many"])
        for n, names in enumerate(_ticks_of_keys(count)):
            _tick_all(site, n, lambda _: TickResult(runs=_requests(names)))  # noqa: B023
        with_keys = _used(site.client)
        site.store.run_keys.forget_matching(LOCATION, "many", "*")
        ours = with_keys - _used(site.client)
        before = _used(site.client)
        for names in _ticks_of_keys(count):
            site.client.sadd("bare:keys", *names)
        bare = _used(site.client) - before
    return Line(
        f"{count:,} run keys of 38 characters, each with the id of its run",
        f"{number(ours / MB)} MB",
        f"{number(bare / MB)} MB, a bare set of the keys alone",
        f"aim ≤ {AIM_KEYS_MB} MB a million; {ours / count:.0f} bytes a key",
    )


def _histories(sensors: int) -> Line:
    with Site("keys") as site:
        before = _used(site.client)
        _register(site, [f"idle_{n:05}" for n in range(sensors)])
        registered = _used(site.client)
        for n in range(TICKS):
            _tick_all(site, n, lambda _: _skip("Nothing to do."))
        ours = _used(site.client) - before
    with Site("keys") as site:
        _register(site, [f"idle_{n:05}" for n in range(sensors // 10)])
        _tick_all(site, 0, lambda _: _skip("Nothing to do."))
        first = _used(site.client)
        for n in range(1, 1 + UNLIKE_TICKS):
            _tick_all(site, n, lambda token: _skip(f"Nothing since {token}."))
        each = (_used(site.client) - first) / (sensors // 10) / UNLIKE_TICKS
    return Line(
        f"{sensors:,} idle sensors, all of whose ticks have skipped for the same reason",
        f"{number(ours / MB)} MB",
        f"{number((registered - before) / MB)} MB before their first tick; "
        f"{number(sensors * KEPT_TICKS * each / MB)} MB more, if all {KEPT_TICKS:,} ticks kept of "
        "each said something else",
        f"aim ≤ {AIM_SENSORS_MB} MB for 10,000; {ours / sensors / 1000:.1f} KB a sensor, and "
        f"{each:.0f} bytes a tick that says something else",
    )


def _ticks_of_keys(count: int) -> Iterator[Sequence[str]]:
    for first in range(0, count, A_TICK):
        yield [f"inbox/2026-11-23/orders-{n:09d}.json" for n in range(first, first + A_TICK)]


def _requests(names: Sequence[str]) -> Sequence[RunToCreate]:
    return [RunToCreate(str(uuid4()), JOB, name, "{}", "{}") for name in names]


def _skip(reason: str) -> TickResult:
    return TickResult(skip_reason=reason, timing=Timing(offset_ms=0.1, took_ms=0.1))


def _register(site: Site, names: Iterable[str]) -> None:
    sensors = [SensorSnapshot(name, (JOB,), INTERVAL_S, running_by_default=True) for name in names]
    site.store.sensors.register_location(LocationSnapshot(LOCATION, "m", "1", sensors, (JOB,)))


def _tick_all(site: Site, round_number: int, result: Callable[[int], TickResult]) -> None:
    """Have every sensor of the location evaluated once, at a time of its own for each round."""
    ticks, now = site.store.ticks, LATER_MS + (round_number + 1) * 2 * INTERVAL_S * 1000
    while claims := ticks.claim_due(LOCATION, limit=500, window=1000, now_ms=now).claims:
        ticks.begin_ticks(LOCATION, claims, HOLDER, now_ms=now)
        outcomes = [(c, result(c.token)) for c in claims]
        ticks.finish_ticks(LOCATION, outcomes, HOLDER, now_ms=now)


def _used(client: redis.Redis) -> int:
    """Return what the server's data takes, bytes, once nothing is being freed any more."""
    while client.info("memory")["lazyfree_pending_objects"]:
        time.sleep(0.05)
    return int(client.info("memory")["used_memory"])
