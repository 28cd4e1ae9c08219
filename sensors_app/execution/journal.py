"""Writes what happens in a run to its recorder."""

import logging
import time
from dataclasses import replace

from sensors_app.errors import (
    CheckError,
    DagsterError,
    DagsterExecutionStepExecutionError,
    DagsterMaxRetriesExceededError,
)
from sensors_app.execution.logs import STDERR, RecorderHandler, user_logger
from sensors_app.execution.signals import Failure
from sensors_app.model.assets import AssetMaterialization
from sensors_app.model.errors import SerializableErrorInfo, describe_exception, is_ours
from sensors_app.model.events import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    EventSpecificData,
)
from sensors_app.ports import RunRecorder


class Journal:
    """The events of one run.

    Args:
        recorder: Gets them.
        run_id: The run.
        job_name: Its job.
    """

    def __init__(self, recorder: RunRecorder, run_id: str, job_name: str) -> None:
        self.recorder = recorder
        self._run_id = run_id
        self._job_name = job_name

    def event(
        self,
        kind: DagsterEventType,
        message: str,
        step_key: str | None = None,
        data: EventSpecificData | None = None,
    ) -> DagsterEvent:
        """Return an event of this run, which is not yet recorded."""
        return DagsterEvent(kind.value, self._job_name, step_key, message, data)

    def tell(
        self,
        kind: DagsterEventType,
        message: str,
        step_key: str | None = None,
        data: EventSpecificData | None = None,
    ) -> DagsterEvent:
        """Record an event, and return it."""
        event = self.event(kind, message, step_key, data)
        self.recorder.entry(
            EventLogEntry(
                run_id=self._run_id,
                job_name=self._job_name,
                timestamp=time.time(),
                user_message=message,
                level=logging.ERROR if event.is_failure else logging.DEBUG,
                step_key=step_key,
                dagster_event=event,
            )
        )
        return event

    def tell_materialization(self, step_key: str, materialization: AssetMaterialization) -> None:
        """Record that a step brought an asset about."""
        name = " ".join(materialization.asset_key.parts)
        text = materialization.description or f"Materialized value {name}."
        data = EventSpecificData(materialization=materialization)
        self.tell(DagsterEventType.ASSET_MATERIALIZATION, text, step_key, data)

    def logger(self, step_key: str | None = None) -> logging.Logger:
        """Return a new logger for user code, whose lines go to the run's log and to stderr."""
        handler = RecorderHandler(self.recorder, self._run_id, self._job_name, step_key)
        return user_logger(handler, STDERR)


def step_error_info(step_key: str, error: BaseException) -> SerializableErrorInfo:
    """Return what is kept of an exception that failed a step.

    An ordinary exception of user code becomes the cause of an error that names the step. Errors of
    ours, and those that are raised on purpose, speak for themselves.
    """
    speaks_for_itself = isinstance(error, DagsterError | Failure) and not isinstance(
        error, CheckError
    )
    if isinstance(error, DagsterMaxRetriesExceededError):
        return replace(error_info(error), message=f"{error}\n")  # as Dagster has it
    if speaks_for_itself or not isinstance(error, Exception):
        return error_info(error)
    text = f'Error occurred while executing op "{step_key}":'
    wrapped = DagsterExecutionStepExecutionError(text)
    wrapped.__cause__ = error
    return error_info(wrapped)


def exceeded_retries(max_retries: int, error: BaseException) -> DagsterMaxRetriesExceededError:
    """Return the error of a step that failed once too often, with what it raised as its cause."""
    exceeded = DagsterMaxRetriesExceededError(f"Exceeded max_retries of {max_retries}")
    exceeded.__cause__ = error
    return exceeded


def error_info(error: BaseException) -> SerializableErrorInfo:
    """Return what is kept of an exception, without the frames of this package."""
    return describe_exception(error, keep_frame=lambda filename: not is_ours(filename))
