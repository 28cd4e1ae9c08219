"""Which runs a run-status sensor is called for."""

from collections.abc import Iterable
from dataclasses import dataclass

from sensors_app.errors import CheckError
from sensors_app.model import checks
from sensors_app.model.runs import DagsterRun

DEFAULT_REPOSITORY = "__repository__"


@dataclass(frozen=True)
class CodeLocationSelector:
    """Every job of a code location.

    Args:
        location_name: The code location.

    Raises:
        ParameterCheckError: The name is no text.
    """

    location_name: str

    def __post_init__(self) -> None:
        checks.instance_of("location_name", self.location_name, str)

    def accepts(self, location: str | None, _job_name: str) -> bool:
        """Tell whether a run of this code location and job is meant."""
        return location == self.location_name


@dataclass(frozen=True)
class RepositorySelector:
    """Every job of a code location, which has one repository.

    Args:
        location_name: The code location.
        repository_name: Its repository; it does not narrow.

    Raises:
        ParameterCheckError: A name is no text.
    """

    location_name: str
    repository_name: str = DEFAULT_REPOSITORY

    def __post_init__(self) -> None:
        checks.instance_of("location_name", self.location_name, str)
        checks.instance_of("repository_name", self.repository_name, str)

    def accepts(self, location: str | None, _job_name: str) -> bool:
        """Tell whether a run of this code location and job is meant."""
        return location == self.location_name


@dataclass(frozen=True)
class JobSelector:
    """One job of a code location.

    Args:
        location_name: The code location.
        repository_name: Its repository; it does not narrow. None is the default one.
        job_name: The job; it must be given, although it comes after an argument that need not be.

    Raises:
        ParameterCheckError: A name is no text.
        CheckError: There is no job name.
    """

    location_name: str
    repository_name: str | None = None
    job_name: str | None = None

    def __post_init__(self) -> None:
        checks.instance_of("location_name", self.location_name, str)
        if self.repository_name is None:
            object.__setattr__(self, "repository_name", DEFAULT_REPOSITORY)
        checks.instance_of("repository_name", self.repository_name, str)
        if self.job_name is None:
            raise CheckError(
                "Must provide job_name argument even though it is marked as optional in the "
                "function signature. repository_name, a truly optional parameter, is before that "
                "argument and actually optional. Use of keyword arguments is recommended to avoid "
                "confusion."
            )
        checks.instance_of("job_name", self.job_name, str)

    def accepts(self, location: str | None, job_name: str) -> bool:
        """Tell whether a run of this code location and job is meant."""
        return location == self.location_name and job_name == self.job_name


RunSelector = CodeLocationSelector | RepositorySelector | JobSelector


@dataclass(frozen=True, slots=True)
class MonitoredRuns:
    """The runs that a run-status sensor is called for.

    Args:
        everywhere: All runs of all code locations.
        job_names: Runs of these jobs of the sensor's own code location.
        selectors: Runs that one of these accepts.

    With neither, all runs of the sensor's own code location.
    """

    everywhere: bool = False
    job_names: tuple[str, ...] = ()
    selectors: tuple[RunSelector, ...] = ()

    def accepts(self, run: DagsterRun, home: str | None) -> bool:
        """Tell whether a run is one of them.

        Args:
            run: The run.
            home: The sensor's own code location; None for runs and sensors of one process alone.
        """
        return self.accepts_job(run.location, run.job_name, home)

    def accepts_job(self, location: str | None, job_name: str, home: str | None) -> bool:
        """Tell whether the runs of a job are among them.

        Args:
            location: The job's code location; None for runs of one process alone.
            job_name: The job.
            home: The sensor's own code location.
        """
        if self.everywhere:
            return True
        is_home = location == home
        if not self.job_names and not self.selectors:
            return is_home
        return (is_home and job_name in self.job_names) or any(
            each.accepts(location, job_name) for each in self.selectors
        )

    def locations(self, home: str, known: Iterable[str]) -> set[str]:
        """Return the code locations whose runs may be among them.

        Args:
            home: The sensor's own code location.
            known: All there are.
        """
        if self.everywhere:
            return set(known)
        named = {each.location_name for each in self.selectors}
        return named | {home} if self.job_names or not self.selectors else named
