"""Many sensors that are seldom due: do they keep their interval? And Celery's own beat?"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.celery_peer import start_celery_beat
from benchmarks.notes import Note, have_started, intervals_by_part, read_notes
from benchmarks.processes import CpuMeter, Process
from benchmarks.site import BenchmarkError, Site
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
    """Watch each fleet by itself; then Celery's own beat, with as many tasks as the first has."""
    fleets = QUICK if quick else FULL
    return [*(_line(fleet) for fleet in fleets), _celery_line(fleets[0])]


def _line(fleet: Fleet) -> Line:
    with Site("noting", **_env(fleet)) as site:
        worker, beat = site.role(Role.EVALUATE), site.beat()
        site.wait(
            lambda: have_started(site.folder, fleet.sensors),
            "the first round",
            beat,
            timeout=300,
            pause=1,
        )
        time.sleep(fleet.interval / 2)
        watched = _watch(site, fleet, beat, worker)
    found = intervals_by_part(
        watched.notes, range(fleet.sensors), watched.since, watched.until, fleet.interval
    )
    p50, p99 = (Repeated([percentile(each, percent) for each in found]) for percent in (50, 99))
    return Line(
        f"{fleet.sensors:,} sensors every {fleet.interval:g} s, one beat, one worker of 2 "
        "children: from start to start",
        f"p50 {p50.text('s', 1)}, p99 {p99.text('s', 1)}",
        f"{fleet.interval:g} s asked for; {watched.rate(fleet)}",
        f"{fleet.aim}; {watched.cpu}",
    )


def _celery_line(fleet: Fleet) -> Line:
    with Site("noting", **_env(fleet)) as site:
        beat, worker = start_celery_beat(site)
        # Each entry is due for the first time after its interval. Waiting for all may be in vain.
        time.sleep(1.5 * fleet.interval)
        watched = _watch(site, fleet, beat, worker)
        if beat.ended or worker.ended:
            raise BenchmarkError(f"Celery's beat or worker ended:\n{beat.output()}")
    never = fleet.sensors - len({number for number, _ in watched.notes})
    return Line(
        f"the same by Celery alone: its beat, {fleet.sensors:,} tasks that note their start",
        "",
        f"{watched.rate(fleet)}; {never:,} tasks not once",
        watched.cpu,
    )


def _env(fleet: Fleet) -> dict[str, str]:
    return {"BENCH_SENSORS": str(fleet.sensors), "BENCH_INTERVAL": str(fleet.interval)}


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watch came to.

    Args:
        notes: All starts until its end.
        since: Its beginning, seconds since the epoch.
        until: Its end, likewise.
        cpu: What the processes used of a core, for people.
    """

    notes: Sequence[Note]
    since: float
    until: float
    cpu: str

    def rate(self, fleet: Fleet) -> str:
        """Return how many there were a second, of how many that were asked for, for people."""
        ticks = sum(self.since <= at for _, at in self.notes) / (self.until - self.since)
        return f"{ticks:,.0f} ticks/s of {fleet.sensors / fleet.interval:,.0f}"


def _watch(site: Site, fleet: Fleet, beat: Process, worker: Process) -> Watched:
    since, meter = time.time(), CpuMeter(beat=beat, worker=worker)
    time.sleep(fleet.watch)
    shares, until = meter.shares(), time.time()
    notes = [note for note in read_notes(site.folder) if note[1] < until]
    cpu = ", ".join(f"{name} {share:.0%} CPU" for name, share in shares.items())
    return Watched(notes, since, until, cpu)
