"""Evaluations a second, against a Celery task that does nothing, and against Dagster."""

import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks import dagster_peer
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
    """Measure with Redis as the broker, beside raw tasks as they come and as ours; then Dagster."""
    rounds, window = (1, 5.0) if quick else (3, 10.0)
    with Site("skipping", **skipping()) as site:
        rates = measure(site, rounds, window)
    with Site("skipping", BENCH_RAW_WITHOUT_ACKS="1", **skipping()) as site:
        alike = measure(site, rounds, window)
    return [
        rates.line(WHAT, f" (aim ≥ {AIM_RAW})"),
        alike.line(f"{WHAT}; the raw task, too, without Celery's acknowledgements", ""),
        _beside_dagster(Repeated(rates.ours), rounds, 1.5 * window),
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


def skipping() -> dict[str, str]:
    """Return the variables of the sensors."""
    return {"BENCH_SENSORS": str(SENSORS), "BENCH_INTERVAL": str(INTERVAL_S)}


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
