"""Dagster beside ours: its daemon and its code server on the sensors that skip, with SQLite."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from benchmarks.celery_peer import rate
from benchmarks.processes import CpuMeter, Process
from benchmarks.site import Site
from benchmarks.stats import Repeated

INSTALL = "Dagster: not measured, pip install -e '.[bench]'"
WARM_TICKS = 100


def installed() -> bool:
    """Tell whether there is a Dagster to measure."""
    return find_spec("dagster") is not None


def start_daemon(site: Site, module: str) -> tuple[Process, Path]:
    """Start Dagster's daemon, which starts its code server; return it and its folder."""
    home = site.folder / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    argv = ("dagster._daemon", "run", "-m", f"benchmarks.locations.{module}")
    return site.python("daemon", *argv, DAGSTER_HOME=str(home)), home


def dagster_rate(sensors: int, rounds: int, window: float) -> tuple[Repeated, float]:
    """Return how many ticks a second it does, alone on the machine, and its share of a core."""
    with Site("skipping", BENCH_SENSORS=str(sensors), BENCH_INTERVAL="1") as site:
        daemon, home = start_daemon(site, "dagster_skipping")
        count = _finished(home)
        site.wait(lambda: count() >= WARM_TICKS, "Dagster's first ticks", daemon, timeout=180)
        meter = CpuMeter(daemon=daemon)
        rates = Repeated([rate(count, window) for _ in range(rounds)])
        return rates, meter.shares()["daemon"]


def _finished(home: Path) -> Callable[[], int]:
    def count() -> int:
        try:
            with closing(sqlite3.connect(next(home.rglob("schedules.db")), timeout=10)) as ticks:
                return int(
                    ticks.execute(
                        "select count(*) from job_ticks where status != 'STARTED'"
                    ).fetchone()[0]
                )
        except (StopIteration, sqlite3.OperationalError):
            time.sleep(0.5)
            return 0

    return count
