"""Slow sensors beside quick ones: do the quick ones keep their interval?"""

import time
from dataclasses import dataclass

from benchmarks.notes import have_started, intervals_by_part, read_notes
from benchmarks.processes import Process
from benchmarks.site import Site
from benchmarks.stats import Repeated, percentile
from benchmarks.table import Line
from sensors_app.model.locations import Role

SLEEP_S = 2.0
SLOW_CHILDREN = 8
AIM_S = 6


@dataclass(frozen=True, slots=True)
class Mix:
    """What runs side by side.

    Args:
        quick: How many quick sensors there are.
        slow: How many that sleep.
        interval: Of each, seconds.
        watch: How long they are watched, seconds.
    """

    quick: int
    slow: int
    interval: float
    watch: float


FULL = Mix(2000, 200, 5.0, 45.0)
QUICK = Mix(400, 40, 5.0, 15.0)


def run(quick: bool) -> list[Line]:
    """Watch them with a worker for each lane, then with one for all."""
    mix = QUICK if quick else FULL
    apart, slow_apart = _watch(mix, {Role.EVALUATE: 2, Role.SLOW: SLOW_CHILDREN})
    shared, slow_shared = _watch(mix, {Role.EVALUATE: 2 + SLOW_CHILDREN})
    return [
        Line(
            f"{mix.quick:,} quick sensors beside {mix.slow} that sleep {SLEEP_S:g} s, all every "
            f"{mix.interval:g} s: the quick ones from start to start",
            f"{apart}, with a worker of 2 children for them and one of {SLOW_CHILDREN} for the "
            "lane of slow ones",
            f"{shared}, with one worker of {2 + SLOW_CHILDREN} for all",
            f"aim: p99 ≤ {AIM_S} s; slow ones {slow_apart:.1f} and {slow_shared:.1f} a second",
        )
    ]


def _watch(mix: Mix, workers: dict[Role, int]) -> tuple[str, float]:
    env = {
        "BENCH_SENSORS": str(mix.quick),
        "BENCH_SLOW": str(mix.slow),
        "BENCH_SLEEP": str(SLEEP_S),
        "BENCH_INTERVAL": str(mix.interval),
    }
    with Site("noting", **env) as site:
        for role, children in workers.items():
            site.role(role, children)
        _settle(site, mix, site.beat())
        since = time.time()
        time.sleep(mix.watch)
        until = time.time()
        notes = read_notes(site.folder)
    found = intervals_by_part(notes, range(mix.quick), since, until, mix.interval)
    p99 = Repeated([percentile(each, 99) for each in found])
    slow = sum(number >= mix.quick and since <= at < until for number, at in notes)
    return f"p99 {p99.text('s', 2)}", slow / (until - since)


def _settle(site: Site, mix: Mix, beat: Process) -> None:
    """Wait until every sensor has been evaluated once: until then nobody knows that it is quick."""
    site.wait(
        lambda: have_started(site.folder, mix.quick + mix.slow),
        "the first round",
        beat,
        timeout=300,
        pause=1,
    )
    time.sleep(2 * mix.interval)
