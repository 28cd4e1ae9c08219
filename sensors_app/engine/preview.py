"""What a dry run shows of an outcome."""

import json
from collections.abc import Mapping
from dataclasses import replace

from sensors_app.model.ticks import (
    Preview,
    TickFailure,
    TickResult,
    TickStart,
    TickStatus,
    all_dropped,
    sift,
)


def preview_of(
    start: TickStart, outcome: TickResult | TickFailure, used: Mapping[str, str]
) -> Preview:
    """Return what a tick with this outcome would do.

    Args:
        start: What the sensor was told.
        outcome: What came of it.
        used: Those of its run keys that have made a run before, and the run.
    """
    if isinstance(outcome, TickFailure):
        return Preview(
            sensor=start.claim.sensor,
            status=TickStatus.FAILURE,
            error=outcome.error,
            cursor_before=start.cursor,
            cursor_after=start.cursor,
            logs=outcome.logs,
        )
    made, sifted = sift(outcome.runs, used)
    # None of the runs is there that would be created first.
    dropped = [replace(each, run_id=used.get(each.run_key, "")) for each in sifted]
    requests = [
        {
            "run_key": run.run_key,
            "job_name": run.job_name,
            "run_config": json.loads(run.run_config),
            "tags": json.loads(run.tags),
        }
        for run in made
    ]
    return Preview(
        sensor=start.claim.sensor,
        status=TickStatus.SUCCESS if requests else TickStatus.SKIPPED,
        skip_reason=all_dropped(len(dropped)) if dropped and not requests else outcome.skip_reason,
        cursor_before=start.cursor,
        cursor_after=outcome.cursor,
        requests=requests,
        dropped=dropped,
        logs=outcome.logs,
    )
