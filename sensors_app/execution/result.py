"""What ``execute_in_process`` returns."""

from collections.abc import Callable, Sequence
from typing import Any

from sensors_app.errors import CheckError, DagsterError, DagsterInvariantViolationError
from sensors_app.execution.plan import OutputRef, Plan, Step
from sensors_app.execution.run import PlanResult
from sensors_app.model.assets import AssetKey, to_asset_key
from sensors_app.model.events import DagsterEvent, DagsterEventType
from sensors_app.model.runs import DagsterRun


class ExecuteInProcessResult:
    """How a run in this process went: its events, and the values of its outputs.

    Args:
        plan: What was run.
        result: What it came to.
        events: Everything that happened, in order.
        dagster_run: The run, as it is now that it has ended.
    """

    def __init__(
        self,
        plan: Plan,
        result: PlanResult,
        events: Sequence[DagsterEvent],
        dagster_run: DagsterRun,
    ) -> None:
        self._steps = {step.key: step for step in plan.steps}
        self._job_name = plan.job_name
        self._result = result
        self._events = list(events)
        self._dagster_run = dagster_run

    @property
    def success(self) -> bool:
        """Whether no step failed."""
        return self._result.success

    @property
    def run_id(self) -> str:
        """The run's identity."""
        return self._dagster_run.run_id

    @property
    def dagster_run(self) -> DagsterRun:
        """The run, as it was when it had ended."""
        return self._dagster_run

    @property
    def all_events(self) -> list[DagsterEvent]:
        """Every event of the run, oldest first."""
        return list(self._events)

    def filter_events(self, event_filter: Callable[[DagsterEvent], bool]) -> list[DagsterEvent]:
        """Return the events for which ``event_filter`` returns True, oldest first."""
        return [event for event in self._events if event_filter(event)]

    def events_for_node(self, node_name: str) -> list[DagsterEvent]:
        """Return the events of one op; none for one that did not run."""
        return self.filter_events(lambda event: event.step_key == node_name)

    def output_for_node(self, node_str: str, output_name: str = "result") -> Any:
        """Return the value of an op's output.

        Raises:
            DagsterInvariantViolationError: There is no such op or output, or it yielded nothing.
        """
        step = self._step(node_str)
        if output_name not in {each.name for each in step.outputs}:
            raise DagsterInvariantViolationError(f"{node_str} has no output named {output_name}.")
        try:
            return self._result.outputs[OutputRef(node_str, output_name)]
        except KeyError:
            raise DagsterInvariantViolationError(
                f"No outputs found for output '{output_name}' from node '{node_str}'."
            ) from None

    def asset_value(self, asset_key: AssetKey | str | Sequence[str]) -> Any:
        """Return the value of an asset that was brought about.

        Raises:
            CheckError: It was not.
        """
        key = to_asset_key("asset_key", asset_key)
        for event in self._events:
            if event.asset_key == key and event.step_key is not None:
                return self.output_for_node(event.step_key)
        raise CheckError(f"The run brought no asset {key.to_user_string()} about.")

    def is_node_success(self, node_str: str) -> bool:
        """Whether an op ran to its end."""
        return self._has(DagsterEventType.STEP_SUCCESS, node_str)

    def is_node_failed(self, node_str: str) -> bool:
        """Whether an op failed."""
        return self._has(DagsterEventType.STEP_FAILURE, node_str)

    def is_node_skipped(self, node_str: str) -> bool:
        """Whether an op did not run since an op above it yielded nothing for it."""
        return self._has(DagsterEventType.STEP_SKIPPED, node_str)

    def retry_attempts_for_node(self, node_str: str) -> int:
        """Return how often an op was tried again."""
        events = self.events_for_node(node_str)
        return sum(event.event_type is DagsterEventType.STEP_RESTARTED for event in events)

    def is_node_untouched(self, node_str: str) -> bool:
        """Whether nothing happened to an op at all."""
        return not self.events_for_node(node_str)

    def get_failed_step_keys(self) -> set[str]:
        """Return the names of the ops that failed."""
        return set(self._result.failed_steps)

    def get_run_success_event(self) -> DagsterEvent:
        """Return the event that ended the run well.

        Raises:
            DagsterError: There is none, since the run failed.
        """
        return self._only(DagsterEventType.RUN_SUCCESS)

    def get_run_failure_event(self) -> DagsterEvent:
        """Return the event that ended the run badly.

        Raises:
            DagsterError: There is none, since the run succeeded.
        """
        return self._only(DagsterEventType.RUN_FAILURE)

    # What Dagster called them while jobs were what a result was about.
    get_job_success_event = get_run_success_event
    get_job_failure_event = get_run_failure_event

    def _step(self, node_str: str) -> Step:
        try:
            return self._steps[node_str]
        except KeyError:
            raise DagsterInvariantViolationError(
                f"{self._job_name} has no op named {node_str}."
            ) from None

    def _has(self, kind: DagsterEventType, step_key: str) -> bool:
        return any(event.event_type is kind for event in self.events_for_node(step_key))

    def _only(self, kind: DagsterEventType) -> DagsterEvent:
        for event in self._events:
            if event.event_type is kind:
                return event
        raise DagsterError(f"No event of type DagsterEventType.{kind.value} found.")
