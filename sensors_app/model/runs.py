"""Runs: one execution of a job, and the states it can be in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import uuid4

from sensors_app.errors import CheckError
from sensors_app.model import checks
from sensors_app.model.assets import AssetKey
from sensors_app.model.events import DagsterEvent, EventLogEntry


class DagsterRunStatus(Enum):
    """The states of a run. A run moves only forward: queued, starting, started, then one end."""

    QUEUED = "QUEUED"
    NOT_STARTED = "NOT_STARTED"
    MANAGED = "MANAGED"
    STARTING = "STARTING"
    STARTED = "STARTED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"

    @property
    def is_finished(self) -> bool:
        """Whether nothing can happen to such a run any more."""
        return self in FINISHED_STATUSES


FINISHED_STATUSES = frozenset(
    {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}
)

ASSET_SELECTION_TAG = "sensors_app/asset_selection"
PARTITION_TAG = "dagster/partition"
SENSOR_NAME_TAG = "dagster/sensor_name"

PRIORITY_TAG = "dagster/priority"
"""An integer as text: of the runs that wait, those with a higher one start first. Beyond 500 either
way it counts as 500; a run without one has 0."""

MAX_RETRIES_TAG = "dagster/max_retries"
"""How often a failed run is run again by itself, as a new run."""

RETRY_DELAY_TAG = "sensors_app/retry_delay"
"""After how many seconds."""

MAX_RUNTIME_TAG = "dagster/max_runtime"
"""After how many seconds a run is ended."""

RETRY_NUMBER_TAG = "dagster/retry_number"
"""Which retry a run is, from 1."""

PARENT_RUN_TAG = "dagster/parent_run_id"
"""The run that a run repeats."""

ROOT_RUN_TAG = "dagster/root_run_id"
"""The first run of such a line."""

WILL_RETRY_TAG = "dagster/will_retry"
"""On a failed run that asked for retries: whether it has one, ``true`` or ``false``."""

AUTO_RETRY_RUN_ID_TAG = "dagster/auto_retry_run_id"
"""On a failed run: its retry."""


@dataclass(frozen=True)
class DagsterRun:
    """One run of a job.

    Args:
        job_name: Name of the job.
        run_id: Identity of the run, a UUID as text.
        status: The state it was in when it was read.
        tags: Text by name; includes those the system adds.
        run_config: The configuration it was launched with.
        location: The code location whose workers run it; None for a run of this process alone.
        sensor_name: The sensor that requested it, if one did.
        run_key: The sensor's name for the event it answers, if it gave one.
        tick_id: The sensor's tick that requested it.
        created_at: When it was requested, in seconds since the epoch.
        started_at: When a worker took it up; None before.
        ended_at: When it ended; None before.
        worker: The worker that took it up, as ``task id/node/pid``.
        error: Why it failed, in one line; None unless it failed.
        lineage: The sensors that were called for a run one after the other until it was requested,
            as ``location/name``; empty if no event of a run led to it.
        trace: The context of the trace that it belongs to, as W3C's ``traceparent``, if it is
            traced.

    Raises:
        ParameterCheckError: An argument has the wrong type.
    """

    job_name: str
    run_id: str = field(default_factory=lambda: str(uuid4()))
    status: DagsterRunStatus = DagsterRunStatus.NOT_STARTED
    tags: Mapping[str, str] = field(default_factory=dict)
    run_config: Mapping[str, Any] = field(default_factory=dict)
    location: str | None = None
    sensor_name: str | None = None
    run_key: str | None = None
    tick_id: str | None = None
    created_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    worker: str | None = None
    error: str | None = None
    lineage: tuple[str, ...] = ()
    trace: str | None = None

    def __post_init__(self) -> None:
        checks.instance_of("job_name", self.job_name, str)
        checks.instance_of("run_id", self.run_id, str)
        checks.instance_of("status", self.status, DagsterRunStatus)

    @property
    def asset_selection(self) -> list[AssetKey] | None:
        """The assets that were asked for; None for all that its job brings about."""
        text = self.tags.get(ASSET_SELECTION_TAG)
        return None if text is None else [AssetKey.from_user_string(x) for x in json.loads(text)]

    @property
    def parent_run_id(self) -> str | None:
        """The run that it repeats, as a retry or because somebody asked for it."""
        return self.tags.get(PARENT_RUN_TAG)

    @property
    def root_run_id(self) -> str | None:
        """The first run of the line of repeats that it belongs to."""
        return self.tags.get(ROOT_RUN_TAG)

    @property
    def retry_number(self) -> int:
        """Which retry it is, from 1; 0 if it is none."""
        text = self.tags.get(RETRY_NUMBER_TAG, "")
        return int(text) if text.isdecimal() else 0

    @property
    def will_retry(self) -> bool:
        """Whether it failed and is run again by itself."""
        return self.tags.get(WILL_RETRY_TAG) == "true"

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended."""
        return self.status.is_finished

    @property
    def is_success(self) -> bool:
        """Whether the run ended well."""
        return self.status is DagsterRunStatus.SUCCESS

    @property
    def is_failure(self) -> bool:
        """Whether the run failed."""
        return self.status is DagsterRunStatus.FAILURE


@dataclass(frozen=True, slots=True)
class RunEnding:
    """How the holder of a run ends it.

    Args:
        location: The run's code location.
        run_id: The run.
        holder: Who ends it.
        status: SUCCESS, FAILURE or CANCELED.
        event: The event that says so.
        first: Number of the first of these entries.
        entries: What is to be added to its log before.
        took_ms: How long its process took for it, if that is known.
    """

    location: str
    run_id: str
    holder: str
    status: DagsterRunStatus
    event: DagsterEvent
    first: int = 0
    entries: Sequence[EventLogEntry] = ()
    took_ms: float | None = None


@dataclass(frozen=True, slots=True)
class RunNote:
    """A line of the system's for the log of a run.

    Args:
        location: The run's code location.
        run_id: The run.
        name: A log has each note once, by this name.
        message: The line.
    """

    location: str
    run_id: str
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class RunsFilter:
    """Which runs are asked for; a criterion left out does not narrow.

    Args:
        run_ids: Only these runs.
        job_name: Only runs of this job.
        statuses: Only runs in one of these states.
        tags: Only runs that carry all of these; a list of values means any of them.

    Raises:
        CheckError: An argument has the wrong type, or there are no runs to choose from.
    """

    run_ids: Sequence[str] | None = None
    job_name: str | None = None
    statuses: Sequence[DagsterRunStatus] = ()
    tags: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.run_ids is not None and not checks.members("run_ids", self.run_ids, str):
            raise CheckError("When filtering on run ids, a non-empty list must be used.")
        checks.optional("job_name", self.job_name, str)
        statuses = checks.members("statuses", self.statuses, DagsterRunStatus)
        object.__setattr__(self, "statuses", statuses)
        object.__setattr__(self, "tags", checks.mapping("tags", self.tags))

    def accepts(self, run: DagsterRun) -> bool:
        """Tell whether a run meets every criterion."""
        return (
            (self.run_ids is None or run.run_id in self.run_ids)
            and (self.job_name is None or run.job_name == self.job_name)
            and (not self.statuses or run.status in self.statuses)
            and all(_carries(run, name, value) for name, value in self.tags.items())
        )


def _carries(run: DagsterRun, name: str, value: str | Sequence[str]) -> bool:
    carried = run.tags.get(name)
    return carried == value if isinstance(value, str) else carried in value
