"""A sensor that is told of events, and a run for each that says when it was there."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from sensors_app import (
    DefaultSensorStatus,
    Definitions,
    OpExecutionContext,
    RunRequest,
    SensorEvaluationContext,
    job,
    op,
    sensor,
)

STARTED = Path(os.environ["BENCH_FOLDER"]) / "started"


@op(config_schema={"name": str})
def note_start(context: OpExecutionContext) -> None:
    """Keep the time at which the user's code runs."""
    (STARTED / context.op_config["name"]).write_text(str(time.time()))


@job
def note_start_job() -> None:
    """Keep the time."""
    note_start()


@sensor(
    job=note_start_job,
    minimum_interval_seconds=3600,
    default_status=DefaultSensorStatus.RUNNING,
)
def told(context: SensorEvaluationContext) -> Iterator[RunRequest]:
    """Request a run for each event."""
    for event in context.events:
        config = {"ops": {"note_start": {"config": event.payload}}}
        yield RunRequest(run_key=event.id, run_config=config)


defs = Definitions(jobs=[note_start_job], sensors=[told])
