"""From the file's appearance to the first line of the user's op."""

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import dagster_peer
from benchmarks.celery_peer import start_celery_beat
from benchmarks.processes import Process
from benchmarks.site import Site
from benchmarks.stats import duration, percentile
from benchmarks.table import Line

AIMS = {1.0: "", 0.2: "; aim: p50 ≤ 150 ms"}
"""What is aimed at, by the sensor's interval in seconds."""

GOLDEN = 0.618034
"""Waits that grow by this share of an interval meet it at every phase, evenly."""


def run(quick: bool) -> list[Line]:
    """Drop files, one at a time, at all phases of the interval."""
    files = 6 if quick else 20
    lines = [_line(interval, files) for interval in AIMS]
    return [*lines, _beside_dagster(files)]


def _line(interval: float, files: int) -> Line:
    ours = _watch(_start_ours, interval, files)
    theirs = _watch(lambda site: start_celery_beat(site)[0], interval, files)
    return Line(
        f"file appears → its run's first op runs, interval {interval:g} s, {files} files",
        _text(ours),
        f"{duration(interval / 2)}, {duration(interval)}: waiting for the interval alone; "
        f"{_text(theirs)}: Celery's beat, a task that looks and one for each file",
        f"{duration(percentile(ours, 50) - interval / 2)} on top, in the middle{AIMS[interval]}",
    )


def _beside_dagster(files: int) -> Line:
    what = "the same sensor, beside Dagster's daemon, interval 1 s"
    if not dagster_peer.installed():
        return Line(what, "", dagster_peer.INSTALL)
    # Minutes for what takes ours seconds: a third of the files, and its floor of 5 s shows.
    ours = _watch(_start_ours, 1, files // 3)
    theirs = _watch(lambda site: dagster_peer.start_daemon(site, "dagster_files")[0], 1, files // 3)
    ratio = percentile(theirs, 50) / percentile(ours, 50)
    return Line(what, _text(ours), f"{_text(theirs)} Dagster", f"{ratio:,.0f} times sooner")


def _start_ours(site: Site) -> Process:
    site.role("launch")
    site.role("evaluate")
    return site.beat()


def _watch(start: Callable[[Site], Process], interval: float, files: int) -> list[float]:
    """Return how long each file took, of those that a process and its helpers watch for."""
    with Site("files", BENCH_INTERVAL=str(interval)) as site:
        inbox, started = site.folder / "inbox", site.folder / "started"
        for folder in (inbox, started, site.folder / "taken"):
            folder.mkdir()
        process = start(site)
        _drop(inbox, "warm-up")
        site.wait((started / "warm-up").exists, "the first run", process)
        took = []
        for number in range(files):
            time.sleep(interval * (number * GOLDEN % 1))
            dropped = _drop(inbox, str(number))
            site.wait(lambda: _read(started / str(number)), "a run", process)  # noqa: B023
            took.append(float(_read(started / str(number))) - dropped)
    return took


def _text(took: list[float]) -> str:
    return f"p50 {duration(percentile(took, 50))}, max {duration(max(took))}"


def _drop(inbox: Path, name: str) -> float:
    (inbox / name).touch()
    return time.time()


def _read(path: Path) -> str:
    """Return what a file holds, empty while there is none."""
    return path.read_text() if path.exists() else ""
