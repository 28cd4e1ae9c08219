"""A sensor that requests many runs, once for each cursor that it is given."""

import os
from pathlib import Path

from benchmarks.notes import Notebook
from sensors_app import (
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    SensorEvaluationContext,
    SkipReason,
    job,
    op,
    sensor,
)

REQUESTS = int(os.environ["BENCH_REQUESTS"])

notebook = Notebook(Path(os.environ["BENCH_FOLDER"]))


@op
def nothing() -> None:
    """Do nothing."""


@job
def nothing_job() -> None:
    """Do nothing."""
    nothing()


@sensor(
    job=nothing_job,
    minimum_interval_seconds=3600,
    default_status=DefaultSensorStatus.RUNNING,
    max_requests_per_tick=REQUESTS,
)
def many(context: SensorEvaluationContext) -> list[RunRequest] | SkipReason:
    """Request them, and note when that is done."""
    if context.cursor is None:
        return SkipReason("Waiting for a cursor.")
    requests = [
        RunRequest(run_key=f"{context.cursor}/2026-11-23/orders-{number:07d}.json")
        for number in range(REQUESTS)
    ]
    notebook.note(0)
    return requests


defs = Definitions(jobs=[nothing_job], sensors=[many])
