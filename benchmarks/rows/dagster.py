"""The sensors that skip, on Dagster: its daemon, its code server, SQLite."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from benchmarks.processes import CpuMeter
from benchmarks.rows.evaluations import SENSORS, rate, ticks_done
from benchmarks.site import Site
from benchmarks.stats import Repeated
from benchmarks.table import Line

INTERVAL_S = 1.0
INSTALL = "not measured: pip install -e '.[bench]'"


def run(quick: bool) -> list[Line]:
    """Measure ours, Dagster's, and ours again, each alone on the machine."""
    what = f"{SENSORS} sensors that skip, every {INTERVAL_S:g} s"
    if find_spec("dagster") is None:
        return [Line(what, "", INSTALL)]
    window = 10.0 if quick else 30.0
    before = _ours(window)
    theirs, share = _dagster(1 if quick else 3, window)
    ours = Repeated([before] if quick else [before, _ours(window)])
    return [
        Line(
            what,
            f"{ours.text('ticks/s')} of the {SENSORS / INTERVAL_S:.0f} asked for",
            f"{theirs.text('ticks/s', 1)} Dagster, {share:.0%} CPU",
            f"{ours.median / theirs.median:.0f} times Dagster's",
        )
    ]


def _ours(window: float) -> float:
    env = {"BENCH_SENSORS": str(SENSORS), "BENCH_INTERVAL": str(INTERVAL_S)}
    with Site("skipping", **env) as site:
        site.role("evaluate")
        beat = site.beat()
        site.wait(lambda: ticks_done(site, SENSORS) >= SENSORS, "the first ticks", beat)
        return rate(lambda: ticks_done(site, SENSORS), window)


def _dagster(rounds: int, window: float) -> tuple[Repeated, float]:
    with Site("skipping", BENCH_SENSORS=str(SENSORS)) as site:
        home = site.folder / "dagster"
        home.mkdir()
        (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        module = "benchmarks.locations.dagster_skipping"
        daemon = site.python(
            "daemon", "dagster._daemon", "run", "-m", module, DAGSTER_HOME=str(home)
        )
        count = _finished(home)
        site.wait(lambda: count() >= SENSORS, "Dagster's first ticks", daemon, timeout=180)
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
