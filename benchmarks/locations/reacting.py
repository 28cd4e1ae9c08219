"""Sensors that are called for runs of another system, and note when they were."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from sensors_app import (
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    JobSelector,
    RunStatusSensorContext,
    run_status_sensor,
)

HANDLED_NAME = "handled"


def note(contexts: Sequence[RunStatusSensorContext]) -> None:
    """Keep the time at which the user's code runs."""
    now, handled = time.time(), Path(os.environ["BENCH_FOLDER"]) / HANDLED_NAME
    with handled.open("a") as lines:
        lines.write("".join(f"{each.dagster_run.run_id} {now}\n" for each in contexts))


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitored_jobs=[JobSelector(location_name="shop", job_name="single")],
    default_status=DefaultSensorStatus.RUNNING,
)
def single(context: RunStatusSensorContext) -> None:
    """Called for one run at a time."""
    note([context])


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitored_jobs=[JobSelector(location_name="shop", job_name="batch")],
    default_status=DefaultSensorStatus.RUNNING,
    batch_size=50,
)
def batch(contexts: list[RunStatusSensorContext]) -> None:
    """Called for up to fifty."""
    note(contexts)


defs = Definitions(sensors=[single, batch])
