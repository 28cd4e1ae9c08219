"""Reactions: calls of a sensor for events, and the rules by which events are its."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import StreamedEvent
from sensors_app.model.joins import JoinRules
from sensors_app.model.selectors import MonitoredRuns
from sensors_app.model.ticks import TickFailure, TickResult
from sensors_app.model.watched_sensors import WatchedSensors


@dataclass(frozen=True, slots=True)
class ReactionRules:
    """Which events a sensor is called for, and how.

    Args:
        kinds: The kinds of event, as their streams name them.
        runs: Which runs it is called for.
        batch_size: For how many events one call may be.
        retry_delays_ms: How long to wait before each retry of a call that failed, in ms; as many
            retries as there are numbers.
        sensors: For a sensor about sensors, which ones; then ``runs`` does not matter.
        join: How events are joined, if the sensor is called for several together.
        absent_after_ms: After how long without an event it is called, in ms, if it is called only
            for that.
    """

    kinds: tuple[str, ...]
    runs: MonitoredRuns = field(default_factory=MonitoredRuns)
    batch_size: int = 1
    retry_delays_ms: tuple[int, ...] = ()
    sensors: WatchedSensors | None = None
    join: JoinRules | None = None
    absent_after_ms: int | None = None

    def accept(self, event: StreamedEvent, home: str) -> bool:
        """Tell whether an event is the sensor's, which belongs to the code location ``home``."""
        if event.kind not in self.kinds:
            return False
        if self.sensors is not None:
            return self.sensors.accepts(event, home)
        return self.runs.accepts_job(event.location, event.job_name or "", home)

    def sources(self, home: str, locations: Sequence[str]) -> set[str]:
        """Return the code locations, of all these, whose events it may be called for."""
        watched = self.runs if self.sensors is None else self.sensors
        return watched.locations(home, locations)


@dataclass(frozen=True, slots=True)
class LocationRules:
    """The rules of a code location's sensors, as they were registered.

    Args:
        registration: Counts registrations: later rules have a higher number.
        sensors: The rules of each of its sensors that is called for events.
    """

    registration: str
    sensors: Mapping[str, ReactionRules]


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for a sensor.

    Args:
        sensor: The sensor.
        event: The event.
        side: The side of a join that it is of; ``HEARD`` for a sensor that waits for there to be no
            event.
        value: The correlation value, for a join.
    """

    sensor: str
    event: StreamedEvent
    side: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    """Old events that are to be delivered to a sensor once more.

    Args:
        sensor: The sensor.
        source: The code location whose events they are.
        after: The event they come after.
        until: The last of them.
        since: None from before this time, ms since the epoch.
    """

    sensor: str
    source: str
    after: str
    until: str
    since: int = 0


@dataclass(frozen=True, slots=True)
class ReadState:
    """How far the events that concern a code location have been read.

    Args:
        positions: The last event that was read of each code location it watches.
        replays: What is to be read again.
        waiting: How many reactions wait for a worker.
    """

    positions: Mapping[str, str]
    replays: Sequence[Replay]
    waiting: int


@dataclass(frozen=True, slots=True)
class ReactionMessage:
    """A reaction that is to be sent to a worker.

    Args:
        ident: Its id, unique in its code location.
        sensor: The sensor to call.
        timeout_seconds: How long the call may take.
        quick: Whether the sensor is known to be quick, so that the reaction may share a message
            with others.
        took_ms: How long its calls take of late.
    """

    ident: str
    sensor: str
    timeout_seconds: float
    quick: bool = False
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class ReactionStart:
    """A reaction that a worker has taken up.

    Args:
        ident: Its id.
        sensor: The sensor to call.
        attempt: Counts attempts, from 1.
        events: What it is called for.
    """

    ident: str
    sensor: str
    attempt: int
    events: Sequence[StreamedEvent]


@dataclass(frozen=True, slots=True)
class ReactionEnd:
    """What the call of a reaction came to.

    Args:
        sensor: The sensor.
        ident: The reaction.
        result: What is to be kept.
        final: For a failure, whether another attempt would be of no use.
        lineage: The sensors whose calls led here, with commas; it goes on with the runs.
    """

    sensor: str
    ident: str
    result: TickResult | TickFailure
    final: bool = False
    lineage: str = ""


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction as it is kept until it is done. Times in ms since the epoch.

    Args:
        ident: Its id, unique in its code location.
        location: Its code location.
        sensor: The sensor to call.
        state: ``waiting`` for a worker or for its next attempt, ``running``, ``held`` while its
            sensor is off, or ``dead``: it failed once too often.
        attempt: How many attempts there were.
        events: What it is for.
        created_at: When its first event was delivered.
        error: Why its last attempt failed.
        died_at: When it became a dead letter.
    """

    ident: str
    location: str
    sensor: str
    state: str
    attempt: int
    events: Sequence[StreamedEvent]
    created_at: int
    error: SerializableErrorInfo | None = None
    died_at: int | None = None
