"""A sensor that requests many runs in one tick."""

import time

from sensors_app import (
    DefaultSensorStatus,
    Definitions,
    OpExecutionContext,
    RunRequest,
    SensorEvaluationContext,
    job,
    op,
    sensor,
)

returned_at = 0.0
"""When the function last returned, by ``time.perf_counter``."""


@op(config_schema={"name": str})
def handle(context: OpExecutionContext) -> None:
    """Do nothing."""


@job
def handle_job() -> None:
    """Do nothing."""
    handle()


@sensor(
    job=handle_job,
    minimum_interval_seconds=0.01,
    default_status=DefaultSensorStatus.RUNNING,
)
def many(context: SensorEvaluationContext) -> list[RunRequest]:
    """Request as many as the cursor says after a slash; the same keys each time for a series."""
    global returned_at  # read by the benchmark, which runs in this process
    series, _, count = (context.cursor or "first/0").partition("/")
    requests = [
        RunRequest(
            run_key=f"{series}/2026-11-23/orders-{number:07d}.json",
            run_config={"ops": {"handle": {"config": {"name": f"orders-{number:07d}.json"}}}},
        )
        for number in range(int(count))
    ]
    returned_at = time.perf_counter()
    return requests


defs = Definitions(jobs=[handle_job], sensors=[many])
