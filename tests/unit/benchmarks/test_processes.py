"""What the benchmarks read of processes, and that they leave none."""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.processes import TICKS_PER_S, CpuMeter, Process, cpu_of, group_of, peak_of

STAT = (
    "4242 (a) (b 1) S 1 4200 4200 0 -1 4194560 2513 100 3 0 250 50 7 9 20 0 3 0 12345 "
    "99999744 4096 18446744073709551615 1 1 0 0 0 0 0 16781312 17442 0 0 0 17 1 0 0 0 0 0\n"
)
FOREVER = ["-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while 1: pass'])"]


def test_the_cpu_time_is_that_in_user_code_and_in_the_kernel():
    """A name may hold what separates fields elsewhere; dead children do not count."""
    assert cpu_of(STAT) == 300 / TICKS_PER_S


def test_the_most_memory_that_a_process_has_had():
    """One that has ended and that nobody has waited for says nothing of it."""
    assert peak_of("Name:\ta\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n") == 2 * 1024 * 1024
    assert peak_of("Name:\ta\nState:\tZ (zombie)\n") == 0


def test_the_group():
    """All that a benchmark starts is one group for each process started."""
    assert group_of(STAT) == 4200


def test_this_process_is_read_as_the_system_counts_it():
    """The real file has the fields where the sample has them."""
    stat = Path("/proc/self/stat").read_text()
    assert group_of(stat) == os.getpgrp()
    assert abs(cpu_of(stat) - sum(os.times()[:2])) < 0.1


def started(folder: Path) -> Process:
    process = Process([sys.executable, *FOREVER], dict(os.environ), folder, "spin")
    deadline = time.monotonic() + 20
    while len(process.cpu_seconds()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    return process


def test_the_end_takes_descendants_along(tmp_path):
    """Nothing runs on after a benchmark."""
    with started(tmp_path) as process:
        assert len(process.cpu_seconds()) == 2
    assert process.ended
    deadline = time.monotonic() + 5
    while process.cpu_seconds() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.cpu_seconds() == {}


def test_the_meter_counts_descendants(tmp_path):
    """The share of a core, of the process and its child together."""
    with started(tmp_path) as process:
        meter = CpuMeter(spin=process)
        time.sleep(0.5)
        assert 0.02 < meter.shares()["spin"] < 1.5


def test_a_process_says_why_it_ended(tmp_path):
    """Its output is kept for the message."""
    with Process([sys.executable, "-c", "print('why')"], {}, tmp_path, "short") as process:
        process._popen.wait(20)
        assert process.ended
        assert process.output() == "why\n"


def test_a_row_that_does_not_exist_is_refused():
    """Before anything starts, and with those that do."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "nonsense"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 2
    assert "there are: evaluations, rabbitmq, fleet, lanes, keys, large, runs, files" in done.stderr
