"""The seams of the system, as Protocols: what the rules need, whoever provides it."""

from typing import Protocol

from sensors_app.model.events import DagsterEvent, EventLogEntry


class RunRecorder(Protocol):
    """Where the progress of one run goes, in the order in which it happens.

    The calls that move the run's state raise :class:`RunClaimLost` when the run is no longer the
    caller's; whoever executes it then stops at once and records nothing more.
    """

    def started(self, event: DagsterEvent) -> None:
        """The run moves to STARTED; ``event`` is its RUN_START."""

    def entry(self, entry: EventLogEntry) -> None:
        """A step event or a logged line. May be written a moment later, in order."""

    def finished(self, event: DagsterEvent) -> None:
        """The run moves to its end; ``event`` is its RUN_SUCCESS or RUN_FAILURE."""

    def check(self) -> None:
        """Called between steps: raises :class:`RunClaimLost` if the run must stop."""


class RunClaimLost(Exception):  # noqa: N818 -- control flow, not an error
    """The run was taken from this process: its claim ran out, or it was ended by someone else."""
