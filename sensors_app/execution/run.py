"""Runs a plan, step by step, in this process.

The same code serves ``execute_in_process`` and the workers; they differ in the recorder alone.
What user code raises is told apart from what the recorder raises: the first fails a step, the
second (the run was lost, the store is away) passes through untouched and nothing more is recorded.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sensors_app.errors import DagsterExecutionStepExecutionError
from sensors_app.execution.context import StepContext
from sensors_app.execution.logs import STDERR, RecorderHandler, user_logger
from sensors_app.execution.plan import OutputRef, Plan, Step, StepInput
from sensors_app.model.errors import SerializableErrorInfo, describe_exception, is_ours
from sensors_app.model.events import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    EventSpecificData,
)
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance, RunClaimLost, RunRecorder


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What running a plan came to.

    Args:
        outputs: The value of every output that was yielded.
        failed_steps: The steps that failed, in the order in which they did.
        error: What the first of them raised; None if none failed.
    """

    outputs: Mapping[OutputRef, Any]
    failed_steps: tuple[str, ...]
    error: BaseException | None

    @property
    def success(self) -> bool:
        """Whether no step failed."""
        return not self.failed_steps


def run_plan(
    plan: Plan, run: DagsterRun, recorder: RunRecorder, *, instance: Instance | None = None
) -> PlanResult:
    """Run every step whose inputs there are, and report it all to ``recorder``.

    A step that raises fails the run, but steps that do not depend on it still run. So does one
    that calls ``sys.exit``: user code cannot end a worker.

    Args:
        plan: The steps.
        run: The run that they are the content of.
        recorder: Where progress goes.
        instance: What user code gets as ``context.instance``.

    Raises:
        RunClaimLost: The recorder said that the run is no longer ours.
        KeyboardInterrupt: The process was interrupted; the run is recorded as failed.
    """
    return _PlanRun(plan, run, recorder, instance).execute()


class _PlanRun:
    def __init__(
        self, plan: Plan, run: DagsterRun, recorder: RunRecorder, instance: Instance | None
    ) -> None:
        self._plan = plan
        self._run = run
        self._recorder = recorder
        self._instance = instance
        self._outputs: dict[OutputRef, Any] = {}
        self._failures: dict[str, DagsterEvent] = {}
        self._error: BaseException | None = None

    def execute(self) -> PlanResult:
        text = f'Started execution of run for "{self._plan.job_name}".'
        self._recorder.started(self._event(DagsterEventType.RUN_START, text))
        try:
            for step in self._plan.steps:
                if self._has_inputs(step):
                    self._recorder.check()
                    self._run_step(step)
            self._recorder.check()
        except KeyboardInterrupt:
            self._recorder.finished(self._run_failure("Execution was interrupted unexpectedly."))
            raise
        self._recorder.finished(self._end())
        return PlanResult(self._outputs, tuple(self._failures), self._error)

    # ---- one step

    def _has_inputs(self, step: Step) -> bool:
        return all(source in self._outputs for each in step.inputs for source in each.sources)

    def _run_step(self, step: Step) -> None:
        key = step.key
        self._tell(DagsterEventType.STEP_START, f'Started execution of step "{key}".', key)
        began = time.perf_counter()
        inputs = {each.name: self._input_value(each) for each in step.inputs}
        for name in inputs:
            text = f'Got input "{name}" of type "Any". (Type check passed).'
            self._tell(DagsterEventType.STEP_INPUT, text, key)
        try:
            for name, value in self._compute(step, inputs):
                self._keep_output(key, name, value)
        except DagsterExecutionStepExecutionError as error:
            # What the code raised may be its own wrapping of the loss of the run.
            self._recorder.check()
            self._fail_step(key, error)
            return
        took = _duration_text(time.perf_counter() - began)
        text = f'Finished execution of step "{key}" in {took}.'
        self._tell(DagsterEventType.STEP_SUCCESS, text, key)

    def _input_value(self, each: StepInput) -> Any:
        values = [self._outputs[source] for source in each.sources]
        return values if each.is_list else values[0]

    def _compute(self, step: Step, inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield what the step's code yields, with what it raises as the cause of our error."""
        run = self._run
        handler = RecorderHandler(self._recorder, run.run_id, self._plan.job_name, step.key)
        context = StepContext(
            run=run,
            step_key=step.key,
            config=step.config,
            run_config=self._plan.run_config,
            log=user_logger(handler, STDERR),
            instance=self._instance,
        )
        outputs = _lazily(step, context, inputs)
        while True:
            try:
                output = next(outputs)
            except StopIteration:
                return
            except (RunClaimLost, KeyboardInterrupt):
                raise
            except BaseException as error:
                raise DagsterExecutionStepExecutionError(
                    f'Error occurred while executing op "{step.key}":'
                ) from error
            yield output

    def _keep_output(self, step_key: str, name: str, value: Any) -> None:
        self._recorder.check()
        self._outputs[OutputRef(step_key, name)] = value
        self._tell(
            DagsterEventType.STEP_OUTPUT,
            f'Yielded output "{name}" of type "Any". (Type check passed).',
            step_key,
            EventSpecificData(output_name=name),
        )

    def _fail_step(self, step_key: str, error: DagsterExecutionStepExecutionError) -> None:
        if self._error is None:
            self._error = error.__cause__
        self._failures[step_key] = self._tell(
            DagsterEventType.STEP_FAILURE,
            f'Execution of step "{step_key}" failed.',
            step_key,
            EventSpecificData(error=_user_error(error)),
            level=logging.ERROR,
        )

    # ---- events

    def _end(self) -> DagsterEvent:
        if self._failures:
            return self._run_failure(f"Steps failed: {list(self._failures)}.")
        text = f'Finished execution of run for "{self._plan.job_name}".'
        return self._event(DagsterEventType.RUN_SUCCESS, text)

    def _run_failure(self, why: str) -> DagsterEvent:
        first = next(iter(self._failures.values()), None)
        cause = first.event_specific_data if first is not None else None
        data = EventSpecificData(
            error=None if cause is None else cause.error, first_step_failure_event=first
        )
        text = f'Execution of run for "{self._plan.job_name}" failed. {why}'
        return self._event(DagsterEventType.RUN_FAILURE, text, data=data)

    def _event(
        self,
        kind: DagsterEventType,
        message: str,
        step_key: str | None = None,
        data: EventSpecificData | None = None,
    ) -> DagsterEvent:
        return DagsterEvent(kind.value, self._plan.job_name, step_key, message, data)

    def _tell(
        self,
        kind: DagsterEventType,
        message: str,
        step_key: str,
        data: EventSpecificData | None = None,
        level: int = logging.DEBUG,
    ) -> DagsterEvent:
        event = self._event(kind, message, step_key, data)
        self._recorder.entry(
            EventLogEntry(
                run_id=self._run.run_id,
                job_name=self._plan.job_name,
                timestamp=time.time(),
                user_message=message,
                level=level,
                step_key=step_key,
                dagster_event=event,
            )
        )
        return event


def _lazily(
    step: Step, context: StepContext, inputs: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    yield from step.compute(context, inputs)


def _user_error(error: BaseException) -> SerializableErrorInfo:
    return describe_exception(error, keep_frame=lambda filename: not is_ours(filename))


def _duration_text(seconds: float) -> str:
    return f"{seconds:.2f}s" if seconds >= 1 else f"{seconds * 1000:.3g}ms"
