"""Definitions: all that one code location has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar, get_args

from sensors_app.definitions.asset import AssetsDefinition
from sensors_app.definitions.asset_job import assets_by_key
from sensors_app.definitions.asset_selection import Assets
from sensors_app.definitions.job import JobDefinition
from sensors_app.definitions.resource import resource_definitions
from sensors_app.definitions.sensor import SensorDefinition
from sensors_app.definitions.target import TargetJob
from sensors_app.errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError
from sensors_app.model import checks
from sensors_app.model.limits import ConcurrencyLimit


class Named(Protocol):
    """A definition."""

    @property
    def name(self) -> str:
        """Its name."""


N = TypeVar("N", bound=Named)


class Definitions:
    """The assets, jobs, sensors and resources of one code location.

    What they are is checked at once; that their names are unique, and that a sensor's job name
    names a job, only when one of them is asked for.

    Args:
        assets: Assets.
        jobs: Jobs, of ops or of assets. Those that a sensor was given come along with it.
        sensors: Sensors.
        resources: What the ops of its jobs read, by key: resources or values.
        concurrency_limits: How many of its runs may be under way at once; ours, beyond Dagster.

    Raises:
        ParameterCheckError: An argument cannot be iterated over.
        CheckError: A member has the wrong type.
    """

    def __init__(
        self,
        *,
        assets: Iterable[AssetsDefinition] | None = None,
        jobs: Iterable[TargetJob] | None = None,
        sensors: Iterable[SensorDefinition] | None = None,
        resources: Mapping[str, Any] | None = None,
        concurrency_limits: Iterable[ConcurrencyLimit] | None = None,
    ) -> None:
        self.assets = checks.members("assets", assets, AssetsDefinition)
        self.jobs: list[TargetJob] = checks.members("jobs", jobs, get_args(TargetJob))
        self.sensors = checks.members("sensors", sensors, SensorDefinition)
        self.resources = resource_definitions(resources)
        self.concurrency_limits = checks.members(
            "concurrency_limits", concurrency_limits, ConcurrencyLimit
        )

    def jobs_by_name(self) -> Mapping[str, JobDefinition]:
        """Return every job by its name.

        Raises:
            DagsterInvalidDefinitionError: See :meth:`validate_loadable`.
        """
        return self._resolved.jobs

    def sensors_by_name(self) -> Mapping[str, SensorDefinition]:
        """Return every sensor by its name.

        Raises:
            DagsterInvalidDefinitionError: See :meth:`validate_loadable`.
        """
        return self._resolved.sensors

    def resolve_job_def(self, name: str) -> JobDefinition:
        """Return a job.

        Raises:
            DagsterInvariantViolationError: There is none of that name; the message lists all.
            DagsterInvalidDefinitionError: See :meth:`validate_loadable`.
        """
        return _found("job", name, self._resolved.jobs)

    def resolve_sensor_def(self, name: str) -> SensorDefinition:
        """Return a sensor.

        Raises:
            DagsterInvariantViolationError: There is none of that name; the message lists all.
            DagsterInvalidDefinitionError: See :meth:`validate_loadable`.
        """
        return _found("sensor", name, self._resolved.sensors)

    get_job_def = resolve_job_def
    get_sensor_def = resolve_sensor_def

    @staticmethod
    def validate_loadable(defs: "Definitions") -> None:
        """Check that everything fits together.

        Raises:
            DagsterInvalidDefinitionError: Two jobs, or two sensors, have the same name, a sensor
                or a concurrency limit names a job that there is not, two limits are for the same,
                an op reads a resource that there is not, or assets do not go together.
            DagsterInvariantViolationError: A resource reads one that there is not.
        """
        _ = checks.instance_of("defs", defs, Definitions)._resolved

    @cached_property
    def _resolved(self) -> "_Resolved":
        own = [each for sensor in self.sensors for each in sensor.own_jobs]
        unbound = _by_name("job definition found for job '{}'", [*self.jobs, *own])
        assets = assets_by_key(self.assets)
        jobs = {name: self._bound(each, assets) for name, each in unbound.items()}
        sensors = _by_name("definition found for {}", self.sensors)
        for sensor in sensors.values():
            for job_name in sensor.job_names:
                if job_name not in jobs:
                    raise DagsterInvalidDefinitionError(
                        f'{type(sensor).__name__} "{sensor.name}" targets job "{job_name}" '
                        "which was not found in this repository."
                    )
        _check_limits(self.concurrency_limits, jobs)
        return _Resolved(jobs, sensors)

    def _bound(self, job: TargetJob, assets: Assets) -> JobDefinition:
        """Return the job with these assets and resources; its own resources take precedence."""
        bound = job if isinstance(job, JobDefinition) else job.resolve(assets)
        if self.resources:
            bound = bound.with_resources({**self.resources, **bound.resource_defs})
        _ = bound.needed_resources  # raises if one is missing
        return bound


@dataclass(frozen=True, slots=True)
class _Resolved:
    jobs: Mapping[str, JobDefinition]
    sensors: Mapping[str, SensorDefinition]


def _by_name(what: str, definitions: Iterable[N]) -> dict[str, N]:
    found: dict[str, N] = {}
    for each in definitions:
        if found.setdefault(each.name, each) is not each:
            raise DagsterInvalidDefinitionError(f"Duplicate {what.format(each.name)}")
    return found


def _check_limits(limits: Iterable[ConcurrencyLimit], jobs: Mapping[str, JobDefinition]) -> None:
    seen: dict[object, ConcurrencyLimit] = {}
    for each in limits:
        if each.job_name is not None and each.job_name not in jobs:
            raise DagsterInvalidDefinitionError(
                f"A concurrency limit is for job '{each.job_name}', which is not among the jobs "
                f"here: {', '.join(sorted(jobs)) or 'there are none'}."
            )
        if each.scope in seen:
            raise DagsterInvalidDefinitionError(
                f"Two concurrency limits are for the same runs: {seen[each.scope]} and {each}."
            )
        seen[each.scope] = each


def _found(kind: str, name: str, definitions: Mapping[str, N]) -> N:
    try:
        return definitions[name]
    except KeyError:
        names = ", ".join(f"'{each}'" for each in sorted(definitions))
        raise DagsterInvariantViolationError(
            f"Could not find {kind} '{name}'. Found: {names}."
        ) from None
