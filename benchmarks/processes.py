"""Processes of a benchmark: started in groups of their own, so that none is left behind."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Process:
    """A process and all its descendants.

    Args:
        argv: What to run.
        env: Its whole environment.
        folder: Where it runs and logs.
        name: What its log is called after.
    """

    def __init__(
        self, argv: Sequence[str], env: Mapping[str, str], folder: Path, name: str
    ) -> None:
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as out:
            self._popen = subprocess.Popen(
                argv, env=env, stdout=out, stderr=out, cwd=folder, start_new_session=True
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The process, and its group."""
        return self._popen.pid

    @property
    def ended(self) -> bool:
        """Whether it ended by itself."""
        return self._popen.poll() is not None

    def signal(self, number: int) -> None:
        """Send a signal to it and all its descendants."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it and all its descendants at once."""
        self.signal(signal.SIGKILL)
        self._popen.wait()

    def output(self) -> str:
        """Return the end of what it said."""
        return self.log.read_text(errors="replace")[-4000:]

    def cpu_seconds(self) -> dict[int, float]:
        """Return what each process of the group has used so far."""
        return {pid: cpu_of(stat) for pid, stat in _stats() if group_of(stat) == self.pid}

    def memory_peaks(self) -> dict[int, int]:
        """Return the most memory that each process of the group has had so far, bytes."""
        peaks = {}
        for pid in self.cpu_seconds():
            with contextlib.suppress(OSError):  # it ended meanwhile
                peaks[pid] = peak_of(Path(f"/proc/{pid}/status").read_text())
        return peaks


def cpu_of(stat: str) -> float:
    """Return the seconds of CPU that a process has used, as ``/proc/PID/stat`` says."""
    fields = _after_name(stat)
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def group_of(stat: str) -> int:
    """Return the process group of a process, as ``/proc/PID/stat`` says."""
    return int(_after_name(stat)[2])


def peak_of(status: str) -> int:
    """Return the most memory that a process has had, bytes, as ``/proc/PID/status`` says."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    # One that has ended and was not waited for has none.
    return 1024 * int(found[1]) if found else 0


def _after_name(stat: str) -> list[str]:
    # The second field is the name, in brackets; it may hold blanks and brackets itself.
    return stat.rpartition(")")[2].split()


def _stats() -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it ended meanwhile
                yield int(entry.name), (entry / "stat").read_text()


class CpuMeter:
    """The share of one core that processes use between two moments.

    Args:
        processes: What to watch, by what a table calls it.
    """

    def __init__(self, **processes: Process) -> None:
        self._processes = processes
        self._began = time.monotonic()
        self._before = self._total()

    def shares(self) -> dict[str, float]:
        """Return the share of each since the beginning, 1.0 for a whole core."""
        seconds = time.monotonic() - self._began
        return {name: (used - self._before[name]) / seconds for name, used in self._total().items()}

    def _total(self) -> dict[str, float]:
        return {name: sum(p.cpu_seconds().values()) for name, p in self._processes.items()}
