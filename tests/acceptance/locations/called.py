"""A sensor that is called for orders of another system; what their ids say befalls it."""

import os
import signal
import time
from pathlib import Path

from sensors_app import (
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    JobSelector,
    RetryPolicy,
    run_status_sensor,
)

FOLDER = Path(os.environ["CLUSTER_FOLDER"])


def note(line):
    with (FOLDER / "called").open("a") as called:
        called.write(f"{line}\n")


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitored_jobs=[JobSelector(location_name="shop", job_name="order")],
    default_status=DefaultSensorStatus.RUNNING,
    retry_policy=RetryPolicy(max_retries=1, delay=0.1),
)
def each(context):
    order = context.dagster_run.run_id
    note(order)
    deaths = (FOLDER / "called").read_text().splitlines().count("die")
    if order == "die" and deaths <= 2:
        os.kill(os.getpid(), signal.SIGKILL)
    if order == "hang":
        time.sleep(5)
        note("hung")


defs = Definitions(sensors=[each])
