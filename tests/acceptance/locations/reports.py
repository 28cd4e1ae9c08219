"""A location whose sensors watch runs of another system, and note down what they see."""

import os
from pathlib import Path

from sensors_app import (
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    JobSelector,
    RetryPolicy,
    RunRequest,
    SkipReason,
    job,
    op,
    run_status_sensor,
)

FOLDER = Path(os.environ["CLUSTER_FOLDER"])
SHOP = JobSelector(location_name="shop", job_name="order")
USUAL = {
    "default_status": DefaultSensorStatus.RUNNING,
    # Their workers are killed again and again.
    "retry_policy": RetryPolicy(max_retries=50, delay=0.2),
}


def note(file: str, *lines: str) -> None:
    with (FOLDER / file).open("a") as noted:
        noted.write("".join(f"{line}\n" for line in lines))


@op
def follow(context):
    note("followed", context.run_id)


@job
def follow_job():
    follow()


@run_status_sensor(DagsterRunStatus.SUCCESS, monitored_jobs=[SHOP], request_job=follow_job, **USUAL)
def keyed(context):
    """Requests a run for every fourth order, under a key of its own."""
    note("keyed", context.dagster_run.run_id)
    if int(context.dagster_run.run_id.rpartition("-")[2]) % 4:
        return SkipReason("not a fourth one")
    return RunRequest(run_key=context.dagster_run.run_id)


@run_status_sensor(DagsterRunStatus.SUCCESS, monitored_jobs=[SHOP], request_job=follow_job, **USUAL)
def unkeyed(context):
    """Requests a run for every tenth order, without a key: only the commit keeps it single."""
    note("unkeyed", context.dagster_run.run_id)
    if int(context.dagster_run.run_id.rpartition("-")[2]) % 10:
        return None
    return RunRequest(tags={"order": context.dagster_run.run_id})


@run_status_sensor(
    [DagsterRunStatus.SUCCESS, DagsterRunStatus.STARTED],
    monitored_jobs=[SHOP],
    batch_size=20,
    **USUAL,
)
def batched(contexts):
    note("batched", *(each.dagster_run.run_id for each in contexts))


@run_status_sensor(DagsterRunStatus.SUCCESS, monitored_jobs=[follow_job], **USUAL)
def followed(context):
    note("seen", context.dagster_run.run_id)


defs = Definitions(jobs=[follow_job], sensors=[keyed, unkeyed, batched, followed])
