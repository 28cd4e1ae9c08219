"""What happens in a run: events, and the entries of its log."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sensors_app.model.assets import AssetKey, AssetMaterialization
from sensors_app.model.errors import SerializableErrorInfo


class DagsterEventType(Enum):
    """The kinds of event. The values are Dagster's, whose runs were once called pipelines."""

    STEP_START = "STEP_START"
    STEP_OUTPUT = "STEP_OUTPUT"
    STEP_INPUT = "STEP_INPUT"
    STEP_SUCCESS = "STEP_SUCCESS"
    STEP_FAILURE = "STEP_FAILURE"
    STEP_SKIPPED = "STEP_SKIPPED"
    STEP_UP_FOR_RETRY = "STEP_UP_FOR_RETRY"
    STEP_RESTARTED = "STEP_RESTARTED"
    ASSET_MATERIALIZATION = "ASSET_MATERIALIZATION"
    ENGINE_EVENT = "ENGINE_EVENT"
    RESOURCE_INIT_STARTED = "RESOURCE_INIT_STARTED"
    RESOURCE_INIT_SUCCESS = "RESOURCE_INIT_SUCCESS"
    RESOURCE_INIT_FAILURE = "RESOURCE_INIT_FAILURE"
    HOOK_COMPLETED = "HOOK_COMPLETED"
    HOOK_ERRORED = "HOOK_ERRORED"
    HOOK_SKIPPED = "HOOK_SKIPPED"

    RUN_ENQUEUED = "PIPELINE_ENQUEUED"
    RUN_STARTING = "PIPELINE_STARTING"
    RUN_START = "PIPELINE_START"
    RUN_SUCCESS = "PIPELINE_SUCCESS"
    RUN_FAILURE = "PIPELINE_FAILURE"
    RUN_CANCELING = "PIPELINE_CANCELING"
    RUN_CANCELED = "PIPELINE_CANCELED"
    PIPELINE_ENQUEUED = "PIPELINE_ENQUEUED"
    PIPELINE_STARTING = "PIPELINE_STARTING"
    PIPELINE_START = "PIPELINE_START"
    PIPELINE_SUCCESS = "PIPELINE_SUCCESS"
    PIPELINE_FAILURE = "PIPELINE_FAILURE"
    PIPELINE_CANCELING = "PIPELINE_CANCELING"
    PIPELINE_CANCELED = "PIPELINE_CANCELED"


FAILURE_EVENT_TYPES = frozenset(
    {
        DagsterEventType.RUN_FAILURE,
        DagsterEventType.STEP_FAILURE,
        DagsterEventType.HOOK_ERRORED,
        DagsterEventType.RESOURCE_INIT_FAILURE,
    }
)


@dataclass(frozen=True, slots=True)
class EventSpecificData:
    """What only some events carry.

    Args:
        error: The exception behind a failure.
        output_name: The output that a ``STEP_OUTPUT`` announces.
        first_step_failure_event: For a run failure, the first step that failed.
        materialization: What an ``ASSET_MATERIALIZATION`` announces.
    """

    error: SerializableErrorInfo | None = None
    output_name: str | None = None
    first_step_failure_event: "DagsterEvent | None" = None
    materialization: AssetMaterialization | None = None


@dataclass(frozen=True)
class DagsterEvent:
    """One thing that happened in a run.

    Args:
        event_type_value: The kind, as the text that is stored.
        job_name: The run's job.
        step_key: The step it happened in; None for the run as a whole.
        message: One line for people.
        event_specific_data: More, for the kinds that have it.
    """

    event_type_value: str
    job_name: str
    step_key: str | None = None
    message: str | None = None
    event_specific_data: EventSpecificData | None = None

    @property
    def event_type(self) -> DagsterEventType:
        """The kind of event."""
        return DagsterEventType(self.event_type_value)

    @property
    def asset_key(self) -> AssetKey | None:
        """The asset that a materialization is of; None for other events."""
        data = self.event_specific_data
        if data is None or data.materialization is None:
            return None
        return data.materialization.asset_key

    @property
    def is_failure(self) -> bool:
        """Whether the event reports a failure."""
        return self.event_type in FAILURE_EVENT_TYPES


@dataclass(frozen=True, slots=True)
class EventLogEntry:
    """One line of a run's log: an event, or something that user code logged.

    Args:
        run_id: The run.
        job_name: Its job.
        timestamp: Seconds since the epoch, from the clock of the machine it happened on.
        level: A level of :mod:`logging`.
        user_message: The text.
        step_key: The step it came from, if one did.
        dagster_event: The event; None for a logged line.
    """

    run_id: str
    job_name: str
    timestamp: float
    user_message: str
    level: int = logging.INFO
    step_key: str | None = None
    dagster_event: DagsterEvent | None = None

    @property
    def is_dagster_event(self) -> bool:
        """Whether it is an event, and no logged line."""
        return self.dagster_event is not None

    @property
    def dagster_event_type(self) -> DagsterEventType | None:
        """The kind of event; None for a logged line."""
        return None if self.dagster_event is None else self.dagster_event.event_type

    @property
    def message(self) -> str:
        """The event's message, or what was logged."""
        event = self.dagster_event
        return self.user_message if event is None else event.message or ""

    @property
    def asset_key(self) -> AssetKey | None:
        """The asset that a materialization is of; None for everything else."""
        return None if self.dagster_event is None else self.dagster_event.asset_key

    @property
    def asset_materialization(self) -> AssetMaterialization | None:
        """What a materialization announces; None for everything else."""
        data = None if self.dagster_event is None else self.dagster_event.event_specific_data
        return None if data is None else data.materialization


@dataclass(frozen=True, slots=True)
class StreamedEvent:
    """One event of a code location's stream, as listeners read it.

    Args:
        location: The code location it happened in.
        ident: Its id in the stream: a later event's is greater.
        kind: The value of a :class:`DagsterEventType`, or another kind of the system's own.
        at: When, ms since the epoch, by the store's clock.
        fields: What the stream has of it, as texts: ``run``, ``job``, ``message`` and so on.
    """

    location: str
    ident: str
    kind: str
    at: int
    fields: Mapping[str, str]

    @property
    def run_id(self) -> str | None:
        """The run that it is about; None if it is about something else."""
        return self.fields.get("run")

    @property
    def job_name(self) -> str | None:
        """The run's job; None if it is about something else."""
        return self.fields.get("job")
