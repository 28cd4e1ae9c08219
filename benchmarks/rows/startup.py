"""From the command to the first tick, and to a worker that serves."""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import dagster_peer, raw
from benchmarks.celery_peer import CeleryPeer
from benchmarks.notes import read_notes
from benchmarks.processes import Process
from benchmarks.site import LOCATION, ROOT, BenchmarkError, Site, free_port
from benchmarks.stats import Repeated
from benchmarks.table import Line
from sensors_app.model.locations import Role

TRIVIAL = {"BENCH_SENSORS": "1", "BENCH_INTERVAL": "1"}
"""One sensor that skips, every second."""

AIM_DEV_S = 5
AIM_WORKER_S = 2
PAUSE_S = 0.005
TIMEOUT_S = 60


def run(quick: bool) -> list[Line]:
    """Start each in turn; once before, so that the files are in the machine's memory."""
    # And so that they are compiled, which this variable of the shell would have done at each start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rounds = 1 if quick else 3
    dev, pageless, theirs, ours, bare = [], [], [], [], []
    for _ in range(1 + rounds):
        dev.append(_first_tick())
        pageless.append(_first_tick_without_pages())
        if dagster_peer.installed():
            theirs.append(_first_tick_of_dagster())
        ours.append(_serving())
        bare.append(_raw_serving())
    dagster = (
        f"{_text(theirs)} Dagster's daemon and code server, without pages"
        if theirs
        else dagster_peer.INSTALL
    )
    return [
        Line(
            "`sensors dev`, as `make dev` runs it, warm: until the first tick",
            _text(dev),
            dagster,
            f"aim ≤ {AIM_DEV_S} s",
        ),
        Line(
            "its server, beat, and workers that evaluate and launch, without pages: the same",
            _text(pageless),
            dagster,
        ),
        Line(
            "a worker of a trivial code location, 2 children: until it is registered and serves",
            _text(ours),
            f"{_text(bare)} a raw Celery worker, until it takes a message",
            f"aim ≤ {AIM_WORKER_S} s",
        ),
    ]


def _text(took: list[float]) -> str:
    return Repeated(took[1:]).text("s", 2)


def _first_tick() -> float:
    with tempfile.TemporaryDirectory() as path:
        folder, ports = Path(path), [str(free_port()) for _ in range(3)]
        argv = ["-m", "sensors_app.cli", "dev", "-m", "benchmarks.locations.noting"]
        for option, port in zip(("--port", "--web-port", "--flower-port"), ports, strict=True):
            argv += [option, port]
        env = {k: v for k, v in os.environ.items() if not k.startswith("SENSORS_")}
        env |= {**TRIVIAL, "BENCH_FOLDER": path, "PYTHONPATH": str(ROOT)}
        began = time.time()
        with Process([sys.executable, *argv], env, folder, "dev") as dev:
            _wait_for_notes(folder, dev)
            # All its processes end with it if it is asked to.
            dev.signal(signal.SIGINT)
            _wait_for_end(dev)
        return read_notes(folder)[0][1] - began


def _first_tick_without_pages() -> float:
    began = time.time()
    with Site("noting", **TRIVIAL) as site:
        for role in (Role.EVALUATE, Role.LAUNCH):
            site.worker(site.settings.queue(LOCATION, role))
        _wait_for_notes(site.folder, site.beat())
        return read_notes(site.folder)[0][1] - began


def _first_tick_of_dagster() -> float:
    with Site("skipping", **TRIVIAL) as site:
        peer = dagster_peer.DagsterPeer(site, "dagster_skipping")
        began = time.time()
        _wait_for_notes(site.folder, peer.daemon())
        return read_notes(site.folder)[0][1] - began


def _wait_for_notes(folder: Path, process: Process) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not read_notes(folder):
        if process.ended or time.monotonic() > deadline:
            raise BenchmarkError(f"there was no tick:\n{process.output()}")
        time.sleep(PAUSE_S)


def _wait_for_end(dev: Process) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not dev.ended and time.monotonic() < deadline:
        time.sleep(PAUSE_S)


def _serving() -> float:
    with Site("noting", **TRIVIAL) as site:
        began = time.monotonic()
        worker = site.worker(site.settings.queue(LOCATION, Role.EVALUATE))
        site.wait(lambda: Role.EVALUATE in site.roles(), "the worker", worker, pause=PAUSE_S)
        return time.monotonic() - began


def _raw_serving() -> float:
    with Site("noting", **TRIVIAL) as site:
        raw.fill(1, site.raw_broker)
        began = time.monotonic()
        peer = CeleryPeer(site)
        site.wait(lambda: not peer.waiting(), "the worker", peer.process, pause=PAUSE_S)
        return time.monotonic() - began
