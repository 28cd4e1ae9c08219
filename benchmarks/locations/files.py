"""A sensor that watches a folder, and a run for each file that says when it was there."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from sensors_app import (
    DefaultSensorStatus,
    Definitions,
    OpExecutionContext,
    RunRequest,
    job,
    op,
    sensor,
)

FOLDER = Path(os.environ["BENCH_FOLDER"])
INBOX, STARTED = FOLDER / "inbox", FOLDER / "started"
INTERVAL = float(os.environ["BENCH_INTERVAL"])


@op(config_schema={"name": str})
def note_start(context: OpExecutionContext) -> None:
    """Keep the time at which the user's code runs."""
    (STARTED / context.op_config["name"]).write_text(str(time.time()))


@job
def note_start_job() -> None:
    """Keep the time."""
    note_start()


@sensor(
    job=note_start_job,
    minimum_interval_seconds=INTERVAL,
    default_status=DefaultSensorStatus.RUNNING,
)
def new_files() -> Iterator[RunRequest]:
    """Request a run for each file; its name is the run key."""
    for path in INBOX.iterdir():
        config = {"ops": {"note_start": {"config": {"name": path.name}}}}
        yield RunRequest(run_key=path.name, run_config=config)


defs = Definitions(jobs=[note_start_job], sensors=[new_files])
