"""A sensor that requests 10,000 runs in one tick."""

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

REQUESTS = 10_000

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
    """Request the same keys each time, unless the cursor names others."""
    global returned_at  # read by the benchmark, which runs in this process
    series = context.cursor or "first"
    requests = [
        RunRequest(
            run_key=f"{series}/2026-11-23/orders-{number:07d}.json",
            run_config={"ops": {"handle": {"config": {"name": f"orders-{number:07d}.json"}}}},
        )
        for number in range(REQUESTS)
    ]
    returned_at = time.perf_counter()
    return requests


defs = Definitions(jobs=[handle_job], sensors=[many])
