"""What a dry run shows of an outcome."""

import json
from collections.abc import Mapping

from sensors_app.model.ticks import (
    DroppedRequest,
    Preview,
    TickFailure,
    TickResult,
    TickStart,
    TickStatus,
    all_dropped,
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
    requests, dropped = [], []
    seen: dict[str, str] = dict(used)
    for run in outcome.runs:
        if run.run_key in seen:
            dropped.append(DroppedRequest(run.run_key, seen[run.run_key]))
            continue
        if run.run_key is not None:
            seen[run.run_key] = ""
        requests.append(
            {
                "run_key": run.run_key,
                "job_name": run.job_name,
                "run_config": json.loads(run.run_config),
                "tags": json.loads(run.tags),
            }
        )
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
