"""When a failed step is tried again."""

import random
from dataclasses import dataclass
from enum import Enum

from sensors_app.errors import DagsterInvalidDefinitionError
from sensors_app.execution.signals import Failure, RetryRequested
from sensors_app.model import checks


class Backoff(Enum):
    """How the wait before a retry grows."""

    LINEAR = "LINEAR"
    EXPONENTIAL = "EXPONENTIAL"


class Jitter(Enum):
    """How the wait before a retry is made random, so that many failures do not return together."""

    FULL = "FULL"
    PLUS_MINUS = "PLUS_MINUS"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How an op that raises is tried again.

    Args:
        max_retries: How often, beside the first attempt.
        delay: How long to wait before, in seconds; None for not at all.
        backoff: How the wait grows: ``delay`` times 1, 2, 3 (linear) or 1, 3, 7 (exponential).
        jitter: How it is made random: anything up to it (full), or one ``delay`` around it.

    Raises:
        ParameterCheckError: An argument has the wrong type.
        DagsterInvalidDefinitionError: ``backoff`` or ``jitter`` is given without a delay.
    """

    max_retries: int = 1
    delay: float | None = None
    backoff: Backoff | None = None
    jitter: Jitter | None = None

    def __post_init__(self) -> None:
        checks.instance_of("max_retries", self.max_retries, int)
        checks.number("delay", self.delay)
        checks.optional("backoff", self.backoff, Backoff)
        checks.optional("jitter", self.jitter, Jitter)
        for name, value in (("backoff", self.backoff), ("jitter", self.jitter)):
            if value is not None and self.delay is None:
                raise DagsterInvalidDefinitionError(
                    f"Can not set {name} on RetryPolicy without also setting delay"
                )

    def seconds_before(self, retry: int) -> float | None:
        """Return how long to wait before a retry, counted from 1; None for not at all."""
        if self.delay is None:
            return None
        seconds = self.delay
        if self.backoff is Backoff.LINEAR:
            seconds = self.delay * retry
        elif self.backoff is Backoff.EXPONENTIAL:
            seconds = self.delay * (2**retry - 1)
        if self.jitter is Jitter.FULL:
            seconds = random.uniform(0, seconds)
        elif self.jitter is Jitter.PLUS_MINUS:
            seconds += random.uniform(-self.delay, self.delay)
        return max(0.0, seconds)


def may_retry(policy: RetryPolicy | None, error: BaseException) -> bool:
    """Tell whether a retry is asked for at all, however many there were.

    Args:
        policy: The step's.
        error: What its code raised, which may ask for a retry itself, or forbid it.
    """
    if isinstance(error, RetryRequested):
        return True
    if isinstance(error, Failure) and not error.allow_retries:
        return False
    return policy is not None and isinstance(error, Exception)


def max_retries(policy: RetryPolicy | None, error: BaseException) -> int:
    """Return how often a step may be tried again in all after what its code raised."""
    if isinstance(error, RetryRequested):
        return error.max_retries
    if policy is None or not may_retry(policy, error):
        return 0
    return policy.max_retries


def seconds_before(policy: RetryPolicy | None, error: BaseException, retry: int) -> float | None:
    """Return how long to wait before a retry, counted from 1; None for not at all."""
    if isinstance(error, RetryRequested):
        return error.seconds_to_wait
    return None if policy is None else policy.seconds_before(retry)


def cause_of(error: BaseException) -> BaseException:
    """Return what made user code ask for a retry, if it says so; else what it raised."""
    return (error.__cause__ or error) if isinstance(error, RetryRequested) else error
