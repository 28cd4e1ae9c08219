"""When runs started: each keeps it in a file that is called after what asked for it."""

import time
from pathlib import Path

from benchmarks.processes import Process
from benchmarks.site import Site

GOLDEN = 0.618034
"""Waits that grow by this share of an interval meet it at every phase, evenly."""


class Starts:
    """The folder in which the runs of a site keep when they started.

    Args:
        site: The site.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._folder = site.folder / "started"
        self._folder.mkdir()

    def wait(self, name: str, process: Process) -> float:
        """Return when a run's user code began, once it has; seconds since the epoch."""
        path = self._folder / name
        self._site.wait(lambda: _read(path), f"the run of {name}", process, pause=0.02)
        return float(_read(path))


def rest(number: int, interval: float) -> None:
    """Sleep for less than an interval, for another share of it each time."""
    time.sleep(interval * (number * GOLDEN % 1))


def _read(path: Path) -> str:
    """Return what a file holds, empty while there is none."""
    return path.read_text() if path.exists() else ""
