"""What all contexts of sensors have in common that events are delivered to."""

import logging
from collections.abc import Mapping
from typing import Any, Self

from sensors_app.definitions.context_resources import ContextResources
from sensors_app.errors import DagsterInvariantViolationError
from sensors_app.execution.logs import STDERR, user_logger
from sensors_app.execution.resources import ScopedResources
from sensors_app.model import checks
from sensors_app.ports import Instance


class EventSensorContext:
    """What a sensor may read beside its events.

    Args:
        sensor_name: The sensor.
        instance: Where runs are kept; None in a test that needs none.
        logger: Where the function logs; None for stderr.
        repository_def: The code location's definitions.
        resources: What the function may read, by key: resources or values; or those of another
            context, which makes and ends them.

    Raises:
        ParameterCheckError: An argument has the wrong type.
    """

    # What messages recommend to make a context with.
    builder = ""

    def __init__(
        self,
        sensor_name: str,
        instance: Instance | None,
        *,
        logger: logging.Logger | None = None,
        repository_def: Any = None,
        resources: Mapping[str, Any] | ContextResources | None = None,
    ) -> None:
        self._sensor_name = checks.instance_of("sensor_name", sensor_name, str)
        self._instance = instance
        self._log = logger
        self._repository_def = repository_def
        self._resources = (
            resources
            if isinstance(resources, ContextResources)
            else ContextResources(resources, instance, self.builder)
        )

    def __enter__(self) -> Self:
        self._resources.enter()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._resources.leave()

    @property
    def resources(self) -> ScopedResources:
        """The resources it was made with, as attributes; made when they are first read.

        Raises:
            DagsterInvariantViolationError: One has to be ended, and the context was not entered.
            DagsterResourceFunctionError: A resource's function raised.
        """
        return self._resources.get()

    @property
    def sensor_name(self) -> str:
        """The sensor."""
        return self._sensor_name

    @property
    def instance(self) -> Instance:
        """Where runs are kept.

        Raises:
            DagsterInvariantViolationError: The context was made without one.
        """
        if self._instance is None:
            raise DagsterInvariantViolationError(
                f"The context was made without an instance. Give {self.builder} one."
            )
        return self._instance

    @property
    def repository_def(self) -> Any:
        """The code location's definitions, if the context was made with them."""
        return self._repository_def

    @property
    def log(self) -> logging.Logger:
        """Where the sensor logs."""
        if self._log is None:
            self._log = user_logger(STDERR)
        return self._log
