"""Importing the package is quick: a process that defines sensors loads what it needs for that."""

import subprocess
import sys

HEAVY = ("asyncio", "celery", "kombu", "pydantic", "redis", "ssl", "flask", "starlette", "fastapi")
MOST_MODULES = 250
"""Python itself has some 90 of them loaded for what everybody uses."""

LOADED = "import sensors_app, sys; print(*sys.modules)"


def told_by(code: str) -> str:
    """Return what another process prints that runs this code."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_nothing_heavy_is_loaded():
    """Neither the broker nor the store, and no web framework."""
    loaded = {name.partition(".")[0] for name in told_by(LOADED).split()}
    assert "sensors_app" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_little_is_loaded():
    """What is loaded is what takes the time."""
    assert len(told_by(LOADED).split()) < MOST_MODULES
