"""Which runs a sensor is called for: of which jobs, and when they reach which status."""

from collections.abc import Sequence
from typing import get_args

from sensors_app.definitions.target import TargetJob
from sensors_app.errors import CheckError, DagsterInvalidDefinitionError
from sensors_app.model import checks
from sensors_app.model.events import DagsterEventType
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.selectors import MonitoredRuns, RunSelector

Monitored = TargetJob | RunSelector
"""Whose runs: a job of the same code location, or jobs of any."""

EVENT_OF_STATUS = {
    DagsterRunStatus.QUEUED: DagsterEventType.RUN_ENQUEUED,
    DagsterRunStatus.STARTING: DagsterEventType.RUN_STARTING,
    DagsterRunStatus.STARTED: DagsterEventType.RUN_START,
    DagsterRunStatus.SUCCESS: DagsterEventType.RUN_SUCCESS,
    DagsterRunStatus.FAILURE: DagsterEventType.RUN_FAILURE,
    DagsterRunStatus.CANCELING: DagsterEventType.RUN_CANCELING,
    DagsterRunStatus.CANCELED: DagsterEventType.RUN_CANCELED,
}
"""The event that brings each status about."""


def monitored_runs(jobs: Sequence[Monitored] | None, everywhere: bool = False) -> MonitoredRuns:
    """Return the runs that a sensor is called for.

    Args:
        jobs: Of these jobs; None for every job of its own code location.
        everywhere: Of whatever job there is.

    Raises:
        DagsterInvalidDefinitionError: Both everything and some jobs are meant.
        ParameterCheckError: The jobs are no sequence.
        CheckError: One is no job.
    """
    given: list[Monitored] = checks.members("monitored_jobs", jobs, get_args(Monitored))
    if everywhere and given:
        raise DagsterInvalidDefinitionError(
            "Cannot specify both monitor_all_code_locations and monitored_jobs."
        )
    return MonitoredRuns(
        everywhere=everywhere,
        job_names=tuple(sorted({each.name for each in given if isinstance(each, TargetJob)})),
        selectors=tuple(each for each in given if not isinstance(each, TargetJob)),
    )


def run_statuses(
    given: DagsterRunStatus | Sequence[DagsterRunStatus],
) -> Sequence[DagsterRunStatus]:
    """Return the statuses that a sensor waits for, of one or several.

    Raises:
        CheckError: There is none, or one is no status.
    """
    if isinstance(given, DagsterRunStatus) or not isinstance(given, list | tuple):
        return [checks.instance_of("run_status", given, DagsterRunStatus)]
    statuses: list[DagsterRunStatus] = checks.members("run_status", given, DagsterRunStatus)
    if not statuses:
        raise CheckError("run_status is empty: name the statuses that the sensor waits for.")
    return statuses
