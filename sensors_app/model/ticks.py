"""Ticks: one evaluation of one sensor, the right to run it, and what became of it."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.pushed import PushedEvent


class TickStatus(StrEnum):
    """How a tick ended."""

    SUCCESS = "SUCCESS"
    SKIPPED = "SKIPPED"
    FAILURE = "FAILURE"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run one tick of one sensor.

    Args:
        sensor: The sensor's name.
        token: Fencing token: the time of the claim in ms, and higher than every earlier token of
            this sensor. It is also the tick's identity, so the tick id is ``str(token)``.
        timeout_seconds: How long the sensor's function may take.
        quick: Whether the sensor is known to be quick, so that it may share a message with others.
        took_ms: How long its evaluations take of late, in ms; 0 if that is not known.
    """

    sensor: str
    token: int
    timeout_seconds: float
    quick: bool = False
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class TickStart:
    """What a sensor may know when its tick begins; times in seconds since the epoch.

    Args:
        claim: The tick's claim.
        cursor: As the last successful tick left it; ``None`` and ``""`` differ.
        last_run_key: The run key of the last run that the sensor was given.
        last_tick_completion_time: When its previous tick ended; None for the first one.
        last_sensor_start_time: When it was last switched on.
        events: What was pushed to it and no committed tick has seen, oldest first.
    """

    claim: Claim
    cursor: str | None
    last_run_key: str | None
    last_tick_completion_time: float | None
    last_sensor_start_time: float | None
    events: Sequence[PushedEvent] = ()


@dataclass(frozen=True, slots=True)
class RunToCreate:
    """A run that a tick asks for, checked and ready for the store.

    Args:
        run_id: Identity of the run if it is created.
        job_name: The job to run.
        run_key: The event it answers; None asks for a run unconditionally.
        run_config: The configuration as JSON.
        tags: The tags as JSON.
    """

    run_id: str
    job_name: str
    run_key: str | None
    run_config: str
    tags: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a sensor logged.

    Args:
        timestamp: Seconds since the epoch.
        level: A level of :mod:`logging`.
        message: The text, tracebacks included.
    """

    timestamp: float
    level: int
    message: str


@dataclass(frozen=True, slots=True)
class DroppedRequest:
    """A request that made no run, because its key had been used.

    Args:
        run_key: The key.
        run_id: The run that the key made earlier.
    """

    run_key: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Timing:
    """When an evaluation took place, by the clock of the process that made it.

    Args:
        offset_ms: From when its claim was begun until it started: it may have waited for others.
        took_ms: How long it took.
    """

    offset_ms: float
    took_ms: float

    @classmethod
    def until_now(cls, begun: float, started: float) -> Self:
        """Return that of an evaluation that ends now; both times are of ``time.perf_counter``."""
        return cls((started - begun) * 1000, (time.perf_counter() - started) * 1000)


@dataclass(frozen=True, slots=True)
class TickResult:
    """What an evaluation that went well wants to be kept.

    Args:
        runs: The runs it asks for, in order.
        skip_reason: Why it asks for none.
        cursor: The cursor it leaves behind.
        logs: What it logged.
        dropped: Its other requests, whose keys were found used before the commit; the commit looks
            for itself, so there need not be any.
        acted: Whether it did something itself, beside asking for runs.
        trace: The context of the trace that its runs are to belong to, as W3C's ``traceparent``.
        timing: When it took place; None: from when its claim was begun until it is kept.
    """

    runs: Sequence[RunToCreate] = ()
    skip_reason: str | None = None
    cursor: str | None = None
    logs: Sequence[LogLine] = ()
    dropped: Sequence[DroppedRequest] = ()
    acted: bool = False
    trace: str = ""
    timing: Timing | None = None


@dataclass(frozen=True, slots=True)
class TickFailure:
    """Why an evaluation failed.

    Args:
        error: The exception, with the user's frames.
        logs: What the sensor logged until then.
        timing: When it took place; None: from when its claim was begun until it is kept.
    """

    error: SerializableErrorInfo
    logs: Sequence[LogLine] = ()
    timing: Timing | None = None


def sift(
    runs: Iterable[RunToCreate], used: Mapping[str, str]
) -> tuple[list[RunToCreate], list[DroppedRequest]]:
    """Divide requests into those that make a run and those that do not.

    Args:
        runs: The requests; of several with the same key the first makes one.
        used: The run keys that make none any more, and the run each made.
    """
    made, dropped = list[RunToCreate](), list[DroppedRequest]()
    seen = dict(used)
    for run in runs:
        if run.run_key in seen:
            dropped.append(DroppedRequest(run.run_key, seen[run.run_key]))
            continue
        if run.run_key is not None:
            seen[run.run_key] = run.run_id
        made.append(run)
    return made, dropped


def all_dropped(requested: int) -> str:
    """Return why a tick that requested runs made none."""
    if requested == 1:
        return "The run key of its one request had made a run before."
    return f"The run keys of all {requested:,} requests had made runs before."


@dataclass(frozen=True, slots=True)
class Tick:
    """A finished tick, as it is kept. Times in ms since the epoch, by the store's clock.

    The lists are cut at the setting ``tick_max_listed``; the counts are whole. Ticks in a row that
    skipped and say the same are kept as one: it is the last of them, ``times`` tells how many they
    are, and ``first_id`` is the id of the first.
    """

    tick_id: str
    sensor: str
    status: TickStatus
    started_at: int
    ended_at: int
    skip_reason: str | None = None
    error: SerializableErrorInfo | None = None
    cursor_before: str | None = None
    cursor_after: str | None = None
    requested: int = 0
    created: int = 0
    run_keys: Sequence[str] = ()
    run_ids: Sequence[str] = ()
    dropped: Sequence[DroppedRequest] = ()
    logs: Sequence[LogLine] = ()
    worker: str | None = None
    times: int = 1
    first_id: str | None = None

    @property
    def duration_ms(self) -> int:
        """How long it took, in ms."""
        return self.ended_at - self.started_at

    @property
    def first_at(self) -> int:
        """When the first of those that it stands for began."""
        return self.started_at if self.first_id is None else int(self.first_id)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a dry run of a sensor found.

    Args:
        sensor: The sensor's name.
        status: How the tick would have ended.
        skip_reason: Why it would ask for no run.
        error: Why the evaluation failed.
        cursor_before: The cursor it was given.
        cursor_after: The cursor it would leave behind.
        requests: What it would ask for: ``run_key``, ``job_name``, ``run_config`` and ``tags``.
        dropped: Those that run keys would drop.
        logs: What it logged.
    """

    sensor: str
    status: TickStatus
    skip_reason: str | None = None
    error: SerializableErrorInfo | None = None
    cursor_before: str | None = None
    cursor_after: str | None = None
    requests: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    dropped: Sequence[DroppedRequest] = field(default_factory=tuple)
    logs: Sequence[LogLine] = field(default_factory=tuple)
