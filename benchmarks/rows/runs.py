"""Many trivial runs, from the request to the end of the last."""

import signal
import time

from benchmarks.celery_peer import CeleryPeer
from benchmarks.notes import read_notes
from benchmarks.processes import Process
from benchmarks.rows.evaluations import ticks_done
from benchmarks.site import LOCATION, Site
from benchmarks.stats import Repeated
from benchmarks.table import Line
from sensors_app.model.locations import Role
from sensors_app.storage.keys import LocationKeys

AIM_S = 5
SENSOR = "many"
"""The one of ``benchmarks.locations.requesting``."""

PEER_WINDOW_S = 5.0


def run(quick: bool) -> list[Line]:
    """Request them round by round, and raw tasks in turn; the first round makes the job known."""
    rounds, runs = (1, 200) if quick else (3, 1000)
    took, bare = [], []
    with Site("requesting", BENCH_REQUESTS=str(runs)) as site:
        peer = CeleryPeer(site)
        worker, _, beat = site.role(Role.LAUNCH), site.role(Role.EVALUATE), site.beat()
        site.wait(lambda: ticks_done(site), "the first tick", beat)
        for number in range(1 + rounds):
            took.append(_finish_all(site, worker, number, runs))
            if number:
                beat.signal(signal.SIGSTOP)
                bare.append(runs / peer.rate(PEER_WINDOW_S))
                beat.signal(signal.SIGCONT)
    first, *others = took
    return [
        Line(
            f"{runs:,} runs that do nothing, one launch worker of 2 children: requested → all "
            "finished",
            Repeated(others).text("s", 2),
            f"{Repeated(bare).text('s', 2)} for as many raw Celery tasks, no-op",
            f"aim ≤ {AIM_S} s; {first:.2f} s when the job is new",
        )
    ]


def request(site: Site, series: int) -> None:
    """Have the sensor request runs with keys that it has not used."""
    site.store.sensors.set_cursor(LOCATION, SENSOR, f"series-{series}")
    site.store.sensors.poke(LOCATION, SENSOR)


def _finish_all(site: Site, worker: Process, number: int, runs: int) -> float:
    ended = LocationKeys(site.settings.key_prefix, LOCATION).runs_in("SUCCESS")
    request(site, number)
    site.wait(
        lambda: int(site.client.zcard(ended)) == (number + 1) * runs,
        "the end of all runs",
        worker,
        timeout=120,
        pause=0.01,
    )
    return time.time() - read_notes(site.folder)[-1][1]
