"""Sensors that have nothing to do: as many, and as often, as the environment says."""

import os

from sensors_app import (
    DefaultSensorStatus,
    Definitions,
    SensorDefinition,
    SkipReason,
    job,
    op,
    sensor,
)

COUNT = int(os.environ["BENCH_SENSORS"])
INTERVAL = float(os.environ["BENCH_INTERVAL"])


@op
def nothing() -> None:
    """Do nothing."""


@job
def nothing_job() -> None:
    """Do nothing."""
    nothing()


def skipping(number: int) -> SensorDefinition:
    """Return a sensor that skips."""

    @sensor(
        name=f"skip_{number}",
        job=nothing_job,
        minimum_interval_seconds=INTERVAL,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def skip() -> SkipReason:
        return SkipReason("Nothing to do.")

    return skip


defs = Definitions(jobs=[nothing_job], sensors=[skipping(number) for number in range(COUNT)])
