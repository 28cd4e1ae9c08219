"""The sensor of ``keys``, as Dagster has it. Needs the ``bench`` extra.

As a program it writes a run for each key into the instance, as the sensor would have. Nothing is
executed.
"""

import os
from pathlib import Path

import dagster

from benchmarks.notes import Notebook

NAMES = [
    f"s0/2026-11-23/orders-{number:07d}.json" for number in range(int(os.environ["BENCH_REQUESTS"]))
]

returned = Notebook(Path(os.environ["BENCH_FOLDER"]))


@dagster.op(config_schema={"name": str})
def handle() -> None:
    """Do nothing."""


@dagster.job
def handle_job() -> None:
    """Do nothing."""
    handle()


@dagster.sensor(
    job=handle_job,
    minimum_interval_seconds=1,
    default_status=dagster.DefaultSensorStatus.RUNNING,
)
def many() -> list[dagster.RunRequest]:
    """Request the same keys each time, and note when that is done."""
    requests = [
        dagster.RunRequest(run_key=name, run_config={"ops": {"handle": {"config": {"name": name}}}})
        for name in NAMES
    ]
    returned.note(0)
    return requests


defs = dagster.Definitions(jobs=[handle_job], sensors=[many])


def main() -> None:
    """Write a run for each key."""
    with dagster.DagsterInstance.get() as instance:
        for name in NAMES:
            tags = {"dagster/run_key": name, "dagster/sensor_name": many.name}
            status = dagster.DagsterRunStatus.SUCCESS
            instance.add_run(dagster.DagsterRun(handle_job.name, status=status, tags=tags))


if __name__ == "__main__":
    main()
