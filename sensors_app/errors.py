"""Every error of the package: one base, and control flow apart from failures.

A user catches :class:`DagsterError`, or a class below it. Names that Dagster has are Dagster's.
The messages say what to do about it; what is known of the culprit is on the instance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class DagsterError(Exception):
    """Base of every error raised on purpose by sensors_app."""


# ---- configuration and surroundings


class SettingsError(DagsterError):
    """A setting is missing or wrong; the message names the variable and the remedy."""


class LocationLoadError(DagsterError):
    """A code location's module cannot be imported or holds no usable Definitions."""


class UnknownNameError(DagsterError):
    """A sensor, run or location that does not exist was named; the message offers the nearest."""


class StoreUnavailableError(DagsterError):
    """The Redis server that holds the state does not answer."""


class UnsafeStoreError(DagsterError):
    """The Redis server that holds the state may throw cursors and run keys away."""


# ---- ticks


class SensorTimeoutError(DagsterError):
    """A sensor's evaluation took longer than its time limit; nothing it asked for is kept."""


class SensorExitError(DagsterError):
    """A sensor's function tried to end its process instead of returning."""


class SensorLoopError(DagsterError):
    """A sensor requests runs for runs that it has requested itself, and would go on for ever."""


class TooManyRequestsError(DagsterError):
    """A call for events requests more runs than one tick may."""


class TickTooLargeError(DagsterError):
    """A tick's cursor is larger than the store keeps."""


# ---- reports of runs that are not ours


class ExternalEventError(DagsterError):
    """A report of a run that is not ours cannot be kept; the message says what is wrong with it."""


# ---- what users' definitions get wrong; the names are Dagster's


class DagsterInvalidDefinitionError(DagsterError):
    """An op, job, sensor or Definitions cannot mean anything as it is written."""


class DagsterInvalidConfigDefinitionError(DagsterInvalidDefinitionError):
    """A config schema is made of something that is no config type."""


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing wrong with a config value.

    Args:
        path: Where, for example ``"root:ops:one:config:size"``.
        message: What, and what was expected.
    """

    path: str
    message: str


class DagsterInvalidConfigError(DagsterError):
    """Config does not fit its schema; the message lists everything that is wrong with it.

    Args:
        preamble: What the config was for, for example ``"Error in config for job j"``.
        errors: One for each thing wrong, each with ``message`` and ``path``.
        config_value: The config as it was given.
    """

    def __init__(self, preamble: str, errors: Sequence["ConfigProblem"], config_value: Any) -> None:
        self.errors = tuple(errors)
        self.config_value = config_value
        numbered = (f"    Error {n}: {error.message}" for n, error in enumerate(self.errors, 1))
        super().__init__("\n".join((preamble, *numbered)))


class DagsterInvalidInvocationError(DagsterError):
    """A sensor or an op was called directly with arguments that it does not take."""


class DagsterInvariantViolationError(DagsterError):
    """Something was asked for that is not there, or not in this state."""


class CheckError(DagsterError):
    """A value of the wrong kind was given or returned."""


class ParameterCheckError(CheckError):
    """An argument has the wrong type; the message names it."""


# ---- what users' code does while it runs


class DagsterExecutionStepExecutionError(DagsterError):
    """An op raised; what it raised is the cause."""


class DagsterExecutionInterruptedError(BaseException):
    """The run is to end: it was canceled, or takes longer than it may.

    It is raised in the code of an op, wherever that is just then. Like ``KeyboardInterrupt`` it is
    no ``Exception``, so that code which catches those lets it through.
    """


class DagsterTypeCheckDidNotPass(DagsterError):  # noqa: N818 -- Dagster's name
    """A value that an op got or returned is not of the type that it says it is."""


class DagsterStepOutputNotFoundError(DagsterError):
    """An op ended without an output that it has to yield."""


class DagsterMaxRetriesExceededError(DagsterError):
    """An op failed once more than it may be retried; what it raised last is the cause."""


class DagsterResourceFunctionError(DagsterError):
    """A resource could not be made; ``user_exception`` is what its function raised."""

    def __init__(self, message: str, user_exception: BaseException) -> None:
        super().__init__(message)
        self.user_exception = user_exception


class DagsterUnknownResourceError(DagsterError, AttributeError):
    """User code reads a resource that it was not given, or did not say that it requires."""


class DagsterInvalidSubsetError(DagsterError):
    """Ops or assets are selected that there are not."""
