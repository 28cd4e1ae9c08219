"""Sensors that note when they start: quick ones, which skip, and slow ones, which sleep first."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.notes import Notebook
from sensors_app import (
    DefaultSensorStatus,
    Definitions,
    SensorDefinition,
    SkipReason,
    job,
    op,
    sensor,
)

QUICK = int(os.environ["BENCH_SENSORS"])
SLOW = int(os.environ.get("BENCH_SLOW", "0"))
SLEEP_S = float(os.environ.get("BENCH_SLEEP", "0"))
INTERVAL = float(os.environ["BENCH_INTERVAL"])

notebook = Notebook(Path(os.environ["BENCH_FOLDER"]))


@op
def nothing() -> None:
    """Do nothing."""


@job
def nothing_job() -> None:
    """Do nothing."""
    nothing()


def noting(number: int, work: Callable[[], None]) -> SensorDefinition:
    """Return a sensor that notes its start, does its work, and skips."""

    @sensor(
        name=f"note_{number}",
        job=nothing_job,
        minimum_interval_seconds=INTERVAL,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def note() -> SkipReason:
        notebook.note(number)
        work()
        return SkipReason("Nothing to do.")

    return note


def rest() -> None:
    """Be slow."""
    time.sleep(SLEEP_S)


quick = [noting(number, lambda: None) for number in range(QUICK)]
slow = [noting(number, rest) for number in range(QUICK, QUICK + SLOW)]
defs = Definitions(jobs=[nothing_job], sensors=[*quick, *slow])
