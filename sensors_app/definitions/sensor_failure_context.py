"""What the function of a sensor about sensors gets as its context."""

import logging
from collections.abc import Mapping
from typing import Any

from sensors_app.definitions.context_resources import ContextResources
from sensors_app.definitions.event_context import EventSensorContext
from sensors_app.model import checks
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.watched_sensors import FailedSensor
from sensors_app.ports import Instance

CONTEXT_BUILDER = "build_sensor_failure_context(...)"
REASON_MAX_CHARS = 300


class SensorFailureContext(EventSensorContext):
    """One sensor that failed, or is late.

    Args:
        sensor_name: The sensor that is called.
        failed_sensor: The sensor that it is called for.
        instance: Where runs are kept; None in a test that needs none.
        failures: How many of its ticks or calls have failed one after the other.
        error: Why the last of them failed.
        timeouts: How many of them, to the last one, took too long.
        tick_id: The tick or call that failed.
        late_intervals: For how many of its intervals it has had no tick, if it is called for that.
        logger: Where the function logs; None for stderr.
        repository_def: The code location's definitions.
        resources: What the function may read, by key: resources or values; or those of another
            context, which makes and ends them.

    Raises:
        ParameterCheckError: An argument has the wrong type.
    """

    builder = CONTEXT_BUILDER

    def __init__(
        self,
        sensor_name: str,
        failed_sensor: FailedSensor,
        instance: Instance | None,
        *,
        failures: int = 0,
        error: SerializableErrorInfo | None = None,
        timeouts: int = 0,
        tick_id: str | None = None,
        late_intervals: int | None = None,
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
        self._failed_sensor = checks.instance_of("failed_sensor", failed_sensor, FailedSensor)
        self._failures = checks.instance_of("failures", failures, int)
        self._error = checks.optional("error", error, SerializableErrorInfo)
        self._timeouts = checks.instance_of("timeouts", timeouts, int)
        self._tick_id = checks.optional("tick_id", tick_id, str)
        self._late_intervals = checks.optional("late_intervals", late_intervals, int)

    @property
    def failed_sensor(self) -> FailedSensor:
        """The sensor that it is called for."""
        return self._failed_sensor

    @property
    def failures(self) -> int:
        """How many of its ticks or calls have failed one after the other; 0 if it is late."""
        return self._failures

    @property
    def error(self) -> SerializableErrorInfo | None:
        """Why it failed, cut to a bearable size; None if it is late."""
        return self._error

    @property
    def is_timeout(self) -> bool:
        """Whether it failed since it took too long."""
        return self._timeouts > 0

    @property
    def is_late(self) -> bool:
        """Whether it had no tick for too long, and did not fail."""
        return self._late_intervals is not None

    @property
    def late_intervals(self) -> int | None:
        """For how many of its intervals it has had no tick; None if it failed."""
        return self._late_intervals

    @property
    def tick_id(self) -> str | None:
        """The tick or call that failed; None if it is late."""
        return self._tick_id

    @property
    def message(self) -> str:
        """One line for people."""
        sensor = f"Sensor {self._failed_sensor}"
        if self._late_intervals is not None:
            return f"{sensor} has had no tick for {self._late_intervals} of its intervals."
        what = "took too long" if self.is_timeout else "failed"
        count = self._timeouts if self.is_timeout else self._failures
        often = f" {count} times in a row" if count > 1 else ""
        if self._error is None:
            return f"{sensor} {what}{often}."
        reason = " ".join(self._error.message.split())
        return f"{sensor} {what}{often}: {reason[:REASON_MAX_CHARS]}"


def build_sensor_failure_context(
    failed_sensor: str,
    error: SerializableErrorInfo | None = None,
    *,
    location_name: str = "location",
    failures: int = 1,
    is_timeout: bool = False,
    late_intervals: int | None = None,
    tick_id: str | None = None,
    sensor_name: str = "sensor_failure",
    instance: Instance | None = None,
    resources: Mapping[str, Any] | None = None,
    repository_def: Any = None,
) -> SensorFailureContext:
    """Return a context to call a sensor about sensors with in a test.

    Args:
        failed_sensor: The name of the sensor that it is called for.
        error: Why the last of its ticks failed.
        location_name: The code location of that sensor.
        failures: How many of its ticks have failed one after the other.
        is_timeout: Whether they took too long.
        late_intervals: For how many of its intervals it has had no tick, if it did not fail.
        tick_id: The tick that failed.
        sensor_name: The sensor that is called.
        instance: Where runs are kept.
        resources: What the sensor may read, by key: resources or values.
        repository_def: The code location's definitions.

    Raises:
        ParameterCheckError: An argument has the wrong type.
    """
    failed = late_intervals is None
    return SensorFailureContext(
        sensor_name,
        FailedSensor(location_name, checks.instance_of("failed_sensor", failed_sensor, str)),
        instance,
        failures=failures if failed else 0,
        error=error,
        timeouts=failures if failed and is_timeout else 0,
        tick_id=tick_id,
        late_intervals=late_intervals,
        repository_def=repository_def,
        resources=resources,
    )
