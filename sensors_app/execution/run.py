"""Runs a plan, step by step, in this process.

The same code serves ``execute_in_process`` and the workers; they differ in the recorder alone.
What user code raises is told apart from what the recorder raises: the first fails a step, the
second (the run was lost, the store is away) passes through untouched and nothing more is recorded.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from sensors_app.errors import DagsterExecutionInterruptedError
from sensors_app.execution.journal import Journal, error_info
from sensors_app.execution.plan import OutputRef, Plan, Step, StepInput
from sensors_app.execution.resources import ScopedResources, open_resources
from sensors_app.execution.step import StepRunner
from sensors_app.model.cancellation import RunWish, overdue_message
from sensors_app.model.events import DagsterEvent, DagsterEventType, EventSpecificData
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance, RunClaimLost, RunRecorder


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What running a plan came to.

    Args:
        outputs: The value of every output that was yielded.
        failed_steps: The steps that failed, in the order in which they did.
        error: What the first failure raised; None if there was none.
    """

    outputs: Mapping[OutputRef, Any]
    failed_steps: tuple[str, ...]
    error: BaseException | None

    @property
    def success(self) -> bool:
        """Whether nothing failed."""
        return self.error is None


def run_plan(
    plan: Plan,
    run: DagsterRun,
    recorder: RunRecorder,
    *,
    instance: Instance | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> PlanResult:
    """Run every step whose inputs there are, and report it all to ``recorder``.

    A step that raises fails the run, but steps that do not depend on it still run. So does one
    that calls ``sys.exit``: user code cannot end a worker.

    Args:
        plan: The steps.
        run: The run that they are the content of.
        recorder: Where progress goes.
        instance: What user code gets as ``context.instance``.
        pause: Waits for some seconds, before a retry.

    Raises:
        RunClaimLost: The recorder said that the run is no longer ours.
        KeyboardInterrupt: The process was interrupted; the run is recorded as failed.
    """
    journal = Journal(recorder, run.run_id, plan.job_name)
    return _PlanRun(plan, run, journal, instance, pause).execute()


class _PlanRun:
    def __init__(
        self,
        plan: Plan,
        run: DagsterRun,
        journal: Journal,
        instance: Instance | None,
        pause: Callable[[float], None],
    ) -> None:
        self._plan = plan
        self._run = run
        self._journal = journal
        self._instance = instance
        self._pause = pause
        self._outputs: dict[OutputRef, Any] = {}
        self._failures: dict[str, DagsterEvent | None] = {}
        self._done: set[str] = set()  # steps that succeeded or were skipped
        self._error: BaseException | None = None

    def execute(self) -> PlanResult:
        text = f'Started execution of run for "{self._plan.job_name}".'
        event = self._journal.event(DagsterEventType.RUN_START, text)
        try:
            self._journal.recorder.started(event)
            with self._resources() as resources:
                if resources is not None:
                    self._run_steps(resources)
            self._journal.recorder.check()
        except KeyboardInterrupt:
            self._finish_badly("Execution was interrupted unexpectedly.")
            raise
        except DagsterExecutionInterruptedError as interruption:
            self._finish_interrupted(interruption)
        else:
            self._finish()
        return PlanResult(self._outputs, tuple(self._failures), self._error)

    # ---- resources

    @contextmanager
    def _resources(self) -> Iterator[ScopedResources | None]:
        """Make the run's resources; None if that failed, which fails the run."""
        specs = self._plan.resources
        if not specs:
            yield ScopedResources({})
            return
        names = f"[{', '.join(sorted(specs))}]"
        tell = self._journal.tell
        text = f"Starting initialization of resources {names}."
        tell(DagsterEventType.RESOURCE_INIT_STARTED, text)
        log = self._journal.logger()
        with ExitStack() as stack:
            try:
                resources = stack.enter_context(
                    open_resources(
                        specs,
                        log,
                        instance=self._instance,
                        run=self._run,
                        user_code=self._journal.recorder.user_code,
                    )
                )
            except (RunClaimLost, KeyboardInterrupt, DagsterExecutionInterruptedError):
                raise
            except BaseException as error:  # noqa: BLE001 -- user code may raise anything
                self._journal.recorder.check()
                self._error = error
                data = EventSpecificData(error=error_info(error))
                text = f"Initialization of resources {names} failed."
                tell(DagsterEventType.RESOURCE_INIT_FAILURE, text, data=data)
                yield None
            else:
                text = f"Finished initialization of resources {names}."
                tell(DagsterEventType.RESOURCE_INIT_SUCCESS, text)
                yield resources

    # ---- steps

    def _run_steps(self, resources: ScopedResources) -> None:
        runner = StepRunner(
            self._plan, self._run, self._journal, self._instance, resources, self._pause
        )
        for step in self._plan.steps:
            if any(self._is_skipped(each) for each in step.inputs):
                text = f'Skipped execution of step "{step.key}".'
                self._journal.tell(DagsterEventType.STEP_SKIPPED, text, step.key)
                self._done.add(step.key)
            elif all(source.step_key in self._done for source in _sources(step)):
                self._journal.recorder.check()
                self._run_step(runner, step)

    def _is_skipped(self, each: StepInput) -> bool:
        """Tell whether everything an input is made of was left out by steps that went well."""
        return bool(each.sources) and all(
            source.step_key in self._done and source not in self._outputs for source in each.sources
        )

    def _run_step(self, runner: StepRunner, step: Step) -> None:
        inputs = {each.name: self._input_value(each) for each in step.inputs}
        result = runner.run_step(step, inputs)
        if result.error is None:
            for name, value in result.outputs.items():
                self._outputs[OutputRef(step.key, name)] = value
            self._done.add(step.key)
            return
        self._failures[step.key] = result.failure
        if self._error is None:
            self._error = result.error

    def _input_value(self, each: StepInput) -> Any:
        if not each.sources:
            return each.value
        values = [self._outputs[source] for source in each.sources if source in self._outputs]
        return values if each.is_list else values[0]

    # ---- the end

    def _finish(self) -> None:
        if self._failures:
            self._finish_badly(f"Steps failed: {list(self._failures)}.")
        elif self._error is not None:
            self._finish_badly("An exception was thrown during execution.")
        else:
            text = f'Finished execution of run for "{self._plan.job_name}".'
            event = self._journal.event(DagsterEventType.RUN_SUCCESS, text)
            self._journal.recorder.finished(event)

    def _finish_interrupted(self, interruption: DagsterExecutionInterruptedError) -> None:
        """End a run that was to end, or whose code raised what says so for reasons of its own."""
        recorder = self._journal.recorder
        self._error = self._error or interruption
        if recorder.wish is RunWish.CANCEL:
            kind = DagsterEventType.RUN_CANCELED
            text = f'Execution of run for "{self._plan.job_name}" canceled.'
        elif recorder.wish is RunWish.OVERDUE:
            kind = DagsterEventType.RUN_FAILURE
            text = overdue_message(self._run.tags)
        else:
            self._finish_badly("Execution was interrupted unexpectedly.")
            return
        data = EventSpecificData(error=error_info(interruption))
        recorder.finished(self._journal.event(kind, text, data=data))

    def _finish_badly(self, why: str) -> None:
        first = next(iter(self._failures.values()), None)
        if first is not None and first.event_specific_data is not None:
            error = first.event_specific_data.error
        else:
            error = None if self._error is None else error_info(self._error)
        text = f'Execution of run for "{self._plan.job_name}" failed. {why}'
        data = EventSpecificData(error=error, first_step_failure_event=first)
        event = self._journal.event(DagsterEventType.RUN_FAILURE, text, data=data)
        self._journal.recorder.finished(event)


def _sources(step: Step) -> Iterator[OutputRef]:
    for each in step.inputs:
        yield from each.sources
