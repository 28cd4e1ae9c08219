"""Importing the package is quick: a process that defines sensors loads what it needs for that."""

import subprocess
import sys
from statistics import median

HEAVY = ("asyncio", "celery", "kombu", "pydantic", "redis", "ssl", "flask", "starlette", "fastapi")
MAX_SECONDS = 0.3

LOADED = "import sensors_app, sys; print(*sys.modules)"
TIMED = """
import time
before = time.perf_counter()
import sensors_app
print(time.perf_counter() - before)
"""


def told_by(code: str) -> str:
    """Return what another process prints that runs this code."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_nothing_heavy_is_loaded():
    """Neither the broker nor the store, and no web framework."""
    loaded = {name.partition(".")[0] for name in told_by(LOADED).split()}
    assert "sensors_app" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_it_is_quick():
    """The median of five, as other work on the machine slows some of them."""
    assert median(float(told_by(TIMED)) for _ in range(5)) < MAX_SECONDS
