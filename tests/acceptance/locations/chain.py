"""A location whose sensors react to what becomes of its runs, and write down what they saw."""

import os
from pathlib import Path

from sensors_app import (
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    RetryPolicy,
    RunRequest,
    job,
    op,
    run_failure_sensor,
    run_status_sensor,
    sensor,
)

FOLDER = Path(os.environ["CLUSTER_FOLDER"])
RUNNING = DefaultSensorStatus.RUNNING


def note(file: str, line: str) -> None:
    with (FOLDER / file).open("a") as lines:
        lines.write(f"{line}\n")


@op(config_schema={"event": str})
def work(context):
    if context.op_config["event"].startswith("bad"):
        raise ValueError("boom")


@job
def work_job():
    work()


@op
def report(context):
    note("reported", context.run_id)


@job
def report_job():
    report()


@sensor(job=work_job, minimum_interval_seconds=0.2, default_status=RUNNING)
def events(context):
    """Requests a run for each line after the cursor, with the line as its key."""
    lines = (FOLDER / "events").read_text().split() if (FOLDER / "events").exists() else []
    seen = int(context.cursor or 0)
    context.update_cursor(str(len(lines)))
    return [
        RunRequest(run_key=line, run_config={"ops": {"work": {"config": {"event": line}}}})
        for line in lines[seen:]
    ]


@run_status_sensor(
    DagsterRunStatus.SUCCESS,
    monitored_jobs=[work_job],
    request_job=report_job,
    default_status=RUNNING,
    retry_policy=RetryPolicy(max_retries=50, delay=0.5),
)
def on_success(context):
    note("succeeded", context.dagster_run.run_id)
    return RunRequest(run_key=context.dagster_run.run_id)


@run_failure_sensor(monitored_jobs=[work_job], default_status=RUNNING)
def on_failure(context):
    (step,) = context.get_step_failure_events()
    assert "boom" in context.failure_event.event_specific_data.error.to_string()
    note("failed", f"{context.dagster_run.run_id} {step.step_key}")


@run_status_sensor(
    DagsterRunStatus.STARTED,
    default_status=RUNNING,
    retry_policy=RetryPolicy(max_retries=1, delay=0.1),
)
def on_start(context):
    if not (FOLDER / "mended").exists():
        raise RuntimeError("not yet mended")
    note("started", context.dagster_run.run_id)


defs = Definitions(jobs=[work_job, report_job], sensors=[events, on_success, on_failure, on_start])
