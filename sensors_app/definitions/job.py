"""Jobs: graphs of ops, the unit of what can be run."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NoReturn

from sensors_app.definitions.compile import (
    compile_steps,
    needed_resources,
    resolved_run_config,
    run_config_type,
)
from sensors_app.definitions.config_schema import Shape, resolve_config
from sensors_app.definitions.graph import Node
from sensors_app.definitions.hook import HookDefinition, checked_hooks
from sensors_app.definitions.names import valid_name
from sensors_app.definitions.resource import (
    ResourceDefinition,
    resource_definitions,
    resource_specs,
)
from sensors_app.definitions.run_config import RunConfig
from sensors_app.definitions.select import select_assets, select_nodes
from sensors_app.errors import CheckError, DagsterInvariantViolationError
from sensors_app.execution.collector import EventCollector
from sensors_app.execution.plan import Plan
from sensors_app.execution.result import ExecuteInProcessResult
from sensors_app.execution.retry import RetryPolicy
from sensors_app.execution.run import run_plan
from sensors_app.model import checks
from sensors_app.model.assets import AssetKey
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.ports import Instance


class JobDefinition:
    """A graph of ops; made with ``@job``.

    Args:
        name: Its name.
        nodes: The uses of ops it consists of, each after those it depends on.
        description: For people.
        tags: Put on each of its runs, where a request's tags win. Values that are no text become
            their JSON. Some steer its runs: ``dagster/priority`` (an integer; higher starts first),
            ``dagster/max_retries`` with ``sensors_app/retry_delay`` (how often, and after how many
            seconds, a failed run is run again), ``dagster/max_runtime`` (seconds).
        resource_defs: The resources that its ops read, by key.
        config: The run config of a run that is given none.
        hooks: Called for the end of each of its ops.
        op_retry_policy: How ops without a retry policy of their own are tried again.

    Raises:
        DagsterInvalidDefinitionError: The name, or a tag's value, cannot be a job's.
        CheckError: An argument has the wrong type.
    """

    def __init__(
        self,
        name: str,
        nodes: Sequence[Node],
        *,
        description: str | None = None,
        tags: Mapping[str, Any] | None = None,
        resource_defs: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | RunConfig | None = None,
        hooks: Collection[HookDefinition] | None = None,
        op_retry_policy: RetryPolicy | None = None,
    ) -> None:
        self.name = valid_name(name)
        self.nodes = tuple(nodes)
        self.description = checks.optional("description", description, str)
        self.tags = checks.tags("tags", tags)
        self.resource_defs = resource_definitions(resource_defs)
        self.config = checks.config_mapping("config", config)
        self.hooks = checked_hooks(hooks)
        self.op_retry_policy = checks.optional("op_retry_policy", op_retry_policy, RetryPolicy)

    def __call__(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: a job is run, not called.

        Raises:
            DagsterInvariantViolationError: Always.
        """
        raise DagsterInvariantViolationError(
            f"Attempted to call job '{self.name}' directly. Jobs should be invoked by using an "
            "execution API function (e.g. `job.execute_in_process`)."
        )

    def with_hooks(self, hook_defs: Collection[HookDefinition]) -> "JobDefinition":
        """Return it with more hooks.

        Raises:
            CheckError: One of them is no hook.
        """
        return self._but(hooks=self.hooks | checked_hooks(hook_defs))

    def with_resources(self, resources: Mapping[str, Any] | None) -> "JobDefinition":
        """Return it with these resources, which take the place of its own of the same key."""
        return self._but(resource_defs={**self.resource_defs, **resource_definitions(resources)})

    def selecting(self, op_selection: Sequence[str] | None) -> "JobDefinition":
        """Return it with the selected ops alone.

        Raises:
            DagsterInvalidSubsetError: Something else than ops of this job is selected.
        """
        return self._but(nodes=select_nodes(self.nodes, op_selection or ()))

    def selecting_assets(self, asset_selection: Sequence[AssetKey] | None) -> "JobDefinition":
        """Return it with the selected assets alone; None leaves it as it is.

        Raises:
            DagsterInvalidSubsetError: Something else than assets of this job is selected.
        """
        return self._but(nodes=select_assets(self.nodes, asset_selection))

    def resolve_run_config(
        self, run_config: Mapping[str, Any] | RunConfig | None
    ) -> dict[str, Any]:
        """Return a run config for this job with its defaults filled in.

        Raises:
            DagsterInvalidConfigError: It does not fit the job; the error lists every problem.
            ParameterCheckError: It is no mapping.
        """
        given = checks.config_mapping("run_config", run_config) or self.config
        preamble = f"Error in config for job {self.name}"
        return resolved_run_config(resolve_config(self._run_config_type, given, preamble))

    def plan(self, run_config: Mapping[str, Any] | RunConfig | None = None) -> Plan:
        """Return the job made ready to run with this config; None or ``{}`` is the job's own.

        Raises:
            DagsterInvalidConfigError: The config does not fit the job.
            DagsterInvalidDefinitionError: A resource is missing.
        """
        resolved = self.resolve_run_config(run_config)
        return Plan(
            job_name=self.name,
            steps=compile_steps(self.nodes, resolved, self.hooks, self.op_retry_policy),
            run_config=checks.config_mapping("run_config", run_config) or self.config,
            resources=resource_specs(self.needed_resources, resolved["resources"]),
        )

    def execute_in_process(
        self,
        run_config: Mapping[str, Any] | RunConfig | None = None,
        instance: Instance | None = None,
        *,
        raise_on_error: bool = True,
        op_selection: Sequence[str] | None = None,
        asset_selection: Sequence[AssetKey] | None = None,
        run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        resources: Mapping[str, Any] | None = None,
    ) -> ExecuteInProcessResult:
        """Run the job here and now, without workers.

        Args:
            run_config: Its configuration.
            instance: Where the run is kept; None keeps it nowhere.
            raise_on_error: Whether a failed op raises what it raised, once the run has ended.
            op_selection: Which of its ops to run, such as ``["one", "two*"]``; None for all.
            asset_selection: Which of its assets to bring about; None for all.
            run_id: The run's identity, a UUID as text; None for a new one.
            tags: Put on the run, beside the job's own.
            resources: Take the place of the job's own of the same key.

        Raises:
            DagsterInvalidConfigError: The config does not fit the job; there is no run then.
            DagsterInvalidDefinitionError: A resource is missing.
            DagsterInvalidSubsetError: Something else than ops or assets of this job is selected.
            CheckError: ``run_id`` is no UUID.
        """
        whole = self.with_resources(resources)
        part = whole.selecting(op_selection).selecting_assets(asset_selection)
        is_whole = not op_selection and asset_selection is None
        plan = part.plan(run_config if is_whole else part.config_of_nodes(run_config))
        all_tags = {**self.tags, **checks.tags("tags", tags)}
        run = self._new_run(plan, instance, all_tags, _valid_run_id(run_id))
        collector = EventCollector(None if instance is None else instance.recorder(run))
        result = run_plan(plan, run, collector, instance=instance)
        if raise_on_error and result.error is not None:
            raise result.error
        status = DagsterRunStatus.SUCCESS if result.success else DagsterRunStatus.FAILURE
        kept = None if instance is None else instance.get_run_by_id(run.run_id)
        ended = replace(run, status=status) if kept is None else kept
        return ExecuteInProcessResult(plan, result, collector.events, ended)

    def config_of_nodes(
        self, run_config: Mapping[str, Any] | RunConfig | None
    ) -> Mapping[str, Any]:
        """Return a run config without what it says of ops that this job does not have."""
        given = checks.config_mapping("run_config", run_config) or self.config
        ops = given.get("ops")
        if not isinstance(ops, Mapping):
            return given
        names = {node.name for node in self.nodes}
        return {**given, "ops": {name: ops[name] for name in ops if name in names}}

    def _new_run(
        self,
        plan: Plan,
        instance: Instance | None,
        tags: Mapping[str, str],
        run_id: str | None,
    ) -> DagsterRun:
        if instance is None:
            return DagsterRun(
                self.name, run_id or str(uuid.uuid4()), tags=tags, run_config=plan.run_config
            )
        return instance.create_run(
            job_name=self.name, run_config=plan.run_config, tags=tags, run_id=run_id
        )

    @cached_property
    def needed_resources(self) -> Mapping[str, ResourceDefinition]:
        """Those of its resources that its ops and hooks read, and what these require, by key.

        Raises:
            DagsterInvalidDefinitionError: One that an op or a hook requires is not there.
            DagsterInvariantViolationError: One that a resource requires is not there.
        """
        return needed_resources(self.name, self.nodes, self.hooks, self.resource_defs)

    @cached_property
    def _run_config_type(self) -> Shape:
        return run_config_type(self.nodes, self.needed_resources)

    def _but(self, **changes: Any) -> "JobDefinition":
        arguments = {
            "name": self.name,
            "nodes": self.nodes,
            "description": self.description,
            "tags": self.tags,
            "resource_defs": self.resource_defs,
            "config": self.config,
            "hooks": self.hooks,
            "op_retry_policy": self.op_retry_policy,
        }
        return JobDefinition(**{**arguments, **changes})


def _valid_run_id(run_id: str | None) -> str | None:
    if run_id is not None:
        try:
            uuid.UUID(checks.instance_of("run_id", run_id, str))
        except ValueError as error:
            raise CheckError(f"run_id must be a valid UUID. Got {run_id}") from error
    return run_id
