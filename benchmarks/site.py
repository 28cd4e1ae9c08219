"""A deployment for a benchmark: a server of its own, and real processes around it."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import redis

from benchmarks.processes import Process
from sensors_app.runtime import build_runtime
from sensors_app.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
FLAGS = ["--without-gossip", "--without-mingle", "-l", "INFO"]
"""What every worker here is started with, ours and Celery's own."""

OURS = ("workers",)
"""What starts our workers and beats: as ``sensors worker`` and ``sensors beat`` do."""

CHILDREN = 2
"""How many processes a worker has, unless a row says otherwise."""

LOCATION = "bench"
RAW_DB = 5


class BenchmarkError(Exception):
    """A benchmark could not be done; the message says why."""


class Site:
    """A server, a store on it, and processes, all of which end with it.

    Args:
        module: The code location under ``benchmarks.locations``.
        env: More variables for the processes; settings among them count here, too.
    """

    def __init__(self, module: str, **env: str) -> None:
        self._stack = contextlib.ExitStack()
        try:
            self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            self.port = free_port()
            self._stack.enter_context(server(self.folder / "valkey", self.port))
            own = {
                "SENSORS_REDIS_URL": f"redis://127.0.0.1:{self.port}/0",
                "SENSORS_LOCATIONS": f"{LOCATION}=benchmarks.locations.{module}",
                **{k: v for k, v in env.items() if k.startswith("SENSORS_")},
            }
            self.raw_broker = env.get(
                "SENSORS_BROKER_URL", f"redis://127.0.0.1:{self.port}/{RAW_DB}"
            )
            self._env = {
                **{k: v for k, v in os.environ.items() if not k.startswith("SENSORS_")},
                "PYTHONPATH": str(ROOT),
                # What processes that are killed leave among temporary files goes with the folder.
                "TMPDIR": str(self.folder),
                "BENCH_FOLDER": str(self.folder),
                "BENCH_RAW_BROKER": self.raw_broker,
                **env,
                **own,
            }
            self.settings: Settings = load_settings(
                **{k.removeprefix("SENSORS_").lower(): v for k, v in own.items()}
            )
            self.store = build_runtime(self.settings).store
            self._stack.callback(self.store.close)
            self.client: redis.Redis = redis.Redis(port=self.port, decode_responses=True)
            self._stack.callback(self.client.close)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stack.close()

    def python(self, name: str, *argv: str, **env: str) -> Process:
        """Start a Python module, with more variables if wished."""
        process = Process([sys.executable, "-m", *argv], {**self._env, **env}, self.folder, name)
        return self._stack.enter_context(process)

    def beat(self) -> Process:
        """Start a beat."""
        return self.python("beat", *OURS, "beat", "-l", "INFO")

    def listener(self) -> Process:
        """Start a listener."""
        return self.python("listener", "workers.listener")

    def web(self, port: int, **env: str) -> Process:
        """Start a web process."""
        return self.python("web", "sensors_app.web", SENSORS_WEB_PORT=str(port), **env)

    def worker(
        self, queue: str, *, program: Sequence[str] = OURS, children: int = CHILDREN
    ) -> Process:
        """Start a worker for a queue."""
        argv = [*program, "worker", "-Q", queue, "-n", f"{queue}@%h", *FLAGS]
        return self.python(queue, *argv, "-c", str(children))

    def role(self, role: str, children: int = CHILDREN) -> Process:
        """Start a worker for a role of the code location, and wait until it serves."""
        process = self.worker(self.settings.queue(LOCATION, role), children=children)
        self.wait(lambda: role in self.roles(), f"the {role} worker", process, timeout=120)
        return process

    def roles(self) -> set[str]:
        """Return the roles that living workers serve."""
        found = self.store.sensors.locations()
        return {role for s in found for w in s.workers if w.alive for role in w.roles}

    def wait(
        self,
        condition: Callable[[], object],
        what: str,
        process: Process,
        timeout: float = 60,
        pause: float = 0.1,
    ) -> None:
        """Wait until a condition holds, and look at it every ``pause`` seconds.

        Raises:
            BenchmarkError: It does not, in time; or the process that was to see to it ended.
        """
        deadline = time.monotonic() + timeout
        while not condition():
            if process.ended or time.monotonic() > deadline:
                raise BenchmarkError(f"{what} did not come up:\n{process.output()}")
            time.sleep(pause)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(folder: Path, port: int) -> Any:
    """Run a server with an append-only file, as ``sensors dev`` does."""
    argv = ["-m", "sensors_app.storage.embedded", "--dir", str(folder), "--port", str(port)]
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, *argv], stdin=pipe, stdout=pipe, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            answer = process.stdout.readline().decode().strip()
            if answer != "ready":
                raise BenchmarkError(f"the server did not start: {answer}")
            yield
        finally:
            process.stdin.close()
            process.wait()
