"""A location without jobs of its own: its sensors watch what other systems report."""

import os
from pathlib import Path

from sensors_app import (
    CodeLocationSelector,
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    JobSelector,
    run_failure_sensor,
    run_status_sensor,
)

FOLDER = Path(os.environ["CLUSTER_FOLDER"])
RUNNING = DefaultSensorStatus.RUNNING


def note(file: str, line: str) -> None:
    with (FOLDER / file).open("a") as noted:
        noted.write(f"{line}\n")


@run_failure_sensor(
    monitored_jobs=[
        JobSelector(location_name="billing", job_name="charge"),
        JobSelector(location_name="shop", job_name="shop.refuse"),
    ],
    default_status=RUNNING,
)
def failed(context):
    note("failed", f"{context.dagster_run.run_id} {context.failure_event.message}")


@run_status_sensor(
    DagsterRunStatus.SUCCESS,
    monitored_jobs=[CodeLocationSelector("shop")],
    default_status=RUNNING,
)
def succeeded(context):
    note("succeeded", f"{context.dagster_run.run_id} {context.dagster_run.tags['queue']}")


defs = Definitions(sensors=[failed, succeeded])
