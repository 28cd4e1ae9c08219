"""Which jobs a sensor requests runs of."""

from collections.abc import Sequence
from typing import Any

from sensors_app.definitions.asset_job import UnresolvedAssetJobDefinition, define_asset_job
from sensors_app.definitions.asset_selection import AssetSelection, CoercibleToAssetSelection
from sensors_app.definitions.job import JobDefinition
from sensors_app.errors import CheckError, DagsterInvalidDefinitionError
from sensors_app.model import checks

TargetJob = JobDefinition | UnresolvedAssetJobDefinition
ANONYMOUS_JOB = "__anonymous_asset_job_"


class Target:
    """The jobs of one sensor: none, one by name, some as such, or one of assets made for it.

    Args:
        sensor_name: The sensor.
        job_name: Name of the job.
        job: The job.
        jobs: The jobs.
        asset_selection: The assets that the job made for the sensor brings about.
        target: A job, or a selection of assets.

    Raises:
        DagsterInvalidDefinitionError: More than one of them was given.
        ParameterCheckError: The name is no text, or the jobs are no sequence.
        CheckError: A job is none.
    """

    def __init__(
        self,
        sensor_name: str,
        *,
        job_name: str | None = None,
        job: TargetJob | None = None,
        jobs: Sequence[TargetJob] | None = None,
        asset_selection: CoercibleToAssetSelection | None = None,
        target: TargetJob | CoercibleToAssetSelection | None = None,
    ) -> None:
        ways = (job_name, job, jobs, asset_selection, target)
        if sum(each is not None for each in ways) > 1:
            raise DagsterInvalidDefinitionError(
                "Attempted to provide more than one of 'job', 'jobs', 'job_name', and "
                "'asset_selection' params to SensorDefinition. Must provide only one."
            )
        self._only_name = checks.optional("job_name", job_name, str)
        self.asset_selection: AssetSelection | None = None
        if isinstance(target, TargetJob):
            job = target
        elif asset_selection is not None or target is not None:
            chosen = asset_selection if target is None else target
            self.asset_selection = AssetSelection.from_coercible(chosen)
            job = define_asset_job(f"{ANONYMOUS_JOB}{sensor_name}", self.asset_selection)
        given = [job] if job is not None else checks.members("jobs", jobs, object)
        self.own_jobs = tuple(_job(each) for each in given)
        self.job_names = (
            tuple(each.name for each in self.own_jobs)
            if self._only_name is None
            else (self._only_name,)
        )

    @property
    def jobs(self) -> list[TargetJob]:
        """The jobs, if they were given as such."""
        if self._only_name is not None:
            raise DagsterInvalidDefinitionError(
                "Job property not available when target is defined by a string job name."
            )
        self._require_any()
        return list(self.own_jobs)

    @property
    def job(self) -> TargetJob:
        """The only job, if it was given as such."""
        jobs = self.jobs
        if len(jobs) > 1:
            raise DagsterInvalidDefinitionError(
                "Job property not available when SensorDefinition has multiple jobs."
            )
        return jobs[0]

    @property
    def job_name(self) -> str:
        """The name of the only job."""
        self._require_any()
        if len(self.job_names) > 1:
            raise DagsterInvalidDefinitionError(
                "job_name property not available when SensorDefinition has multiple jobs."
            )
        return self.job_names[0]

    def _require_any(self) -> None:
        if not self.job_names:
            raise DagsterInvalidDefinitionError("No job was provided to SensorDefinition.")


def _job(value: Any) -> TargetJob:
    if not isinstance(value, TargetJob):
        raise CheckError(f"Invalid target passed to schedule/sensor. Target: {value!r}")
    return value
