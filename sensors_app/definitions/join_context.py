"""What the functions of join sensors and absence sensors get as their contexts."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sensors_app.definitions.context_resources import ContextResources
from sensors_app.definitions.event_context import EventSensorContext
from sensors_app.model import checks
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance


class JoinContext(EventSensorContext):
    """Runs of several jobs that belong together.

    Args:
        sensor_name: The sensor.
        runs: The runs that reached the status, by job.
        instance: Where runs are kept; None in a test that needs none.
        missing: The jobs that had none in time.
        correlation: What the runs have in common: the value of the tag that the sensor goes by.
        logger: Where the function logs; None for stderr.
        repository_def: The code location's definitions.
        resources: What the function may read, by key: resources or values; or those of another
            context, which makes and ends them.

    Raises:
        ParameterCheckError: An argument has the wrong type.
        CheckError: Something is no run, or a missing job no name.
    """

    builder = "build_join_context(...)"

    def __init__(
        self,
        sensor_name: str,
        runs: Mapping[str, DagsterRun],
        instance: Instance | None,
        *,
        missing: Sequence[str] = (),
        correlation: str | None = None,
        logger: logging.Logger | None = None,
        repository_def: Any = None,
        resources: Mapping[str, Any] | ContextResources | None = None,
    ) -> None:
        super().__init__(
            sensor_name,
            instance,
            logger=logger,
            repository_def=repository_def,
            resources=resources,
        )
        self._runs = dict(checks.mapping("runs", runs))
        checks.members("runs", self._runs.values(), DagsterRun)
        self._missing = tuple(checks.members("missing", missing, str))
        self._correlation = checks.optional("correlation", correlation, str)

    @property
    def runs(self) -> Mapping[str, DagsterRun]:
        """The runs, as they are now, by job."""
        return self._runs

    @property
    def missing(self) -> tuple[str, ...]:
        """The jobs of which none came in time; empty if the join is complete."""
        return self._missing

    @property
    def correlation(self) -> str | None:
        """The partition, or the value of the tag, that the runs have in common; None if the sensor
        takes them as they come."""
        return self._correlation


class AbsenceContext(EventSensorContext):
    """That no run reached a status for some time.

    Args:
        sensor_name: The sensor.
        since: From when on there was none, in seconds since the epoch: when the last one came, or
            when the sensor was started.
        instance: Where runs are kept; None in a test that needs none.
        last_run: The run that came last, if one has since the sensor was started.
        logger: Where the function logs; None for stderr.
        repository_def: The code location's definitions.
        resources: What the function may read, by key: resources or values; or those of another
            context, which makes and ends them.

    Raises:
        ParameterCheckError: An argument has the wrong type.
    """

    builder = "build_absence_context(...)"

    def __init__(
        self,
        sensor_name: str,
        since: float,
        instance: Instance | None,
        *,
        last_run: DagsterRun | None = None,
        logger: logging.Logger | None = None,
        repository_def: Any = None,
        resources: Mapping[str, Any] | ContextResources | None = None,
    ) -> None:
        super().__init__(
            sensor_name,
            instance,
            logger=logger,
            repository_def=repository_def,
            resources=resources,
        )
        self._since = checks.number("since", since) or 0
        self._last_run = checks.optional("last_run", last_run, DagsterRun)

    @property
    def since(self) -> float:
        """From when on there was none, in seconds since the epoch."""
        return self._since

    @property
    def last_run(self) -> DagsterRun | None:
        """The run that came last, as it is now; None if none has since the sensor was started."""
        return self._last_run


def build_join_context(
    runs: Mapping[str, DagsterRun],
    missing: Sequence[str] = (),
    correlation: str | None = None,
    *,
    sensor_name: str = "join",
    instance: Instance | None = None,
    resources: Mapping[str, Any] | None = None,
    repository_def: Any = None,
) -> JoinContext:
    """Return a context to call a join sensor with in a test.

    Args:
        runs: The runs that belong together, by job, such as ``{"load": result.dagster_run}``.
        missing: The jobs that had none in time.
        correlation: What the runs have in common.
        sensor_name: The sensor.
        instance: Where the runs are kept.
        resources: What the sensor may read, by key: resources or values.
        repository_def: The code location's definitions.

    Raises:
        ParameterCheckError: An argument has the wrong type.
        CheckError: Something is no run, or a missing job no name.
    """
    return JoinContext(
        sensor_name,
        runs,
        instance,
        missing=missing,
        correlation=correlation,
        repository_def=repository_def,
        resources=resources,
    )


def build_absence_context(
    since: float = 0,
    last_run: DagsterRun | None = None,
    *,
    sensor_name: str = "absence",
    instance: Instance | None = None,
    resources: Mapping[str, Any] | None = None,
    repository_def: Any = None,
) -> AbsenceContext:
    """Return a context to call an absence sensor with in a test.

    Args:
        since: From when on there was none, in seconds since the epoch.
        last_run: The run that came last.
        sensor_name: The sensor.
        instance: Where runs are kept.
        resources: What the sensor may read, by key: resources or values.
        repository_def: The code location's definitions.

    Raises:
        ParameterCheckError: An argument has the wrong type.
    """
    return AbsenceContext(
        sensor_name,
        since,
        instance,
        last_run=last_run,
        repository_def=repository_def,
        resources=resources,
    )
