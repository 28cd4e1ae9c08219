"""From the end of a run to the first line of the sensor that watches it; and how many a second."""

import signal
import time
from collections.abc import Mapping

from benchmarks.celery_peer import CeleryPeer
from benchmarks.locations.reacting import HANDLED_NAME
from benchmarks.processes import CpuMeter, Process
from benchmarks.site import BenchmarkError, Site
from benchmarks.stats import Repeated, duration, percentile
from benchmarks.table import Line
from sensors_app.model.external import ExternalRunEvent

PACES = {"low load, 5 events/s": 5.0, "200 events/s": 200.0}
DAGSTER_LATENCY = "Dagster, measured before: p50 16.7 s, max 30 s; at 1 s interval 1.8 s, 5.2 s"
DAGSTER_RATE = "Dagster, measured before: 62 a minute at 1 s interval"
AIM_P99_S = 0.1
AIM_RAW = 3
PEER_WINDOW_S = 5.0


def run(quick: bool) -> list[Line]:
    """End runs of another system at a steady pace, then as many at once as there are."""
    with Site("reacting") as site:
        listener, worker = site.listener(), site.role("react")
        handled = Handled(site)
        handled.report(["warm"], "single")
        site.wait(lambda: "warm" in handled.times(), "the first call", listener)
        lines = [
            _latency(handled, listener, what, pace, 5 if quick else 20)
            for what, pace in PACES.items()
        ]
        lines.append(_rates(site, handled, worker, quick))
        lines.append(_batches(handled, worker, 1000 if quick else 10_000))
    return lines


class Handled:
    """What the sensors of a site have noted.

    Args:
        site: The site.
    """

    def __init__(self, site: Site) -> None:
        self._file = site.folder / HANDLED_NAME
        self._store = site.store

    def times(self) -> Mapping[str, float]:
        """Return when the sensor was called for each run."""
        if not self._file.exists():
            return {}
        return {
            run_id: float(at) for run_id, at in map(str.split, self._file.read_text().splitlines())
        }

    def report(self, run_ids: list[str], job_name: str) -> None:
        """Have runs end."""
        for run_id in run_ids:
            self._store.external.report_run(ExternalRunEvent("shop", job_name, run_id, "SUCCESS"))

    def wait(self, run_ids: list[str], process: Process, timeout: float = 120) -> float:
        """Wait until the sensor was called for all of these; return when it was for the last."""
        deadline = time.monotonic() + timeout
        while not (times := self.times()).keys() >= set(run_ids):
            if process.ended or time.monotonic() > deadline:
                raise BenchmarkError(f"not all were handled:\n{process.output()}")
            time.sleep(0.05)
        return max(times[run_id] for run_id in run_ids)


def _latency(handled: Handled, process: Process, what: str, pace: float, seconds: int) -> Line:
    reported: dict[str, float] = {}
    began = time.time()
    for number in range(round(pace * seconds)):
        time.sleep(max(0.0, began + number / pace - time.time()))
        reported[f"{pace}-{number}"] = time.time()
        handled.report([f"{pace}-{number}"], "single")
    handled.wait(list(reported), process)
    times = handled.times()
    waits = [times[run_id] - at for run_id, at in reported.items()]
    p50, p99 = percentile(waits, 50), percentile(waits, 99)
    return Line(
        f"run ends → its sensor is called, {what}",
        f"p50 {duration(p50)}, p99 {duration(p99)}, max {duration(max(waits))}",
        DAGSTER_LATENCY,
        f"p99 aim ≤ {duration(AIM_P99_S)}",
    )


def _rates(site: Site, handled: Handled, worker: Process, quick: bool) -> Line:
    peer = CeleryPeer(site)
    ours, bare, ratios = [], [], []
    count = 500 if quick else 10_000
    cpu: dict[str, float] = {}
    for number in range(1 if quick else 3):
        meter = CpuMeter(worker=worker)
        peer.process.signal(signal.SIGSTOP)
        ours.append(_drain(handled, worker, "single", [f"s{number}-{n}" for n in range(count)]))
        cpu = meter.shares()
        worker.signal(signal.SIGSTOP)
        bare.append(peer.rate(PEER_WINDOW_S))
        worker.signal(signal.SIGCONT)
        ratios.append(ours[-1] / bare[-1])
    return Line(
        "calls of a sensor, one for each run, one react worker of 2 children",
        Repeated(ours).text("a second"),
        f"{Repeated(bare).text('tasks/s')} raw Celery, no-op; {DAGSTER_RATE}",
        f"{Repeated(ratios).text(digits=2)} of raw (aim ≥ {AIM_RAW}); "
        f"worker {cpu['worker']:.0%} CPU",
    )


def _batches(handled: Handled, worker: Process, count: int) -> Line:
    speed = _drain(handled, worker, "batch", [f"b-{n}" for n in range(count)])
    return Line(
        f"the same with batch_size=50, {count:,} runs",
        f"{speed:,.0f} runs a second",
        DAGSTER_RATE,
        "",
    )


def _drain(handled: Handled, worker: Process, job_name: str, run_ids: list[str]) -> float:
    """Let runs pile up while the worker stands still, then measure how fast it catches up."""
    worker.signal(signal.SIGSTOP)
    handled.report(run_ids, job_name)
    worker.signal(signal.SIGCONT)
    began = time.time()
    return len(run_ids) / (handled.wait(run_ids, worker) - began)
