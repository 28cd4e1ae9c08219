"""Runs one process of ``sensors dev``: restarts it when code changes, ends it with its children.

``python supervise.py --name NAME --lifeline FILE [--watch FOLDER] -- COMMAND …``

It is started as a file and imports nothing of the package, since four of these start at once and
somebody is waiting for them. honcho would do without it, but for three things:

* honcho's SIGTERM goes to a whole process group, and Celery's child processes die of it in the
  middle of a run. Here only the main process is asked, and it lets them finish, for a while.
* A worker that ends because its code does not load must come back when the code does.
* honcho sees to nothing if it is killed itself. ``sensors dev`` holds a lock on the lifeline for
  as long as it lives; whoever gets the lock knows that it is dead.
"""

import argparse
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import watchfiles

STOP_S = 4.0
"""How long a process may take to end. honcho kills this one after 5 s, so it must be less."""

LOOK_MS = 200
"""How often to look whether the process still runs."""

POLL_S = 0.05
"""The same while waiting for its end."""

DEBOUNCE_MS = 800
STEP_MS = 100
"""Changes are taken together until none comes for a step, at the latest after the debounce: an
editor that writes several files must not cause several restarts."""


class Supervisor:
    """One process and, if a folder is watched, those that follow it.

    Args:
        name: What it is called on screen.
        command: How it is started.
        folder: Whose Python files it is restarted for; None: it is not, and its end is the end.
    """

    def __init__(self, name: str, command: Sequence[str], folder: Path | None) -> None:
        self._name = name
        self._command = command
        self._folder = folder
        self._stop = threading.Event()
        self._dismissed: dict[subprocess.Popen[bytes], float] = {}

    def stop(self, *_: object) -> None:
        """Have it end; safe in a signal handler."""
        self._stop.set()

    def run(self) -> int:
        """Run until told to stop; return the exit code."""
        process = self._start()
        known_dead = False
        for changes in self._looks():
            self._bury()
            if changes:
                say(f"{_names(changes)} changed: {self._name} starts again")
                # Its successor need not wait: workers stand any number of others beside them.
                self._dismiss(process)
                process, known_dead = self._start(), False
            elif process.poll() is not None and not known_dead:
                known_dead = True
                if self._folder is None:
                    say(f"{self._name} ended by itself (code {process.returncode})")
                    break
                say(
                    f"{self._name} is not running (code {process.returncode}): it starts again "
                    f"when a .py file in {shown(self._folder)} is saved"
                )
        self._dismiss(process)
        while self._dismissed:
            self._bury()
            time.sleep(POLL_S)
        # Asked to stop, it did; otherwise this is how honcho learns that something is wrong.
        return 0 if self._stop.is_set() else process.returncode or 1

    def _start(self) -> subprocess.Popen[bytes]:
        # A group of its own, so that no signal reaches it but ours.
        return subprocess.Popen(self._command, start_new_session=True)

    def _dismiss(self, process: subprocess.Popen[bytes]) -> None:
        """Ask a process to end."""
        if process.poll() is None:
            process.terminate()
        self._dismissed[process] = time.monotonic() + STOP_S

    def _bury(self) -> None:
        """See to it that those who were asked to end do, and leave nothing behind."""
        for process, deadline in list(self._dismissed.items()):
            if process.poll() is None:
                if time.monotonic() < deadline:
                    continue
                say(f"{self._name} is still busy after {STOP_S:g} s: killed")
            # Also after an end in good order: what user code has forked and forgotten.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            del self._dismissed[process]

    def _looks(self) -> Iterator[set[watchfiles.main.FileChange]]:
        if self._folder is None:
            while not self._stop.wait(LOOK_MS / 1000):
                yield set()
            return
        yield from watchfiles.watch(
            self._folder,
            watch_filter=watchfiles.PythonFilter(),
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
            stop_event=self._stop,
            ignore_permission_denied=True,
        )


def say(line: str) -> None:
    """Print a line at once. Nobody may be left to read it: then the work goes on without."""
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def shown(folder: Path) -> str:
    """Return a folder as one would type it here."""
    return f"{os.path.relpath(folder)}{os.sep}"


def _names(changes: set[watchfiles.main.FileChange]) -> str:
    names = sorted({Path(path).name for _, path in changes})
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def follow(lifeline: Path, supervisor: Supervisor) -> None:
    """Stop when the process that holds the lifeline is gone."""
    with lifeline.open() as file:
        # Kept until this process ends: no new ``sensors dev`` may start beside what is left.
        fcntl.lockf(file, fcntl.LOCK_SH)
        supervisor.stop()
        threading.Event().wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="what to call it on screen")
    parser.add_argument("--lifeline", type=Path, required=True, help="stop when this is unlocked")
    parser.add_argument("--watch", type=Path, help="restart when a Python file in here changes")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(argv)
    supervisor = Supervisor(options.name, options.command, options.watch)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, supervisor.stop)
    threading.Thread(target=follow, args=(options.lifeline, supervisor), daemon=True).start()
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main())
