"""A location whose sensors fail in several ways, and others that write down what they hear."""

import os
import time
from pathlib import Path

from sensors_app import (
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    RetryPolicy,
    RunRequest,
    SkipReason,
    job,
    op,
    run_status_sensor,
    sensor,
    sensor_failure_sensor,
)

FOLDER = Path(os.environ["CLUSTER_FOLDER"])
RUNNING = DefaultSensorStatus.RUNNING


def note(file: str, line: str) -> None:
    with (FOLDER / file).open("a") as lines:
        lines.write(f"{line}\n")


@op
def work():
    pass


@job
def work_job():
    work()


@sensor(job=work_job, minimum_interval_seconds=1, default_status=RUNNING)
def steady():
    return SkipReason("nothing new")


@sensor(job=work_job, minimum_interval_seconds=0.2, default_status=RUNNING)
def failing():
    if not (FOLDER / "mended").exists():
        raise ValueError("boom")
    return SkipReason("mended")


@sensor(job=work_job, minimum_interval_seconds=600, timeout_seconds=0.5, default_status=RUNNING)
def slow():
    time.sleep(600)


@sensor(job=work_job, minimum_interval_seconds=600, timeout_seconds=0.5, default_status=RUNNING)
def stubborn():
    while True:
        try:
            time.sleep(600)
        except Exception:
            pass


@sensor(job=work_job, minimum_interval_seconds=600)
def once():
    return RunRequest(run_key="once")


@run_status_sensor(
    DagsterRunStatus.SUCCESS,
    default_status=RUNNING,
    retry_policy=RetryPolicy(max_retries=1, delay=0.1),
)
def reacting():
    raise RuntimeError("no reaction")


@sensor_failure_sensor(
    monitored_sensors=[failing, slow, stubborn, reacting], default_status=RUNNING
)
def on_failure(context):
    assert context.error is not None
    note("failures", f"{context.failed_sensor.name} {context.failures} {context.error.cls_name}")


@sensor_failure_sensor(failures_in_a_row=3, default_status=RUNNING)
def on_third(context):
    note("third", f"{context.failed_sensor.name} {context.failures}")


@sensor_failure_sensor(timeouts_only=True, default_status=RUNNING)
def on_timeout(context):
    note("timeouts", context.failed_sensor.name)


@sensor_failure_sensor(monitored_sensors=[steady], late_intervals=3, default_status=RUNNING)
def on_late(context):
    note("late", f"{context.failed_sensor.name} {context.late_intervals} {context.message}")


@sensor_failure_sensor(
    monitored_sensors=[failing],
    default_status=RUNNING,
    retry_policy=RetryPolicy(max_retries=0),
)
def broken():
    raise RuntimeError("the pager is away")


@sensor_failure_sensor(monitored_sensors=[broken], default_status=RUNNING)
def on_broken(context):
    note("broken", context.message)


defs = Definitions(
    jobs=[work_job],
    sensors=[
        steady,
        failing,
        slow,
        stubborn,
        once,
        reacting,
        on_failure,
        on_third,
        on_timeout,
        on_late,
        broken,
        on_broken,
    ],
)
