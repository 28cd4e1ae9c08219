"""Twenty quick sensors that share messages. Each requests a run for each event of a file; a file
named after what one is to do has it misbehave."""

import os
import re
import signal
import time
from pathlib import Path

from crowd_names import ALL, SINNER

from sensors_app import DefaultSensorStatus, Definitions, RunRequest, job, op, sensor

FOLDER = Path(os.environ["CLUSTER_FOLDER"])


@op
def nothing():
    """Does nothing."""


@job
def nothing_job():
    nothing()


def misbehave(name: str) -> None:
    if (FOLDER / f"kill-{name}").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    if (FOLDER / f"slow-{name}").exists():
        (FOLDER / "slow-began").touch()
        while (FOLDER / f"slow-{name}").exists():
            time.sleep(0.01)
    if (FOLDER / f"lock-{name}").exists():
        # It never lets go of the interpreter's lock: no signal and no thread gets through.
        re.match(r"(a+)+$", "a" * 60 + "b")
    while (FOLDER / f"hang-{name}").exists():
        try:
            time.sleep(60)
        except Exception:
            continue


def make(name: str):
    @sensor(
        name=name,
        job=nothing_job,
        minimum_interval_seconds=0.1,
        timeout_seconds=2 if name == SINNER else 20,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def watch(context):
        """Requests a run for each line after the cursor."""
        misbehave(name)
        path = FOLDER / "events"
        lines = path.read_text().split() if path.exists() else []
        seen = int(context.cursor or 0)
        context.update_cursor(str(len(lines)))
        return [RunRequest(run_key=line) for line in lines[seen:]]

    return watch


defs = Definitions(jobs=[nothing_job], sensors=[make(name) for name in ALL])
