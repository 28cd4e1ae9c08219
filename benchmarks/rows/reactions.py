"""From the end of a run to the first line of the sensor that watches it; and how many a second."""

import signal
import time
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from benchmarks import dagster_peer
from benchmarks.celery_peer import CeleryPeer
from benchmarks.notes import have_started, read_notes
from benchmarks.processes import CpuMeter, Process
from benchmarks.site import Site
from benchmarks.stats import PARTS, Repeated, duration, waits
from benchmarks.table import Line
from sensors_app import DagsterRunStatus
from sensors_app.model.external import ExternalRunEvent

AIM_P99_S = 0.1
AIM_RAW = 3
PEER_WINDOW_S = 5.0

DAGSTER_PACE_S = 1.7
"""From run to run: some three in a tick of Dagster's, at all phases of it."""

DAGSTER_A_TICK = 5
"""So many runs does a sensor of Dagster's take a tick, unless told otherwise."""


def run(quick: bool) -> list[Line]:
    """End runs of another system at a steady pace, then as many at once as there are."""
    theirs = _dagster(quick)
    with Site("reacting") as site:
        listener, worker = site.listener(), site.role("react")
        calls = Calls(site)
        calls.report(1, "single")
        calls.wait(listener)
        seconds = 5 if quick else 20
        return [
            _latency("low load, 5 events/s", calls.paced(listener, 5, seconds), theirs.wait),
            _latency("200 events/s", calls.paced(listener, 200, seconds), theirs.speed),
            _rates(site, calls, worker, quick, theirs),
            _batches(calls, worker, quick, theirs),
        ]


class Calls:
    """Runs that end, numbered one after the other, and the sensors' calls for them.

    Args:
        site: The site of ``benchmarks.locations.reacting``.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._reported: list[float] = []

    def report(self, count: int, job_name: str) -> None:
        """Have so many runs end."""
        external = self._site.store.external
        for _ in range(count):
            run_id = str(len(self._reported))
            self._reported.append(time.time())
            external.report_run(
                ExternalRunEvent("shop", job_name, run_id, DagsterRunStatus.SUCCESS)
            )

    def wait(self, process: Process) -> None:
        """Wait until a sensor was called for all that have ended."""
        handled = partial(have_started, self._site.folder, len(self._reported))
        self._site.wait(handled, "the last call", process, timeout=120, pause=0.05)

    def paced(self, process: Process, pace: int, seconds: int) -> list[float]:
        """Have runs end, so many a second; return how long it took until each call, seconds."""
        began, first = time.time(), len(self._reported)
        for number in range(pace * seconds):
            time.sleep(max(0.0, began + number / pace - time.time()))
            self.report(1, "single")
        self.wait(process)
        handled = dict(read_notes(self._site.folder))
        return [handled[number] - at for number, at in enumerate(self._reported) if number >= first]

    def drain(self, worker: Process, job_name: str, count: int) -> float:
        """Let runs pile up while the worker stands still; return how many a second it takes."""
        worker.signal(signal.SIGSTOP)
        self.report(count, job_name)
        worker.signal(signal.SIGCONT)
        began = time.time()
        self.wait(worker)
        return count / (read_notes(self._site.folder)[-1][1] - began)


@dataclass(frozen=True, slots=True)
class Dagster:
    """What the table says of Dagster's run status sensor.

    Args:
        wait: How long from the end of a run to the call.
        speed: How many runs it takes, of those that wait.
    """

    wait: str = dagster_peer.INSTALL
    speed: str = dagster_peer.INSTALL


def _dagster(quick: bool) -> Dagster:
    if not dagster_peer.installed():
        return Dagster()
    paced, group = (6, DAGSTER_A_TICK) if quick else (18, 2 * DAGSTER_A_TICK)
    # The first tick of those that wait may have others, too: it begins the measurement.
    first = paced + DAGSTER_A_TICK
    runs = first + PARTS * group
    with Site("reacting") as site:
        peer = dagster_peer.DagsterPeer(site, "dagster_reacting")
        daemon = peer.daemon()
        # Its first tick notes which runs had ended before.
        site.wait(peer.ticks, "Dagster's first tick", daemon, timeout=180)
        peer.fill(str(paced), str(DAGSTER_PACE_S), str(runs - paced))
        handled_all = partial(have_started, site.folder, runs)
        site.wait(handled_all, "Dagster's last call", daemon, timeout=300)
        reported, handled = (
            dict(read_notes(site.folder / "reported")),
            dict(read_notes(site.folder)),
        )
    latencies = [handled[number] - reported[number] for number in range(paced)]
    ends = [handled[number] for number in range(first - 1, runs, group)]
    speeds = Repeated([60 * group / (after - before) for before, after in pairwise(ends)])
    return Dagster(
        f"{waits(latencies, 50, 100)} Dagster, interval 1 s, a run each {DAGSTER_PACE_S} s",
        f"{speeds.text()} a minute, Dagster, interval 1 s",
    )


def _latency(what: str, latencies: list[float], beside: str) -> Line:
    return Line(
        f"run ends → its sensor is called, {what}",
        waits(latencies, 50, 99, 100),
        beside,
        f"p99 aim ≤ {duration(AIM_P99_S)}",
    )


def _rates(site: Site, calls: Calls, worker: Process, quick: bool, theirs: Dagster) -> Line:
    peer = CeleryPeer(site)
    ours, bare, ratios = [], [], []
    cpu: dict[str, float] = {}
    for _ in range(1 if quick else 3):
        meter = CpuMeter(worker=worker)
        peer.process.signal(signal.SIGSTOP)
        ours.append(calls.drain(worker, "single", 500 if quick else 10_000))
        cpu = meter.shares()
        worker.signal(signal.SIGSTOP)
        bare.append(peer.rate(PEER_WINDOW_S))
        worker.signal(signal.SIGCONT)
        ratios.append(ours[-1] / bare[-1])
    return Line(
        "calls of a sensor, one for each run, one react worker of 2 children",
        Repeated(ours).text("a second"),
        f"{Repeated(bare).text('tasks/s')} raw Celery, no-op; {theirs.speed}",
        f"{Repeated(ratios).text(digits=2)} of raw (aim ≥ {AIM_RAW}); "
        f"worker {cpu['worker']:.0%} CPU",
    )


def _batches(calls: Calls, worker: Process, quick: bool, theirs: Dagster) -> Line:
    rounds, count = (1, 1000) if quick else (PARTS, 10_000)
    speeds = Repeated([calls.drain(worker, "batch", count) for _ in range(rounds)])
    return Line(
        f"the same with batch_size=50, {count:,} runs", speeds.text("runs a second"), theirs.speed
    )
