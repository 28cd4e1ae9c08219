"""From the file's appearance to the first line of the user's op."""

import time
from pathlib import Path

from benchmarks.site import Site
from benchmarks.stats import duration, percentile
from benchmarks.table import Line

AIMS = {1.0: "", 0.2: "; aim: p50 ≤ 150 ms"}
"""What is aimed at, by the sensor's interval in seconds."""

GOLDEN = 0.618034
"""Waits that grow by this share of an interval meet it at every phase, evenly."""


def run(quick: bool) -> list[Line]:
    """Drop files, one at a time, at all phases of the interval."""
    return [_line(interval, 6 if quick else 20) for interval in AIMS]


def _line(interval: float, files: int) -> Line:
    with Site("files", BENCH_INTERVAL=str(interval)) as site:
        inbox, started = site.folder / "inbox", site.folder / "started"
        inbox.mkdir()
        started.mkdir()
        site.role("launch")
        worker, beat = site.role("evaluate"), site.beat()
        _drop(inbox, "warm-up")
        site.wait((started / "warm-up").exists, "the first run", beat)
        took = []
        for number in range(files):
            time.sleep(interval * (number * GOLDEN % 1))
            dropped = _drop(inbox, str(number))
            site.wait(lambda: _read(started / str(number)), "a run", worker)  # noqa: B023
            took.append(float(_read(started / str(number))) - dropped)
    return Line(
        f"file appears → its run's first op runs, interval {interval:g} s, {files} files",
        f"p50 {duration(percentile(took, 50))}, max {duration(max(took))}",
        f"{duration(interval / 2)}, {duration(interval)}: waiting for the interval alone",
        f"{duration(percentile(took, 50) - interval / 2)} on top, in the middle{AIMS[interval]}",
    )


def _drop(inbox: Path, name: str) -> float:
    (inbox / name).touch()
    return time.time()


def _read(path: Path) -> str:
    """Return what a file holds, empty while there is none."""
    return path.read_text() if path.exists() else ""
