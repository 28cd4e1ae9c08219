"""``report_run_event``: another system's word on a run of its own, straight into the store."""

import os
from collections.abc import Mapping
from contextlib import closing
from functools import lru_cache
from typing import Any

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.runtime import Runtime, build_runtime
from sensors_app.settings import Settings


def report_run_event(
    location: str,
    job_name: str,
    run_id: str,
    status: DagsterRunStatus | str,
    *,
    message: str | None = None,
    error: SerializableErrorInfo | BaseException | str | None = None,
    tags: Mapping[str, Any] | None = None,
    timestamp: float | None = None,
    settings: Settings | None = None,
) -> None:
    """Report what became of a run that is not ours, so that run-status sensors can watch it.

    When it returns, the store has the report, as safely as it has anything. A run goes only
    forward: a report that is repeated or comes late changes nothing, so who is not sure whether a
    call succeeded makes it again. Steps may be left out: a run may be reported when it has ended.

    Args:
        location: The system, under a name that is no code location's, for example ``"billing"``.
            It is what selectors call ``location_name``.
        job_name: The job there.
        run_id: The run's id there, without spaces and braces.
        status: QUEUED, STARTING, STARTED, SUCCESS, FAILURE or CANCELED.
        message: One line for people; None for a usual one.
        error: For a failure: the exception, or what is known of it.
        tags: Text by name; other values become their JSON. Those of later reports are added.
        timestamp: When it happened, in seconds since the epoch; None for now.
        settings: Where the store is; None for what the environment says, read once.

    Raises:
        ExternalEventError: The report is wrong, or ``location`` is a code location of our own.
        StoreUnavailableError: The store does not answer; the report may or may not be kept.
        SettingsError: A setting is wrong.
    """
    given: Any = {"status": status, "error": error, "tags": tags}  # Checked and converted there.
    report = ExternalRunEvent(
        location, job_name, run_id, message=message, timestamp=timestamp, **given
    )
    if settings is None:
        _own_runtime(os.getpid()).store.external.report_run(report)
        return
    with closing(build_runtime(settings)) as runtime:
        runtime.store.external.report_run(report)


@lru_cache(maxsize=1)
def _own_runtime(_pid: int) -> Runtime:
    """Return this process's runtime: a child that was forked has connections of its own."""
    return build_runtime()
