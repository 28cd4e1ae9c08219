"""Evaluations a second, against a Celery task that does nothing, and against Dagster."""

import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from kombu import Connection

from benchmarks import dagster_peer, raw
from benchmarks.celery_peer import SETTLE_S, CeleryPeer, rate
from benchmarks.processes import CpuMeter
from benchmarks.site import LOCATION, Site
from benchmarks.stats import Repeated
from benchmarks.table import Line
from sensors_app.model.locations import Role

SENSORS = 2000
INTERVAL_S = 0.05
AIM_RAW = 6
AIM_DAGSTER = 200
RABBITMQ = ("127.0.0.1", 5672)
RABBITMQ_URL = "amqp://guest:guest@127.0.0.1:5672//"
WHAT = f"{SENSORS:,} sensors that skip, one beat, one worker of 2 children"


@dataclass(slots=True)
class Rates:
    """What rounds of ours and raw Celery's in turn came to."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    cpu: Mapping[str, float] = field(default_factory=dict)

    def line(self, what: str, aim: str) -> Line:
        """Return what the table says of it."""
        ratios = [ours / bare for ours, bare in zip(self.ours, self.bare, strict=True)]
        return Line(
            what,
            Repeated(self.ours).text("ticks/s"),
            f"{Repeated(self.bare).text('tasks/s')} raw Celery, no-op",
            f"{Repeated(ratios).text(digits=2)} of raw{aim}; "
            + ", ".join(f"{name} {share:.0%} CPU" for name, share in self.cpu.items()),
        )


def run(quick: bool) -> list[Line]:
    """Measure on Redis, on RabbitMQ if there is one, and Dagster."""
    rounds, window = (1, 5.0) if quick else (3, 10.0)
    with Site("skipping", **_sensors()) as site:
        rates = measure(site, rounds, window)
    return [
        rates.line(WHAT, f" (aim ≥ {AIM_RAW})"),
        _on_rabbitmq(rounds, window),
        _beside_dagster(Repeated(rates.ours), rounds, 2 * window),
    ]


def measure(site: Site, rounds: int, window: float) -> Rates:
    """Take turns: our evaluations for a while, then raw tasks, on the same broker."""
    rates = Rates()
    peer = CeleryPeer(site)
    worker, beat = site.role(Role.EVALUATE), site.beat()
    site.wait(lambda: ticks_done(site) >= 2 * SENSORS, "the first ticks", beat, timeout=120)
    for _ in range(rounds):
        beat.signal(signal.SIGCONT)
        time.sleep(SETTLE_S)
        meter = CpuMeter(beat=beat, worker=worker)
        rates.ours.append(rate(lambda: ticks_done(site), window))
        rates.cpu = meter.shares()
        beat.signal(signal.SIGSTOP)
        rates.bare.append(peer.rate(window))
    return rates


def ticks_done(site: Site) -> int:
    """Return how many ticks the location has ever had."""
    return sum(site.store.meter.tally(LOCATION).ticks.results.values())


def _sensors() -> dict[str, str]:
    return {"BENCH_SENSORS": str(SENSORS), "BENCH_INTERVAL": str(INTERVAL_S)}


def _on_rabbitmq(rounds: int, window: float) -> Line:
    what = "the same with RabbitMQ as the broker"
    try:
        socket.create_connection(RABBITMQ, timeout=1).close()
    except OSError:
        return Line(what, "", f"not measured: nobody listens on {':'.join(map(str, RABBITMQ))}")
    own = {"SENSORS_BROKER_URL": RABBITMQ_URL, "SENSORS_KEY_PREFIX": f"bench-{uuid4().hex[:8]}"}
    with _no_queues_left(own["SENSORS_KEY_PREFIX"]), Site("skipping", **_sensors(), **own) as site:
        return measure(site, rounds, window).line(what, "")


@contextmanager
def _no_queues_left(prefix: str) -> Iterator[None]:
    try:
        yield
    finally:
        with Connection(RABBITMQ_URL) as connection, connection.channel() as channel:
            for queue in [raw.QUEUE, *(f"{prefix}.{LOCATION}.{role}" for role in Role)]:
                channel.queue_delete(queue)


def _beside_dagster(ours: Repeated, rounds: int, window: float) -> Line:
    what = "the same sensors, beside Dagster's daemon, every 1 s"
    if not dagster_peer.installed():
        return Line(what, "", dagster_peer.INSTALL)
    theirs, share = dagster_peer.dagster_rate(SENSORS, rounds, window)
    return Line(
        what,
        ours.text("ticks/s"),
        f"{theirs.text('ticks/s', 1)} Dagster, {share:.0%} CPU",
        f"{ours.median / theirs.median:,.0f} times Dagster's (aim ≥ {AIM_DAGSTER})",
    )
