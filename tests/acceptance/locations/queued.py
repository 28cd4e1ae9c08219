"""A location whose runs wait for one another, and one whose runs fail at first."""

import os
import signal
import time
from pathlib import Path

from sensors_app import ConcurrencyLimit, Definitions, RunRequest, job, op, sensor

FOLDER = Path(os.environ["CLUSTER_FOLDER"])
RUNS = 24


def note(file, line):
    with (FOLDER / file).open("a") as notes:
        notes.write(f"{line}\n")


@op
def use_database(context):
    database = context.get_tag("database")
    note("uses", f"begin {database} {context.run_id} {time.time()}")
    time.sleep(0.05)
    note("uses", f"end {database} {context.run_id} {time.time()}")


@job(tags={"dagster/max_retries": 2})
def uses_database():
    use_database()


@sensor(job=uses_database)
def many(_context):
    for n in range(RUNS):
        yield RunRequest(
            run_key=str(n), tags={"database": "ab"[n % 2], "dagster/priority": n // 12}
        )


@op
def fail_at_first(context):
    if not context.has_tag("dagster/retry_number"):
        raise ValueError("not yet")


@job(tags={"dagster/max_retries": 1, "sensors_app/retry_delay": 0.2})
def fails_at_first():
    fail_at_first()


@op
def die_at_first(context):
    if not context.has_tag("dagster/retry_number"):
        os.kill(os.getpid(), signal.SIGKILL)


@job(tags={"dagster/max_retries": 1})
def dies_at_first():
    die_at_first()


@sensor(jobs=[fails_at_first, dies_at_first])
def unlucky(_context):
    yield RunRequest(run_key="fails", job_name="fails_at_first")
    yield RunRequest(run_key="dies", job_name="dies_at_first")


defs = Definitions(
    jobs=[uses_database, fails_at_first, dies_at_first],
    sensors=[many, unlucky],
    concurrency_limits=[ConcurrencyLimit(3), ConcurrencyLimit(1, tag="database")],
)
