"""Evaluations a second, against a Celery task that does nothing."""

import signal
import time
from collections.abc import Callable

import redis

from benchmarks import raw
from benchmarks.processes import CpuMeter, Process
from benchmarks.site import LOCATION, RAW_DB, BenchmarkError, Site
from benchmarks.stats import Repeated
from benchmarks.table import Line
from sensors_app.storage.keys import LocationKeys

SENSORS = 400
INTERVAL_S = 0.01
SETTLE_S = 3.0
AIM = 0.7
RAW_MESSAGES_PER_S = 3000
"""More than a worker can take, so that its queue does not run dry."""


def run(quick: bool) -> list[Line]:
    """Take turns: our evaluations for a while, then raw tasks, on the same server."""
    rounds, window = (1, 5.0) if quick else (3, 10.0)
    ours, bare, ratios = [], [], []
    with Site("skipping", BENCH_SENSORS=str(SENSORS), BENCH_INTERVAL=str(INTERVAL_S)) as site:
        peer = start_peer(site)
        worker, beat = site.role("evaluate"), site.beat()
        site.wait(lambda: ticks_done(site, SENSORS), "the first ticks", beat)
        cpu: dict[str, float] = {}
        for _ in range(rounds):
            beat.signal(signal.SIGCONT)
            time.sleep(SETTLE_S)
            meter = CpuMeter(beat=beat, worker=worker)
            ours.append(rate(lambda: ticks_done(site, SENSORS), window))
            cpu = meter.shares()
            beat.signal(signal.SIGSTOP)
            bare.append(raw_rate(site, peer, window))
            ratios.append(ours[-1] / bare[-1])
    ratio = Repeated(ratios)
    return [
        Line(
            f"{SENSORS} sensors that skip, one beat, one worker of 2 children",
            Repeated(ours).text("ticks/s"),
            f"{Repeated(bare).text('tasks/s')} raw Celery, no-op",
            f"{ratio.text(digits=2)} of raw (aim ≥ {AIM}); "
            + ", ".join(f"{name} {share:.0%} CPU" for name, share in cpu.items()),
        )
    ]


def ticks_done(site: Site, sensors: int) -> int:
    """Return how many ticks have ever been kept; streams count what they have trimmed too."""
    keys = LocationKeys(site.settings.key_prefix, LOCATION)
    with site.client.pipeline(transaction=False) as pipe:
        for number in range(sensors):
            pipe.xinfo_stream(keys.ticks(f"skip_{number}"))
        replies = pipe.execute(raise_on_error=False)
    return sum(r["entries-added"] for r in replies if not isinstance(r, Exception))


def rate(count: Callable[[], int], window: float) -> float:
    """Return by how much a count grows in a second."""
    before, began = count(), time.monotonic()
    time.sleep(window)
    return (count() - before) / (time.monotonic() - began)


def start_peer(site: Site) -> Process:
    """Start a worker of raw Celery tasks, with the flags of ours."""
    return site.worker(raw.QUEUE, app="benchmarks.raw")


def raw_rate(site: Site, peer: Process, window: float) -> float:
    """Return how many tasks that do nothing the peer executes in a second."""
    with redis.Redis(port=site.port, db=RAW_DB) as broker:
        seconds = window + SETTLE_S
        # It must not empty its queue as fast as this fills it.
        peer.signal(signal.SIGSTOP)
        raw.fill(round(seconds * RAW_MESSAGES_PER_S), f"redis://127.0.0.1:{site.port}/{RAW_DB}")
        peer.signal(signal.SIGCONT)
        time.sleep(SETTLE_S)
        speed = -rate(lambda: broker.llen(raw.QUEUE), window)
        if not broker.llen(raw.QUEUE) or peer.ended:
            raise BenchmarkError(f"the raw worker ran dry:\n{peer.output()}")
        broker.flushdb()
    return speed
