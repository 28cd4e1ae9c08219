"""Dagster beside ours: its daemon and its code server, with SQLite, as it comes."""

import sqlite3
import time
from contextlib import closing
from importlib.util import find_spec

from benchmarks.celery_peer import rate
from benchmarks.processes import CpuMeter, Process
from benchmarks.site import Site
from benchmarks.stats import Repeated

INSTALL = "Dagster: not measured, pip install -e '.[bench]'"
WARM_TICKS = 100


def installed() -> bool:
    """Tell whether there is a Dagster to measure."""
    return find_spec("dagster") is not None


class DagsterPeer:
    """A Dagster instance in the folder of a site.

    Args:
        site: The site whose processes it shares.
        module: The code location under ``benchmarks.locations``.
    """

    def __init__(self, site: Site, module: str) -> None:
        self._site, self._module = site, f"benchmarks.locations.{module}"
        self._home = site.folder / "dagster"
        self._home.mkdir()
        (self._home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")

    def daemon(self) -> Process:
        """Start the daemon, which starts its code server."""
        return self._python("daemon", "dagster._daemon", "run", "-m", self._module)

    def fill(self, *argv: str) -> Process:
        """Start the module itself, which writes runs into the instance."""
        return self._python("fill", self._module, *argv)

    def ticks(self) -> int:
        """Return how many ticks have ended, without those that failed."""
        query = "select count(*) from job_ticks where status in ('SUCCESS', 'SKIPPED')"
        try:
            path = next(self._home.rglob("schedules.db"))
            with closing(sqlite3.connect(path, timeout=10)) as ticks:
                return int(ticks.execute(query).fetchone()[0])
        except (StopIteration, sqlite3.OperationalError):
            time.sleep(0.5)
            return 0

    def _python(self, name: str, *argv: str) -> Process:
        return self._site.python(name, *argv, DAGSTER_HOME=str(self._home))


def dagster_rate(sensors: int, rounds: int, window: float) -> tuple[Repeated, float]:
    """Return how many ticks a second it does, alone on the machine, and its share of a core."""
    with Site("skipping", BENCH_SENSORS=str(sensors), BENCH_INTERVAL="1") as site:
        peer = DagsterPeer(site, "dagster_skipping")
        daemon = peer.daemon()
        site.wait(lambda: peer.ticks() >= WARM_TICKS, "Dagster's first ticks", daemon, timeout=180)
        meter = CpuMeter(daemon=daemon)
        rates = Repeated([rate(peer.ticks, window) for _ in range(rounds)])
        return rates, meter.shares()["daemon"]
