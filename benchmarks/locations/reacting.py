"""Sensors that are called for runs of another system, and note when they were."""

import os
from pathlib import Path

from benchmarks.notes import Notebook
from sensors_app import (
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    JobSelector,
    RunStatusSensorContext,
    run_status_sensor,
)

handled = Notebook(Path(os.environ["BENCH_FOLDER"]))
"""By the ids of the runs, which are numbers."""


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitored_jobs=[JobSelector(location_name="shop", job_name="single")],
    default_status=DefaultSensorStatus.RUNNING,
)
def single(context: RunStatusSensorContext) -> None:
    """Called for one run at a time."""
    handled.note(int(context.dagster_run.run_id))


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitored_jobs=[JobSelector(location_name="shop", job_name="batch")],
    default_status=DefaultSensorStatus.RUNNING,
    batch_size=50,
)
def batch(contexts: list[RunStatusSensorContext]) -> None:
    """Called for up to fifty."""
    for each in contexts:
        handled.note(int(each.dagster_run.run_id))


defs = Definitions(sensors=[single, batch])
