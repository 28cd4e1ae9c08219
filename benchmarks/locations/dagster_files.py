"""The sensor of ``files`` and its job, as Dagster has them. Needs the ``bench`` extra."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import dagster

FOLDER = Path(os.environ["BENCH_FOLDER"])
INBOX, STARTED = FOLDER / "inbox", FOLDER / "started"


@dagster.op(config_schema={"name": str})
def note_start(context: dagster.OpExecutionContext) -> None:
    """Keep the time at which the user's code runs."""
    (STARTED / context.op_config["name"]).write_text(str(time.time()))


@dagster.job
def note_start_job() -> None:
    """Keep the time."""
    note_start()


@dagster.sensor(
    job=note_start_job,
    minimum_interval_seconds=1,
    default_status=dagster.DefaultSensorStatus.RUNNING,
)
def new_files() -> Iterator[dagster.RunRequest]:
    """Request a run for each file; its name is the run key."""
    for path in INBOX.iterdir():
        config = {"ops": {"note_start": {"config": {"name": path.name}}}}
        yield dagster.RunRequest(run_key=path.name, run_config=config)


defs = dagster.Definitions(jobs=[note_start_job], sensors=[new_files])
