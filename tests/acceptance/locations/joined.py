"""A location whose sensors wait for runs of two jobs, or for none, and write down what they saw."""

import os
from pathlib import Path

from sensors_app import (
    DefaultSensorStatus,
    Definitions,
    JoinOutcome,
    RunRequest,
    absence_sensor,
    job,
    join_sensor,
    op,
    sensor,
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
def orders():
    work()


@job
def customers():
    work()


@job
def report():
    work()


@sensor(jobs=[orders, customers], minimum_interval_seconds=0.2, default_status=RUNNING)
def events(context):
    """Requests a run for each line after the cursor, which says of which job and partition."""
    lines = (FOLDER / "events").read_text().split() if (FOLDER / "events").exists() else []
    seen = int(context.cursor or 0)
    context.update_cursor(str(len(lines)))
    found = [(line, *line.split(":")) for line in lines[seen:]]
    return [RunRequest(run_key=k, job_name=name, partition_key=day) for k, name, day in found]


@join_sensor(jobs=[orders, customers], by="partition", request_job=report, default_status=RUNNING)
def both(context):
    days = {run.tags["dagster/partition"] for run in context.runs.values()}
    note("both", f"{context.correlation} {'+'.join(context.runs)} {days == {context.correlation}}")
    return RunRequest(run_key=context.correlation)


@join_sensor(
    jobs=[orders, customers],
    by="partition",
    within_seconds=2,
    when=JoinOutcome.MISSING,
    default_status=RUNNING,
)
def late(context):
    note("late", f"{context.correlation} {'+'.join(context.runs)} {'+'.join(context.missing)}")


@absence_sensor(monitored_jobs=[orders], within_seconds=2, default_status=RUNNING)
def silent(context):
    last = context.last_run
    note("silent", "never" if last is None else last.tags["dagster/partition"])


defs = Definitions(jobs=[orders, customers, report], sensors=[events, both, late, silent])
