"""Ten thousand sensors, each every 30 seconds."""

import time
from collections.abc import Sequence
from itertools import pairwise

from benchmarks.processes import CpuMeter
from benchmarks.site import LOCATION, Site
from benchmarks.stats import duration, percentile
from benchmarks.table import Line
from sensors_app.storage.keys import LocationKeys

FULL = (10_000, 30.0, 100.0)
QUICK = (2_000, 6.0, 20.0)
"""Sensors, their interval, how long to watch; seconds."""

Tick = tuple[int, int]
"""When a tick started and when it ended, ms."""


def run(quick: bool) -> list[Line]:
    """Let them settle for an interval and a half, then watch."""
    sensors, interval, window = QUICK if quick else FULL
    env = {"BENCH_SENSORS": str(sensors), "BENCH_INTERVAL": str(interval)}
    with Site("skipping", **env) as site:
        worker, beat = site.role("evaluate"), site.beat()
        site.wait(lambda: evaluated(site, sensors), "the first round", beat, timeout=300)
        time.sleep(interval / 2)
        since_ms = time.time() * 1000
        meter = CpuMeter(beat=beat, worker=worker)
        time.sleep(window)
        cpu = meter.shares()
        histories = ticks_of(site, sensors)
    intervals, lags = intervals_and_lags(histories, interval, since_ms)
    return [
        Line(
            f"{sensors:,} sensors every {interval:g} s, one beat, one worker of 2 children: "
            "from start to start",
            f"p50 {percentile(intervals, 50):.2f} s, p99 {percentile(intervals, 99):.2f} s",
            f"{interval:g} s asked for",
            f"{len(intervals) / window:.0f} ticks/s of {sensors / interval:.0f}",
        ),
        Line(
            "the same: lag behind due",
            f"p50 {duration(percentile(lags, 50))}, p99 {duration(percentile(lags, 99))}",
            "0",
            ", ".join(f"{name} {share:.0%} CPU" for name, share in cpu.items()),
        ),
    ]


def evaluated(site: Site, sensors: int) -> bool:
    """Tell whether every sensor has had a tick."""
    keys = LocationKeys(site.settings.key_prefix, LOCATION)
    names = [keys.ticks(f"skip_{number}") for number in range(sensors)]
    return bool(site.client.exists(*names) == sensors)


def ticks_of(site: Site, sensors: int) -> list[list[Tick]]:
    """Return the ticks of each sensor, oldest first."""
    keys = LocationKeys(site.settings.key_prefix, LOCATION)
    with site.client.pipeline(transaction=False) as pipe:
        for number in range(sensors):
            pipe.xrange(keys.ticks(f"skip_{number}"))
        found = pipe.execute()
    return [[(int(f["started"]), int(f["ended"])) for _, f in entries] for entries in found]


def intervals_and_lags(
    histories: Sequence[Sequence[Tick]], interval: float, since_ms: float
) -> tuple[list[float], list[float]]:
    """Return from start to start, and from due to start, in seconds, of ticks since a time.

    A sensor is due its interval after its last tick ended.
    """
    intervals, lags = [], []
    for history in histories:
        for (before, ended), (started, _) in pairwise(history):
            if started >= since_ms:
                intervals.append((started - before) / 1000)
                lags.append((started - ended) / 1000 - interval)
    return intervals, lags
