"""Starts Python programs as forks of a process that has imported what they all import.

Tests of real processes start some five hundred of them, and two thirds of what a start costs is to
import Celery, Redis and the like anew. The programs are processes of their own all the same: each
has a session, an environment and a working folder of its own, and may be killed.

Nothing of ours is imported beforehand that reads settings when it is imported.
"""

import atexit
import contextlib
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PRELOADED = (
    "celery.apps.worker",
    "celery.apps.beat",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "kombu.transport.redis",
    "kombu.transport.pyamqp",
    "celery.worker.consumer",
    "sensors_app.cli.processes",
    "sensors_app.engine.listening",
    "sensors_app.engine.locations",
    "sensors_app.engine.react",
    "sensors_app.instance",
    "sensors_app.web.app",
    "uvicorn",
)


class Program:
    """A program that a zygote has started; what is used here of :class:`subprocess.Popen`."""

    def __init__(self, zygote: "Zygote", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._zygote = zygote

    def poll(self) -> int | None:
        """Return its exit code; None while it runs."""
        return self._await(block=False)

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code once it has ended."""
        if timeout is not None and not self._ends_within(timeout):
            raise subprocess.TimeoutExpired("a program", timeout)
        code = self._await(block=True)
        assert code is not None
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        os.kill(self.pid, 15)

    def _ends_within(self, timeout: float) -> bool:
        ended = threading.Event()
        for _ in range(round(timeout / 0.05)):
            if self.poll() is not None:
                return True
            ended.wait(0.05)
        return self.poll() is not None

    def _await(self, *, block: bool) -> int | None:
        if self.returncode is None:
            self.returncode = self._zygote.ask(what="wait", pid=self.pid, block=block)
        return self.returncode


class Zygote:
    """The process that is forked; it ends with the one that has made it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        argv = [sys.executable, "-P", "-m", "tests.support.zygote", str(theirs.fileno())]
        env = {k: v for k, v in os.environ.items() if not k.startswith("SENSORS_")}
        self._process = subprocess.Popen(
            argv,
            env={**env, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self._socket = ours
        self._file = ours.makefile("rw")
        self._lock = threading.Lock()
        atexit.register(self.close)

    def start(self, argv: Sequence[str], env: Mapping[str, str], log: Path, cwd: Path) -> Program:
        """Start ``python`` with these arguments: ``-m module …``, ``-c text`` or a script."""
        pid = self.ask(what="start", argv=list(argv), env=dict(env), log=str(log), cwd=str(cwd))
        return Program(self, pid)

    def ask(self, **wish: Any) -> Any:
        """Have the process do something, and return its answer."""
        with self._lock:
            self._file.write(json.dumps(wish) + "\n")
            self._file.flush()
            return json.loads(self._file.readline())

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError, ValueError):
            self._socket.close()
        self._process.kill()
        self._process.wait()


@cache
def zygote() -> Zygote:
    """Return this process's own."""
    return Zygote()


# ---- in the process that is forked


def serve(fd: int) -> None:
    """Do what is asked until nobody is left to ask."""
    for name in PRELOADED:
        import_module(name)
    connection = socket.socket(fileno=fd)
    os.set_inheritable(fd, False)
    with connection, connection.makefile("rw") as wishes:
        for line in wishes:
            wish = json.loads(line)
            if wish.pop("what") == "start":
                answer: int | None = _fork(connection, **wish)
            else:
                answer = _reaped(**wish)
            wishes.write(json.dumps(answer) + "\n")
            wishes.flush()


def _fork(
    connection: socket.socket, argv: list[str], env: dict[str, str], log: str, cwd: str
) -> int:
    told, tell = os.pipe()
    pid = os.fork()
    if pid:
        # Who kills its group is not to come before there is one.
        os.close(tell)
        os.read(told, 1)
        os.close(told)
        return pid
    try:
        os.setsid()
        os.close(tell)
        os.close(told)
        connection.close()
        out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        for number in (1, 2):
            os.dup2(out, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.clear()
        os.environ.update(env)
        os.chdir(cwd)
        _become(argv, [each for each in env.get("PYTHONPATH", "").split(os.pathsep) if each])
    except SystemExit as error:
        code = error.code
        if isinstance(code, str):
            sys.stderr.write(f"{code}\n")
        _end(1 if isinstance(code, str) else code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        _end(1)
    _end(0)
    return 0


def _end(code: int) -> None:
    # What the program has registered for its end is to be done; nothing of ours is registered.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _become(argv: list[str], path: list[str]) -> None:
    sys.path[:] = [*path, *(each for each in sys.path if each != str(ROOT))]
    if argv[0] == "-m":
        sys.argv = argv[1:]
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 -- as the interpreter does
        runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
    elif argv[0] == "-c":
        sys.argv = ["-c", *argv[2:]]
        exec(compile(argv[1], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = argv
        sys.path.insert(0, str(Path(argv[0]).parent))
        runpy.run_path(argv[0], run_name="__main__")


def _reaped(pid: int, block: bool) -> int | None:
    found, status = os.waitpid(pid, 0 if block else os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


if __name__ == "__main__":
    serve(int(sys.argv[1]))
