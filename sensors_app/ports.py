"""The seams of the system, as Protocols: what the rules need, whoever provides it."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from sensors_app.model.assets import AssetKey
from sensors_app.model.cancellation import RunWish
from sensors_app.model.events import DagsterEvent, EventLogEntry, StreamedEvent
from sensors_app.model.reactions import Delivery, LocationRules, ReadState, Replay
from sensors_app.model.runs import DagsterRun, RunEnding, RunsFilter


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
        """The run moves to its end; ``event`` is its RUN_SUCCESS, RUN_FAILURE or RUN_CANCELED."""

    def check(self) -> None:
        """Called between steps and attempts, where a run can stop.

        Raises:
            RunClaimLost: The run is not ours any more.
            DagsterExecutionInterruptedError: It is to end.
        """

    def user_code(self) -> AbstractContextManager[None]:
        """What runs inside is code of users; there, and only there, the run may be interrupted."""

    @property
    def wish(self) -> RunWish:
        """What is to become of the run, as far as it is known here."""


class RunClaimLost(Exception):  # noqa: N818 -- control flow, not an error
    """The run was taken from this process: its claim ran out, or it was ended by someone else."""


@runtime_checkable
class Instance(Protocol):
    """Where runs are kept: what definitions need from a ``DagsterInstance``."""

    def create_run(
        self,
        *,
        job_name: str,
        run_config: Mapping[str, Any],
        tags: Mapping[str, str],
        run_id: str | None = None,
    ) -> DagsterRun:
        """Keep a new run that this process executes itself; no worker is told of it.

        Args:
            job_name: Its job.
            run_config: Its configuration.
            tags: Its tags.
            run_id: Its identity, a UUID as text; None for a new one.
        """

    def recorder(self, run: DagsterRun) -> RunRecorder:
        """Return where the progress of ``run``, from :meth:`create_run`, is to be reported."""

    def get_run_by_id(self, run_id: str) -> DagsterRun | None:
        """Return a run as it is now; None if there is none."""

    def get_runs(
        self, filters: RunsFilter | None = None, limit: int | None = None
    ) -> Sequence[DagsterRun]:
        """Return the runs that ``filters`` accepts, newest first, at most ``limit``."""

    def all_logs(self, run_id: str) -> Sequence[EventLogEntry]:
        """Return the whole log of a run, oldest first."""


@dataclass(frozen=True, slots=True)
class Materialized:
    """One materialization of an asset.

    Args:
        ident: Its identity; a later one's is greater.
        entry: The entry of the run's log that announced it.
    """

    ident: str
    entry: EventLogEntry


class Materializations(Protocol):
    """Where materializations of assets are looked up."""

    def latest_materialization(self, asset: AssetKey, after: str | None) -> Materialized | None:
        """Return an asset's latest one, if it is later than the one of this id."""


class RunReader(Protocol):
    """Where runs of any code location are looked up."""

    def run(self, location: str, run_id: str) -> DagsterRun | None:
        """Return one run, if it exists and is still kept."""

    def event_of(self, event: StreamedEvent) -> DagsterEvent:
        """Return the event of a run, or of a sensor, that a stream has."""


class EventReads(Protocol):
    """Where the events of code locations are read."""

    def events(
        self, location: str, *, after: str = "", until: str = "", limit: int = 1000
    ) -> Sequence[StreamedEvent]:
        """Return events of a code location, oldest first."""


class Deliveries(Protocol):
    """Where events are delivered; the methods are those of the store, which documents them."""

    def rules(self, locations: Sequence[str]) -> Mapping[str, LocationRules]:
        """Return the rules of the code locations that have sensors to deliver events to."""

    def read_states(self, locations: Iterable[str]) -> Mapping[str, ReadState]:
        """Return how far the events that concern these code locations have been read."""

    def deliver(
        self,
        location: str,
        source: str,
        after: str,
        read: str,
        deliveries: Sequence[Delivery],
        registration: str,
    ) -> int | None:
        """Deliver events, and move the place up to which their stream is read."""

    def replay(
        self,
        location: str,
        replay: Replay,
        read: str | None,
        deliveries: Sequence[Delivery],
        registration: str,
    ) -> int | None:
        """Deliver old events of a replay, and note how far it is."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a look for late sensors came to.

    Args:
        told: How many were found and told of.
        more: Whether more are to be looked at at once.
    """

    told: int
    more: bool


TagsOfRuns = Mapping[tuple[str, str | None], Mapping[str, str]]
"""The tags of runs, by code location and id."""


class Joins(Protocol):
    """What listeners ask of joins and absences; the store documents the methods."""

    def tags_of(self, events: Iterable[StreamedEvent]) -> TagsOfRuns:
        """Return the tags of the runs that events are about."""

    def close_joins(
        self, location: str, sensors: Sequence[str], upto: int, registration: str
    ) -> bool:
        """End the groups of joins whose window is over."""

    def tell_absences(
        self, location: str, sensors: Sequence[str], upto: int, registration: str
    ) -> int:
        """Have sensors called for which nothing came for too long."""


class RulesChanged(Exception):  # noqa: N818 -- control flow, not an error
    """A code location registered meanwhile: read its rules again, and deliver by those."""


class RunMoves(Protocol):
    """What the execution of a run asks of the store, which answers what is to become of the run."""

    def mark_run_started(
        self, location: str, run_id: str, holder: str, event: DagsterEvent
    ) -> RunWish:
        """Record that the run's first step begins, unless it is to end."""

    def append_run_entries(
        self, location: str, run_id: str, holder: str, first: int, entries: Sequence[EventLogEntry]
    ) -> RunWish:
        """Add to the run's log; ``first`` is the number of the first entry, from 0."""

    def finish_run(self, ending: RunEnding) -> bool:
        """End the run; False if it is not the holder's."""
