"""A location whose ops go on until they are stopped, each in a way of its own."""

import os
import time
from pathlib import Path

from sensors_app import Definitions, RunRequest, job, op, sensor

FOLDER = Path(os.environ["CLUSTER_FOLDER"])


def note(what):
    with (FOLDER / "notes").open("a") as notes:
        notes.write(f"{what}\n")


@op
def sleep(context):
    note("sleeping")
    try:
        time.sleep(3600)
    finally:
        context.log.info("cleaning up")
        note("cleaned up")


@op
def follow(_start):
    note("followed")


@job
def sleeping_job():
    follow(sleep())


@op
def stubborn():
    note("stubborn")
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            note("swallowed")


@job
def stubborn_job():
    stubborn()


@op
def count():
    note("counting")
    # One long call into C: no signal is handled before it ends.
    sum(range(10**12))


@job
def counting_job():
    count()


def request_of(made):
    """A sensor that asks for a run of this job when it is asked for."""

    @sensor(job=made, minimum_interval_seconds=3600, name=made.name.replace("_job", "_sensor"))
    def asks():
        return RunRequest(run_key=None)

    return asks


@sensor(job=sleeping_job, minimum_interval_seconds=3600)
def short_sensor():
    return RunRequest(run_key=None, tags={"dagster/max_runtime": "1"})


@sensor(job=stubborn_job, minimum_interval_seconds=3600)
def short_stubborn_sensor():
    return RunRequest(run_key=None, tags={"dagster/max_runtime": "1"})


JOBS = [sleeping_job, stubborn_job, counting_job]

defs = Definitions(jobs=JOBS, sensors=[*map(request_of, JOBS), short_sensor, short_stubborn_sensor])
