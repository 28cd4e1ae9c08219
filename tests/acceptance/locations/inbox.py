"""A location whose sensor finds events in a file, and whose runs each write a line."""

import os
import time
from pathlib import Path

from sensors_app import DefaultSensorStatus, Definitions, RunRequest, job, op, sensor

FOLDER = Path(os.environ["CLUSTER_FOLDER"])
INTERVAL = float(os.environ.get("INBOX_INTERVAL", "0.2"))


@op(config_schema={"event": str})
def handle(context):
    event = context.op_config["event"]
    with (FOLDER / "handled").open("a") as handled:
        handled.write(f"{event}\n")
    while event.startswith("slow") and not (FOLDER / "release").exists():
        time.sleep(0.02)


@job
def handle_job():
    handle()


@sensor(
    job=handle_job,
    minimum_interval_seconds=INTERVAL,
    timeout_seconds=20,
    default_status=DefaultSensorStatus.RUNNING,
)
def events(context):
    """Requests a run for each line after the cursor, with the line as its key."""
    lines = (FOLDER / "events").read_text().split() if (FOLDER / "events").exists() else []
    seen = int(context.cursor or 0)
    context.update_cursor(str(len(lines)))
    return [
        RunRequest(run_key=line, run_config={"ops": {"handle": {"config": {"event": line}}}})
        for line in lines[seen:]
    ]


@sensor(job=handle_job, minimum_interval_seconds=0.2, default_status=DefaultSensorStatus.RUNNING)
def neighbour():
    """Asks for nothing, often."""


defs = Definitions(jobs=[handle_job], sensors=[events, neighbour])
