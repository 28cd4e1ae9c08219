"""What all sensors have in common that events are delivered to, and that are not polled."""

import logging
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sensors_app.definitions.context_resources import ContextResources
from sensors_app.definitions.outcome import execution_data
from sensors_app.definitions.sensor import SensorDefinition, context_of_kind
from sensors_app.definitions.sensor_context import SensorEvaluationContext
from sensors_app.definitions.sensor_types import Returned
from sensors_app.errors import (
    CheckError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
)
from sensors_app.execution.retry import Backoff, RetryPolicy
from sensors_app.model import checks
from sensors_app.model.events import DagsterEvent, StreamedEvent
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.requests import SensorExecutionData, SensorResult
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance

DEFAULT_RETRY_POLICY = RetryPolicy(max_retries=5, delay=1, backoff=Backoff.EXPONENTIAL)
"""A call that raises is tried again after 1, 3, 7, 15 and 31 seconds."""

MAX_RETRIES = 100


@dataclass(frozen=True, slots=True)
class Happened:
    """One event that a sensor is called for.

    Args:
        streamed: The event, as its stream has it.
        run: The run it is about, as it is now; None if it is about something else.
        event: The event of that run, or what an event about a sensor says of the error.
    """

    streamed: StreamedEvent
    run: DagsterRun | None = None
    event: DagsterEvent | None = None


@dataclass(frozen=True, slots=True)
class CallSurroundings:
    """What a call may read beside its events.

    Args:
        instance: Where runs are kept.
        log: Where the function logs.
        resources: What the function may read.
        repository_def: The code location's definitions.
    """

    instance: Instance
    log: logging.Logger
    resources: ContextResources
    repository_def: Any = None


class EventSensorDefinition(SensorDefinition[Returned]):
    """A sensor that events are delivered to: it is called at once, and never polled.

    A call that raises is tried again, and kept as a dead letter in the end; what it requests is
    committed once.
    """

    # What messages call it, and what its function gets.
    words = "sensor that is called for events"
    context_class: type[Any] = object

    @property
    @abstractmethod
    def rules(self) -> ReactionRules:
        """Which events it is called for, and how."""

    @abstractmethod
    def evaluate_events(
        self, happened: Sequence[Happened], around: CallSurroundings
    ) -> SensorExecutionData:
        """Call the function for these events and return what that comes to."""

    def evaluate_tick(self, context: SensorEvaluationContext) -> SensorExecutionData:
        """Refuse: it is never polled, and a run-status sensor alone can look for events itself.

        Raises:
            ParameterCheckError: ``context`` is none.
            DagsterInvalidInvocationError: Always else.
        """
        checks.instance_of("context", context, SensorEvaluationContext)
        raise DagsterInvalidInvocationError(
            f"The {self.words} {self.name!r} is called for events, and cannot be evaluated without "
            f"any. Call it with a context: {self.context_builder}."
        )

    def _data(self, results: list[Any], cursor: str | None = None) -> SensorExecutionData:
        """Return what a call comes to: nothing that the function says may be a cursor."""
        for each in results:
            if isinstance(each, SensorResult) and each.cursor is not None:
                raise DagsterInvariantViolationError(
                    f"Error in {self.words} {self.name}: Sensor returned a SensorResult with "
                    "a cursor value. The cursor is managed by the sensor and should not be "
                    "modified by a user."
                )
        return execution_data(self.name, self.job_names, results, cursor)

    def _checked_context(self, given: Any) -> Any:
        """Return what to call the function with: a context, or a list of them for a batch."""
        if given is None and self._function.has_context:
            raise DagsterInvalidInvocationError(
                f"A {self.words} cannot make a context of its own. "
                f"Pass one: {self.context_builder}."
            )
        if given is None:
            return None
        if self.rules.batch_size > 1:
            if not isinstance(given, list) or not given:
                raise CheckError(
                    f"{self.words.capitalize()} {self.name!r} has batch_size "
                    f"{self.rules.batch_size}: call it with a list of contexts. Got {given!r}."
                )
            return [self._checked_one(each) for each in given]
        return self._checked_one(given)

    def _checked_one(self, given: Any) -> Any:
        return context_of_kind(given, self.context_class)


def valid_batch_size(size: int) -> int:
    """Return for how many events one call may be.

    Raises:
        CheckError: It is no number from 1 on.
    """
    if checks.instance_of("batch_size", size, int) < 1:
        raise CheckError(f"batch_size must be 1 or more. Got {size}.")
    return size


def retry_delays_ms(policy: RetryPolicy | None) -> tuple[int, ...]:
    """Return how long to wait before each retry of a call, in ms.

    Args:
        policy: The sensor's; None for 1, 3, 7, 15 and 31 seconds.

    Raises:
        ParameterCheckError: It is no policy.
    """
    policy = checks.optional("retry_policy", policy, RetryPolicy) or DEFAULT_RETRY_POLICY
    retries = range(1, min(policy.max_retries, MAX_RETRIES) + 1)
    return tuple(round((policy.seconds_before(n) or 0) * 1000) for n in retries)
