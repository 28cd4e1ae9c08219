"""A location whose sensor is told of orders, and whose runs each write one down."""

import os
from pathlib import Path

from sensors_app import DefaultSensorStatus, Definitions, RunRequest, job, op, sensor

FOLDER = Path(os.environ["CLUSTER_FOLDER"])
INTERVAL = float(os.environ.get("PUSHED_INTERVAL", "3600"))


@op(config_schema={"order": int})
def handle(context):
    with (FOLDER / "handled").open("a") as handled:
        handled.write(f"{context.op_config['order']}\n")


@job
def handle_job():
    handle()


@sensor(
    job=handle_job,
    minimum_interval_seconds=INTERVAL,
    default_status=DefaultSensorStatus.RUNNING,
)
def orders(context):
    """Requests a run for each order; one that has several at once has them in order."""
    with (FOLDER / "seen").open("a") as seen:
        seen.write(" ".join(str(event.payload["order"]) for event in context.events) + "\n")
    for event in context.events:
        config = {"ops": {"handle": {"config": event.payload}}}
        yield RunRequest(run_key=event.id, run_config=config)


defs = Definitions(jobs=[handle_job], sensors=[orders])
