"""Many sensors that are seldom due: do they keep their interval?"""

import time
from dataclasses import dataclass

from benchmarks.notes import have_started, intervals_by_part, read_notes
from benchmarks.processes import CpuMeter
from benchmarks.site import Site
from benchmarks.stats import Repeated, percentile
from benchmarks.table import Line
from sensors_app.model.locations import Role


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is to keep its interval.

    Args:
        sensors: How many there are.
        interval: Of each, seconds.
        watch: How long they are watched, seconds.
        aim: What is aimed at.
    """

    sensors: int
    interval: float
    watch: float
    aim: str


FULL = (
    Fleet(10_000, 30.0, 90.0, "aim: p99 ≤ 31 s, beat ≤ 15 %"),
    Fleet(100_000, 60.0, 120.0, "aim: p99 ≤ 66 s"),
)
QUICK = (Fleet(2_000, 6.0, 18.0, "no aim"),)


def run(quick: bool) -> list[Line]:
    """Watch each fleet by itself."""
    return [_line(fleet) for fleet in (QUICK if quick else FULL)]


def _line(fleet: Fleet) -> Line:
    env = {"BENCH_SENSORS": str(fleet.sensors), "BENCH_INTERVAL": str(fleet.interval)}
    with Site("noting", **env) as site:
        worker, beat = site.role(Role.EVALUATE), site.beat()
        site.wait(
            lambda: have_started(site.folder, fleet.sensors),
            "the first round",
            beat,
            timeout=300,
            pause=1,
        )
        time.sleep(fleet.interval / 2)
        since, meter = time.time(), CpuMeter(beat=beat, worker=worker)
        time.sleep(fleet.watch)
        cpu, until = meter.shares(), time.time()
        notes = read_notes(site.folder)
    found = intervals_by_part(notes, range(fleet.sensors), since, until, fleet.interval)
    p50, p99 = (Repeated([percentile(each, percent) for each in found]) for percent in (50, 99))
    ticks = sum(since <= at < until for _, at in notes) / (until - since)
    return Line(
        f"{fleet.sensors:,} sensors every {fleet.interval:g} s, one beat, one worker of 2 "
        "children: from start to start",
        f"p50 {p50.text('s', 1)}, p99 {p99.text('s', 1)}",
        f"{fleet.interval:g} s asked for; {ticks:,.0f} ticks/s of "
        f"{fleet.sensors / fleet.interval:,.0f}",
        f"{fleet.aim}; " + ", ".join(f"{name} {share:.0%} CPU" for name, share in cpu.items()),
    )
