"""The same for runs, for events, and for what sensors are called for."""

from typing import Any

from pydantic import with_config
from typing_extensions import TypedDict

from sensors_app.operating.shapes import DESCRIBED


@with_config(DESCRIBED)
class RunShape(TypedDict):
    """A run."""

    run_id: str
    """Its identity."""

    job_name: str
    """Its job."""

    status: str
    """Such as QUEUED, STARTED, SUCCESS, FAILURE or CANCELED."""

    location: str | None
    """The code location, or the other system."""

    sensor_name: str | None
    """The sensor that requested it."""

    run_key: str | None
    """The event that it answers."""

    tick_id: str | None
    """The tick that requested it."""

    created_at: str | None
    """When it was requested, ISO 8601 in UTC."""

    started_at: str | None
    """When it began."""

    ended_at: str | None
    """When it ended."""

    tags: dict[str, str]
    """Its tags."""

    run_config: dict[str, Any]
    """Its configuration."""

    error: str | None
    """Why it failed."""

    worker: str | None
    """Who executes it."""


@with_config(DESCRIBED)
class EntryShape(TypedDict):
    """An entry of a run's log."""

    timestamp: str | None
    """When, ISO 8601 in UTC."""

    level: str
    """Such as INFO."""

    step_key: str | None
    """The op."""

    event_type: str | None
    """What happened; null for a line that was logged."""

    message: str
    """The text."""

    error: dict[str, Any] | None
    """What was raised."""


@with_config(DESCRIBED)
class EventShape(TypedDict):
    """Something that happened to a run or a sensor."""

    id: str
    """Its identity, within its code location."""

    location: str
    """The code location whose run or sensor it is about."""

    event_type: str
    """Such as RUN_SUCCESS or SENSOR_FAILURE."""

    status: str | None
    """What the run became; null if it is about a sensor."""

    at: str | None
    """When, ISO 8601 in UTC."""

    run_id: str | None
    """The run."""

    job_name: str | None
    """Its job."""

    sensor: str | None
    """The sensor, if it is about one."""

    message: str
    """What it says."""


@with_config(DESCRIBED)
class ReactionShape(TypedDict):
    """One call of a sensor for events."""

    id: str
    """Its identity: code location and number."""

    location: str
    """The sensor's code location."""

    sensor: str
    """The sensor."""

    state: str
    """waiting, running, held (its sensor is off) or dead (it failed once too often)."""

    attempts: int
    """How often it was tried."""

    created_at: str | None
    """When it came about, ISO 8601 in UTC."""

    retry_at: str | None
    """When it is tried again."""

    died_at: str | None
    """When it failed for the last time."""

    events: list[EventShape]
    """What it is called for."""

    error: dict[str, Any] | None
    """Why the last attempt failed."""


@with_config(DESCRIBED)
class LaneShape(TypedDict):
    """How far the polled sensors of a code location are behind, those of one lane."""

    location: str
    """The code location."""

    lane: str
    """``quick`` for sensors that are known to be quick, ``slow`` for all others."""

    due: int
    """How many are due and not claimed."""

    claimed: int
    """How many are claimed and not begun."""

    lag_ms: int
    """For how long the first of them has been due, ms."""


@with_config(DESCRIBED)
class LagShape(TypedDict):
    """How far a sensor is behind the events that feed it."""

    location: str
    """Its code location."""

    sensor: str
    """The sensor."""

    running: bool
    """Whether it is on."""

    unread: int
    """How many of its events no listener has read."""

    more_unread: bool
    """Whether there may be more of them."""

    oldest_unread_at: str | None
    """When the oldest of them happened, ISO 8601 in UTC."""

    oldest_unread_ms: int | None
    """How long ago that is, ms."""

    replays: int
    """How many of its replays are not over."""

    reactions: dict[str, int]
    """How many calls of it are in which state."""


@with_config(DESCRIBED)
class LimitShape(TypedDict):
    """A concurrency limit, or one value of its tag, and who uses it."""

    location: str
    """The code location."""

    limit_for: str
    """What it counts, for people."""

    limit: int | None
    """How many may be under way; null for a limit that was taken out while in use."""

    job_name: str | None
    """The job whose runs it counts."""

    tag: str | None
    """The tag whose runs it counts."""

    value: str | None
    """The tag's value."""

    running: int
    """How many runs have a slot."""

    waiting: int
    """How many wait for one."""


@with_config(DESCRIBED)
class AuditShape(TypedDict):
    """One thing that somebody did."""

    location: str
    """The code location."""

    at: str | None
    """When, ISO 8601 in UTC."""

    actor: str
    """Who."""

    action: str
    """What, such as `start`."""

    target: str
    """The sensor or run."""

    detail: str
    """More, for people."""
