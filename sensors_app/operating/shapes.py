"""The JSON that the command line prints and the API answers: its names, for both the same.

They are a contract with the programs that read them. Each class says what its names mean, and the
types hold :mod:`sensors_app.operating.records` to it; the API's schema is made of them.
"""

from typing import Any

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

DESCRIBED = ConfigDict(use_attribute_docstrings=True)
"""Has the schema say what is written under each name."""


@with_config(DESCRIBED)
class LogLineShape(TypedDict):
    """A line that a sensor logged."""

    timestamp: str | None
    """When, ISO 8601 in UTC."""

    level: str
    """Such as INFO."""

    message: str
    """The text, tracebacks included."""


@with_config(DESCRIBED)
class DroppedShape(TypedDict):
    """A request for a run that made none, because its run key had been used."""

    run_key: str
    """The key."""

    run_id: str | None
    """The run that it made before; null in a dry run, for one of the same run."""


@with_config(DESCRIBED)
class TickSummary(TypedDict):
    """A finished tick without its log. Its lists may be cut; the counts are whole."""

    tick_id: str
    """Its identity, within its sensor."""

    location: str
    """The code location."""

    sensor: str
    """The sensor."""

    status: str
    """SUCCESS, SKIPPED or FAILURE."""

    skip_reason: str | None
    """Why it asked for no run."""

    error: dict[str, Any] | None
    """Why it failed: `message`, `stack`, `cls_name` and `cause`."""

    cursor_before: str | None
    """The cursor that it was given."""

    cursor_after: str | None
    """The cursor that it left."""

    requested: int
    """How many runs it asked for."""

    created: int
    """How many runs it made."""

    run_ids: list[str]
    """The first of them."""

    run_keys: list[str]
    """The first of the run keys it asked for."""

    dropped: list[DroppedShape]
    """The first of the requests that run keys dropped."""

    started_at: str | None
    """When it began, ISO 8601 in UTC."""

    ended_at: str | None
    """When it ended, ISO 8601 in UTC."""

    duration_ms: int
    """How long it took, ms."""

    worker: str | None
    """Who evaluated it: task id, node and process."""

    times: int
    """How many ticks it stands for: those in a row that skipped and say the same are kept as
    one, the last of them."""

    first_tick_id: str
    """The first of them; its own id if it is but one. For any id from this one to its own, it is
    the tick that is found."""


@with_config(DESCRIBED)
class TickShape(TickSummary):
    """A finished tick."""

    logs: list[LogLineShape]
    """What it logged."""


@with_config(DESCRIBED)
class RequestShape(TypedDict):
    """A run that a dry run would ask for."""

    run_key: str | None
    """Its run key."""

    job_name: str
    """Its job."""

    run_config: Any
    """Its configuration."""

    tags: dict[str, str]
    """Its tags."""


@with_config(DESCRIBED)
class PreviewShape(TypedDict):
    """What a dry run of a sensor found."""

    location: str
    """The code location."""

    sensor: str
    """The sensor."""

    status: str
    """How the tick would have ended."""

    skip_reason: str | None
    """Why it would ask for no run."""

    error: dict[str, Any] | None
    """Why the evaluation failed."""

    cursor_before: str | None
    """The cursor that it was given."""

    cursor_after: str | None
    """The cursor that it would leave."""

    requests: list[RequestShape]
    """The runs that it would ask for."""

    dropped: list[DroppedShape]
    """Those that run keys would drop."""

    logs: list[LogLineShape]
    """What it logged."""


@with_config(DESCRIBED)
class SensorShape(TypedDict):
    """A sensor as it stands."""

    location: str
    """Its code location."""

    name: str
    """Its name there."""

    running: bool
    """Whether it is on."""

    override: bool | None
    """True or false if somebody started or stopped it; null: the default of its code."""

    running_by_default: bool
    """That default."""

    interval_seconds: float
    """How long it rests after a tick."""

    timeout_seconds: float
    """How long its function may take."""

    jitter_seconds: float
    """Each rest is longer by a random part of this."""

    max_requests_per_tick: int | None
    """If a tick requests more, it is held for a yes or no; null: the setting counts."""

    run_key_ttl_seconds: float | None
    """How long a run key is remembered at least; null: for ever."""

    run_key_policy: str
    """`once`: a run key makes one run; `retry_failed`: another one when that has failed."""

    event_types: list[str] | None
    """What it is called for; null for one that is polled."""

    job_names: list[str]
    """The jobs that it may request."""

    description: str | None
    """For people."""

    tags: dict[str, str]
    """Text by name."""

    activity: str
    """`idle`, `claimed` (a message is on its way), `running`, `unfolding` (its runs are being
    created) or `held`."""

    held: str | None
    """Why its tick is held until somebody says yes or no; null: it is not."""

    next_due: str | None
    """When it is evaluated next, ISO 8601 in UTC."""

    takes_ms: float | None
    """How long its evaluations take of late, ms; null: that is not known."""

    quick: bool
    """Whether that is so little that it is evaluated together with others; if not, alone."""

    failures: int
    """How many ticks failed in a row."""

    backing_off: bool
    """Whether its next tick is put off because it failed so often in a row."""

    last_run_key: str | None
    """The run key of the last run it was given."""

    last_tick: TickSummary | None
    """Its last tick; null before the first."""


@with_config(DESCRIBED)
class PushedShape(TypedDict):
    """An event that was pushed to a sensor."""

    id: str
    """Its identity."""

    received_at: str | None
    """When it came, ISO 8601 in UTC."""

    payload: Any
    """What was sent."""
