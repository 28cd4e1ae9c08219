"""From the file's appearance to the first line of the user's op."""

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import dagster_peer
from benchmarks.celery_peer import start_celery_beat
from benchmarks.processes import Process
from benchmarks.site import Site
from benchmarks.starts import Starts, rest
from benchmarks.stats import duration, percentile, waits
from benchmarks.table import Line

AIMS = {1.0: "", 0.2: "; aim: p50 ≤ 150 ms"}
"""What is aimed at, by the sensor's interval in seconds."""


def run(quick: bool) -> list[Line]:
    """Drop files, one at a time, at all phases of the interval."""
    files = 9 if quick else 27
    lines = [_line(interval, files) for interval in AIMS]
    return [*lines, _beside_dagster(files)]


def _line(interval: float, files: int) -> Line:
    ours = _watch(_start_ours, interval, files)
    theirs = _watch(lambda site: start_celery_beat(site)[0], interval, files)
    return Line(
        f"file appears → its run's first op runs, interval {interval:g} s, {files} files",
        waits(ours, 50, 100),
        f"{duration(interval / 2)}, {duration(interval)}: waiting for the interval alone; "
        f"{waits(theirs, 50, 100)}: Celery's beat, a task that looks and one for each file",
        f"{duration(percentile(ours, 50) - interval / 2)} on top, in the middle{AIMS[interval]}",
    )


def _beside_dagster(files: int) -> Line:
    what = "the same sensor, beside Dagster's daemon, interval 1 s"
    if not dagster_peer.installed():
        return Line(what, "", dagster_peer.INSTALL)
    # Minutes for what takes ours seconds: fewer files, and its floor of 5 s shows.
    files //= 3
    ours = _watch(_start_ours, 1, files)
    theirs = _watch(lambda site: dagster_peer.DagsterPeer(site, "dagster_files").daemon(), 1, files)
    ratio = percentile(theirs, 50) / percentile(ours, 50)
    return Line(
        what,
        waits(ours, 50, 100),
        f"{waits(theirs, 50, 100)} Dagster",
        f"{ratio:,.0f} times sooner",
    )


def _start_ours(site: Site) -> Process:
    site.role("launch")
    site.role("evaluate")
    return site.beat()


def _watch(start: Callable[[Site], Process], interval: float, files: int) -> list[float]:
    """Return how long each file took, of those that a process and its helpers watch for."""
    with Site("files", BENCH_INTERVAL=str(interval)) as site:
        inbox, starts = site.folder / "inbox", Starts(site)
        for folder in (inbox, site.folder / "taken"):
            folder.mkdir()
        process, took = start(site), []
        for number in range(-1, files):  # The first one warms up.
            rest(number, interval)
            dropped = _drop(inbox, str(number))
            took.append(starts.wait(str(number), process) - dropped)
    return took[1:]


def _drop(inbox: Path, name: str) -> float:
    (inbox / name).touch()
    return time.time()
