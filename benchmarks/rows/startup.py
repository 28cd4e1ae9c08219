"""From the command to the first tick, and to a worker that serves."""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import raw
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
    """Start each several times; once before, so that the files are in the machine's memory."""
    # And so that they are compiled, which this variable of the shell would have done at each start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rounds = 1 if quick else 3
    dev = [_first_tick() for _ in range(1 + rounds)][1:]
    ours, bare = [], []
    for _ in range(rounds):
        ours.append(_serving())
        bare.append(_raw_serving())
    return [
        Line(
            "`sensors dev`, as `make dev` runs it, warm: until the first tick",
            Repeated(dev).text("s", 2),
            "",
            f"aim ≤ {AIM_DEV_S} s",
        ),
        Line(
            "a worker of a trivial code location, 2 children: until it is registered and serves",
            Repeated(ours).text("s", 2),
            f"{Repeated(bare).text('s', 2)} a raw Celery worker, until it takes a message",
            f"aim ≤ {AIM_WORKER_S} s",
        ),
    ]


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


def _wait_for_notes(folder: Path, dev: Process) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not read_notes(folder):
        if dev.ended or time.monotonic() > deadline:
            raise BenchmarkError(f"there was no tick:\n{dev.output()}")
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
