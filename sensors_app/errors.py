"""Every error of the package: one base, and control flow apart from failures.

A user catches :class:`DagsterError`, or a class below it. Names that Dagster has are Dagster's.
The messages say what to do about it; what is known of the culprit is on the instance.
"""


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


class TickTooLargeError(DagsterError):
    """A tick's cursor is larger than the store keeps."""
