"""Repositories: what a code location's definitions were called before ``Definitions``."""

from collections.abc import Callable, Iterable
from typing import Any, get_args, overload

from sensors_app.definitions.asset import AssetsDefinition
from sensors_app.definitions.definitions import Definitions
from sensors_app.definitions.job import JobDefinition
from sensors_app.definitions.names import valid_name
from sensors_app.definitions.sensor import SensorDefinition
from sensors_app.definitions.target import TargetJob
from sensors_app.errors import DagsterInvalidDefinitionError
from sensors_app.model import checks


class RepositoryDefinition(Definitions):
    """The assets, jobs and sensors of one code location, with a name; made with ``@repository``.

    Args:
        name: Its name.
        members: Assets, jobs and sensors.

    Raises:
        DagsterInvalidDefinitionError: The name is not valid, a member is something else, or they
            do not fit together.
    """

    def __init__(self, name: str, members: Iterable[Any]) -> None:
        self.name = valid_name(name)
        given = list(members)
        kinds = (*get_args(TargetJob), SensorDefinition, AssetsDefinition)
        for position, each in enumerate(given):
            if not isinstance(each, kinds):
                raise DagsterInvalidDefinitionError(
                    "Bad return value from repository construction function: all elements of list "
                    "must be jobs, sensors or assets. "
                    f"Got value of type {type(each)} at index {position}."
                )
        super().__init__(
            assets=[each for each in given if isinstance(each, AssetsDefinition)],
            jobs=[each for each in given if isinstance(each, TargetJob)],
            sensors=[each for each in given if isinstance(each, SensorDefinition)],
        )
        Definitions.validate_loadable(self)

    @property
    def job_names(self) -> list[str]:
        """The names of its jobs."""
        return list(self.jobs_by_name())

    @property
    def sensor_defs(self) -> list[SensorDefinition]:
        """Its sensors."""
        return list(self.sensors_by_name().values())

    def get_all_jobs(self) -> list[JobDefinition]:
        """Return its jobs."""
        return list(self.jobs_by_name().values())

    def get_job(self, name: str) -> JobDefinition:
        """Return a job.

        Raises:
            DagsterInvariantViolationError: There is none of that name; the message lists all.
        """
        return self.get_job_def(name)

    def has_job(self, name: str) -> bool:
        """Tell whether it has a job of that name."""
        return name in self.jobs_by_name()

    def has_sensor_def(self, name: str) -> bool:
        """Tell whether it has a sensor of that name."""
        return name in self.sensors_by_name()


@overload
def repository(definitions_fn: Callable[[], list[Any]], /) -> RepositoryDefinition: ...


@overload
def repository(
    *, name: str | None = None
) -> Callable[[Callable[[], list[Any]]], RepositoryDefinition]: ...


def repository(
    definitions_fn: Callable[[], list[Any]] | None = None, /, *, name: str | None = None
) -> RepositoryDefinition | Callable[[Callable[[], list[Any]]], RepositoryDefinition]:
    """Make a repository of a function that returns a list of assets, jobs and sensors.

    Args:
        definitions_fn: The function, if the decorator is bare.
        name: Its name; by default the function's.

    Raises:
        DagsterInvalidDefinitionError: The name is not valid, or the function returns something
            else, or what does not fit together.
    """

    def decorate(function: Callable[[], list[Any]]) -> RepositoryDefinition:
        checks.function("fn", function)
        members = function()
        if not isinstance(members, list):
            raise DagsterInvalidDefinitionError(
                f"Bad return value of type {type(members)} from repository construction function: "
                "must return list."
            )
        return RepositoryDefinition(function.__name__ if name is None else name, members)

    return decorate if definitions_fn is None else decorate(definitions_fn)
