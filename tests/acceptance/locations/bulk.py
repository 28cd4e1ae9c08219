"""A location whose runs are quick and many; what one does otherwise, its tag says."""

import os
import signal
import time
from pathlib import Path

from sensors_app import Definitions, RunRequest, job, op, sensor

FOLDER = Path(os.environ["CLUSTER_FOLDER"])
WARMING = 12


@op
def do(context):
    with (FOLDER / "done").open("a") as done:
        done.write(f"{context.run.tags['number']}\n")
    how = context.run.tags.get("how")
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how == "hang":
        time.sleep(3600)
    elif how == "linger":
        time.sleep(0.2)


@job
def quick():
    do()


@sensor(job=quick, minimum_interval_seconds=3600)
def warming():
    """Some runs, by which the job is known to be quick: the first ones take longer."""
    for _ in range(WARMING):
        yield RunRequest(tags={"number": "warm"})


@sensor(job=quick, minimum_interval_seconds=3600)
def many():
    """A run for each line of a file: what it does."""
    for number, how in enumerate((FOLDER / "wanted").read_text().splitlines()):
        yield RunRequest(run_key=str(number), tags={"number": str(number), "how": how})


defs = Definitions(jobs=[quick], sensors=[warming, many])
