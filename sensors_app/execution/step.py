"""Runs one step: its attempts, its outputs, its hooks."""

import logging
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from sensors_app.errors import (
    DagsterExecutionInterruptedError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    DagsterTypeCheckDidNotPass,
)
from sensors_app.execution.context import StepContext
from sensors_app.execution.hooks import call_hooks
from sensors_app.execution.journal import Journal, exceeded_retries, step_error_info
from sensors_app.execution.plan import OutputValue, Plan, Step, ValueType, Yielded
from sensors_app.execution.resources import ScopedResources
from sensors_app.execution.retry import cause_of, max_retries, may_retry, seconds_before
from sensors_app.model.events import DagsterEvent, DagsterEventType, EventSpecificData
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance, RunClaimLost

# How long a wait goes on without asking whether the run is still ours.
LONGEST_PAUSE_SECONDS = 1.0


class _StepRaised(Exception):  # noqa: N818 -- control flow
    """Carries what user code, or a check of what it did, raised."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error


@dataclass(slots=True)
class StepResult:
    """What a step came to.

    Args:
        outputs: The values it yielded, by output.
        error: What the run is told that it raised; None if it succeeded.
        raised: What its code raised in its last attempt.
        failure: The event that announced that; None if it succeeded.
    """

    outputs: dict[str, Any] = field(default_factory=dict)
    error: BaseException | None = None
    raised: BaseException | None = None
    failure: DagsterEvent | None = None


@dataclass(frozen=True, slots=True)
class StepRunner:
    """Runs the steps of one run.

    Args:
        plan: What they are steps of.
        run: The run.
        journal: Where events go.
        instance: What user code gets as ``context.instance``.
        resources: Everything that was made for the run.
        pause: Waits for some seconds.
    """

    plan: Plan
    run: DagsterRun
    journal: Journal
    instance: Instance | None
    resources: ScopedResources
    pause: Callable[[float], None]

    def run_step(self, step: Step, inputs: Mapping[str, Any]) -> StepResult:
        """Run a step until it succeeds or is not to be retried, then its hooks.

        Args:
            step: The step.
            inputs: The values of its inputs.

        Raises:
            RunClaimLost: The run is no longer ours.
            DagsterExecutionInterruptedError: It is to end.
        """
        result = StepResult()
        text = f'Started execution of step "{step.key}".'
        self.journal.tell(DagsterEventType.STEP_START, text, step.key)
        try:
            context = self._run_attempts(step, inputs, result)
        except DagsterExecutionInterruptedError as error:
            self._fail(step, error, result)
            raise
        call_hooks(self.journal, step, context, result.raised)
        return result

    def _run_attempts(
        self, step: Step, inputs: Mapping[str, Any], result: StepResult
    ) -> StepContext:
        """Try a step until it succeeds or is not to be retried; return its last context."""
        key = step.key
        log = self.journal.logger(key)
        retries = 0
        while True:
            result.outputs.clear()
            began = time.perf_counter()
            context = self._context(step, log, retries)
            try:
                self._attempt(step, context, inputs, result.outputs)
            except _StepRaised as raised:
                # What the code raised may be its own wrapping of the loss of the run.
                self.journal.recorder.check()
                if self._retry(step, raised.error, retries):
                    retries += 1
                    continue
                self._fail(step, raised.error, result)
            else:
                took = _duration_text(time.perf_counter() - began)
                text = f'Finished execution of step "{key}" in {took}.'
                self.journal.tell(DagsterEventType.STEP_SUCCESS, text, key)
            return context

    def _context(self, step: Step, log: logging.Logger, retries: int) -> StepContext:
        return StepContext(
            run=self.run,
            step_key=step.key,
            config=step.config,
            run_config=self.plan.run_config,
            log=log,
            instance=self.instance,
            resources=self.resources.only(step.resource_keys),
            retry_number=retries,
            report=lambda each: self.journal.tell_materialization(step.key, each),
        )

    # ---- one attempt

    def _attempt(
        self,
        step: Step,
        context: StepContext,
        inputs: Mapping[str, Any],
        outputs: dict[str, Any],
    ) -> None:
        passed = {}
        for each in step.inputs:
            if each.is_passed:
                passed[each.name] = inputs[each.name]
                checked = f'Got input "{each.name}"', inputs[each.name], each.value_type
                self._check_type(step.key, "input", each.name, DagsterEventType.STEP_INPUT, checked)
        with closing(self._yielded(step, context, passed)) as all_yielded:
            for yielded in all_yielded:
                self.journal.recorder.check()
                if isinstance(yielded, OutputValue):
                    self._keep(step, yielded, outputs)
                else:
                    self.journal.tell_materialization(step.key, yielded)
        for output in step.outputs:
            if output.name not in outputs and output.is_implied:
                self._keep(step, OutputValue(output.name, None), outputs)
            elif output.name not in outputs and output.is_required:
                raise _StepRaised(
                    DagsterStepOutputNotFoundError(
                        f'Core compute for op "{step.key}" did not return an output for '
                        f'non-optional output "{output.name}"'
                    )
                )

    def _yielded(
        self, step: Step, context: StepContext, inputs: Mapping[str, Any]
    ) -> Generator[Yielded]:
        """Yield what the step's code yields, and tell what it raises from what we raise."""
        yielded = _lazily(step, context, inputs)
        try:
            while True:
                try:
                    with self.journal.recorder.user_code():
                        each = next(yielded)
                except StopIteration:
                    return
                except (RunClaimLost, KeyboardInterrupt, DagsterExecutionInterruptedError):
                    raise
                except BaseException as error:
                    raise _StepRaised(error) from error
                yield each
        finally:
            self._close(step, yielded)

    def _close(self, step: Step, yielded: Generator[Yielded]) -> None:
        """Have a step that is not asked for more clean up now, before its resources end."""
        try:
            yielded.close()
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 -- what matters is why it is not asked for more
            self.journal.logger(step.key).exception('Step "%s" failed to clean up.', step.key)

    def _keep(self, step: Step, each: OutputValue, outputs: dict[str, Any]) -> None:
        name = each.output_name
        known = {output.name: output.value_type for output in step.outputs}
        if name not in known:
            problem = f'an output "{name}" that does not exist. '
            problem += f"The available outputs are {list(known)}"
        elif name in outputs:
            problem = f'an output "{name}" multiple times'
        else:
            checked = f'Yielded output "{name}"', each.value, known[name]
            self._check_type(step.key, "output", name, DagsterEventType.STEP_OUTPUT, checked)
            outputs[name] = each.value
            return
        text = f'Compute for op "{step.key}" returned {problem}'
        raise _StepRaised(DagsterInvariantViolationError(text))

    def _check_type(
        self,
        step_key: str,
        side: str,
        name: str,
        kind: DagsterEventType,
        checked: tuple[str, Any, ValueType],
    ) -> None:
        text, value, value_type = checked
        mismatch = value_type.mismatch(value)
        verdict = "passed" if mismatch is None else "failed"
        self.journal.tell(
            kind,
            f'{text} of type "{value_type.label}". (Type check {verdict}).',
            step_key,
            EventSpecificData(output_name=name) if side == "output" else None,
        )
        if mismatch is not None:
            raise _StepRaised(
                DagsterTypeCheckDidNotPass(
                    f'Type check failed for step {side} "{name}" - expected type '
                    f'"{value_type.label}". Description: {mismatch}'
                )
            )

    # ---- after an attempt

    def _retry(self, step: Step, error: BaseException, retries: int) -> bool:
        """Tell whether to try again; if so, the wait is over on return."""
        if retries >= max_retries(step.retry_policy, error):
            return False
        seconds = seconds_before(step.retry_policy, error, retries + 1)
        wait = "" if seconds is None else f" in {seconds:g} seconds"
        text = f'Execution of step "{step.key}" failed and has requested a retry{wait}.'
        data = EventSpecificData(error=step_error_info(step.key, cause_of(error)))
        self.journal.tell(DagsterEventType.STEP_UP_FOR_RETRY, text, step.key, data)
        end = time.monotonic() + (seconds or 0.0)
        while (left := end - time.monotonic()) > 0:
            with self.journal.recorder.user_code():
                self.pause(min(left, LONGEST_PAUSE_SECONDS))
            self.journal.recorder.check()
        text = f'Started re-execution (attempt # {retries + 2}) of step "{step.key}".'
        self.journal.tell(DagsterEventType.STEP_RESTARTED, text, step.key)
        return True

    def _fail(self, step: Step, error: BaseException, result: StepResult) -> None:
        result.error = result.raised = error
        if may_retry(step.retry_policy, error):
            result.error = exceeded_retries(max_retries(step.retry_policy, error), cause_of(error))
        result.failure = self.journal.tell(
            DagsterEventType.STEP_FAILURE,
            f'Execution of step "{step.key}" failed.',
            step.key,
            EventSpecificData(error=step_error_info(step.key, result.error)),
        )


def _lazily(step: Step, context: StepContext, inputs: Mapping[str, Any]) -> Generator[Yielded]:
    yield from step.compute(context, inputs)


def _duration_text(seconds: float) -> str:
    return f"{seconds:.2f}s" if seconds >= 1 else f"{seconds * 1000:.3g}ms"
