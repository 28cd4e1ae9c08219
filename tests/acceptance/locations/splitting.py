"""A sensor that splits each order of another system into many runs, each of which writes a line."""

import os
from pathlib import Path

from sensors_app import (
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    JobSelector,
    RunRequest,
    job,
    op,
    run_status_sensor,
)

FOLDER = Path(os.environ["CLUSTER_FOLDER"])
PARTS = 350


@op
def handle(context):
    with (FOLDER / "handled").open("a") as handled:
        handled.write(f"{context.run.tags['part']}\n")


@job
def handle_job():
    handle()


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitored_jobs=[JobSelector(location_name="shop", job_name="order")],
    request_job=handle_job,
    default_status=DefaultSensorStatus.RUNNING,
)
def split(context):
    for n in range(PARTS):
        part = f"{context.dagster_run.run_id}-{n}"
        yield RunRequest(run_key=part, tags={"part": part})


defs = Definitions(jobs=[handle_job], sensors=[split])
