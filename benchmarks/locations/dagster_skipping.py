"""The sensors of ``skipping``, as Dagster has them. Needs the ``bench`` extra.

They note their starts, as those of ``noting`` do: a microsecond or two of a tick of milliseconds.
"""

import os
from pathlib import Path

import dagster

from benchmarks.notes import Notebook

COUNT = int(os.environ["BENCH_SENSORS"])

notebook = Notebook(Path(os.environ["BENCH_FOLDER"]))


@dagster.op
def nothing() -> None:
    """Do nothing."""


@dagster.job
def nothing_job() -> None:
    """Do nothing."""
    nothing()


def skipping(number: int) -> dagster.SensorDefinition:
    """Return a sensor that skips."""

    @dagster.sensor(
        name=f"skip_{number}",
        job=nothing_job,
        minimum_interval_seconds=1,
        default_status=dagster.DefaultSensorStatus.RUNNING,
    )
    def skip() -> dagster.SkipReason:
        notebook.note(number)
        return dagster.SkipReason("Nothing to do.")

    return skip


defs = dagster.Definitions(jobs=[nothing_job], sensors=[skipping(n) for n in range(COUNT)])
