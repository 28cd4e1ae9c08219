"""What an op's function gets as its context."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sensors_app.errors import CheckError, DagsterInvariantViolationError
from sensors_app.execution.context import StepContext
from sensors_app.execution.logs import STDERR, user_logger
from sensors_app.execution.resources import ScopedResources
from sensors_app.model.assets import AssetMaterialization
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance

if TYPE_CHECKING:
    from sensors_app.definitions.op import OpDefinition


class OpExecutionContext:
    """The run an op is part of, its config, and where it logs.

    Args:
        step: The step that runs the op.
        op_def: The op.
    """

    def __init__(self, step: StepContext, op_def: "OpDefinition") -> None:
        self._step = step
        self._op_def = op_def

    @property
    def op_config(self) -> Any:
        """The op's config, with defaults filled in; None if it got none."""
        return self._step.config

    @property
    def log(self) -> logging.Logger:
        """Writes to the run's log, and to stderr."""
        return self._step.log

    @property
    def op_def(self) -> "OpDefinition":
        """The op."""
        return self._op_def

    @property
    def run(self) -> DagsterRun:
        """The run, as it was when it began."""
        return self._step.run

    @property
    def dagster_run(self) -> DagsterRun:
        """The run, as it was when it began."""
        return self._step.run

    @property
    def run_id(self) -> str:
        """The run's identity."""
        return self._step.run.run_id

    @property
    def job_name(self) -> str:
        """The run's job."""
        return self._step.run.job_name

    @property
    def run_config(self) -> Mapping[str, Any]:
        """The whole run's config, as it was given."""
        return self._step.run_config

    @property
    def run_tags(self) -> Mapping[str, str]:
        """The run's tags."""
        return self._step.run.tags

    @property
    def retry_number(self) -> int:
        """How often the op was tried before, in this run."""
        return self._step.retry_number

    @property
    def resources(self) -> ScopedResources:
        """The resources that the op requires, as attributes."""
        return self._step.resources

    @property
    def instance(self) -> Instance:
        """Where the run is kept.

        Raises:
            DagsterInvariantViolationError: The run is kept nowhere.
        """
        if self._step.instance is None:
            raise DagsterInvariantViolationError(
                "This run has no instance. Pass one: "
                "job.execute_in_process(instance=DagsterInstance.ephemeral())."
            )
        return self._step.instance

    def has_tag(self, key: str) -> bool:
        """Tell whether the run has a tag."""
        return key in self._step.run.tags

    def get_tag(self, key: str) -> str | None:
        """Return a tag of the run; None if it has none of that name."""
        return self._step.run.tags.get(key)

    def log_event(self, event: AssetMaterialization) -> None:
        """Record that the op brought an asset about.

        Raises:
            CheckError: The event is of another kind.
        """
        if not isinstance(event, AssetMaterialization):
            raise CheckError(f"Unexpected event {event!r}. Log an AssetMaterialization.")
        self._step.report(event)


def direct_context(op_def: "OpDefinition") -> OpExecutionContext:
    """Return the context of an op that is called directly, outside of any run."""
    step = StepContext(
        run=DagsterRun(job_name="", run_id=""),
        step_key=op_def.name,
        config=None,
        run_config={},
        log=user_logger(STDERR),
        instance=None,
        resources=ScopedResources({}),
        retry_number=0,
        report=lambda _materialization: None,
    )
    return OpExecutionContext(step, op_def)
