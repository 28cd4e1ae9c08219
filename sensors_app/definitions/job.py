"""Jobs: graphs of ops, the unit of what can be run."""

import inspect
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NoReturn, overload

from sensors_app.definitions.compile import compile_plan, resolved_run_config, run_config_type
from sensors_app.definitions.config_schema import Shape, resolve_config
from sensors_app.definitions.graph import GraphBuilder, Node, OutputHandle, composing
from sensors_app.definitions.names import valid_name
from sensors_app.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
)
from sensors_app.execution.collector import EventCollector
from sensors_app.execution.plan import Plan
from sensors_app.execution.result import ExecuteInProcessResult
from sensors_app.execution.run import run_plan
from sensors_app.model import checks
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.ports import Instance


class JobDefinition:
    """A graph of ops; made with :func:`job`.

    Args:
        name: Its name.
        nodes: The uses of ops it consists of, each after those it depends on.
        description: For people.
        tags: Put on each of its runs. Values that are no text become their JSON.

    Raises:
        DagsterInvalidDefinitionError: The name, or a tag's value, cannot be a job's.
    """

    def __init__(
        self,
        name: str,
        nodes: Sequence[Node],
        *,
        description: str | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = valid_name(name)
        self.nodes = tuple(nodes)
        self.description = checks.optional("description", description, str)
        self.tags = checks.tags("tags", tags)

    def __call__(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: a job is run, not called.

        Raises:
            DagsterInvariantViolationError: Always.
        """
        raise DagsterInvariantViolationError(
            f"Attempted to call job '{self.name}' directly. Jobs should be invoked by using an "
            "execution API function (e.g. `job.execute_in_process`)."
        )

    def resolve_run_config(self, run_config: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return a run config for this job with its defaults filled in.

        Raises:
            DagsterInvalidConfigError: It does not fit the job; the error lists every problem.
            ParameterCheckError: It is no mapping.
        """
        given = checks.mapping("run_config", run_config)
        preamble = f"Error in config for job {self.name}"
        return resolved_run_config(resolve_config(self._run_config_type, given, preamble))

    def plan(self, run_config: Mapping[str, Any] | None = None) -> Plan:
        """Return the job made ready to run with this config.

        Raises:
            DagsterInvalidConfigError: The config does not fit the job.
        """
        resolved = self.resolve_run_config(run_config)
        return compile_plan(self.name, self.nodes, resolved, run_config or {})

    def execute_in_process(
        self,
        run_config: Mapping[str, Any] | None = None,
        instance: Instance | None = None,
        *,
        raise_on_error: bool = True,
        tags: Mapping[str, Any] | None = None,
        run_id: str | None = None,
    ) -> ExecuteInProcessResult:
        """Run the job here and now, without workers.

        Args:
            run_config: Its configuration.
            instance: Where the run is kept; None keeps it nowhere.
            raise_on_error: Whether a failed op raises what it raised, once the run has ended.
            tags: Put on the run, beside the job's own.
            run_id: The run's identity, a UUID as text; None for a new one.

        Raises:
            DagsterInvalidConfigError: The config does not fit the job; there is no run then.
            CheckError: ``run_id`` is no UUID.
        """
        plan = self.plan(run_config)
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
    def _run_config_type(self) -> Shape:
        return run_config_type(self.nodes)


@overload
def job(compose_fn: Callable[[], Any], /) -> JobDefinition: ...


@overload
def job(
    *,
    name: str | None = None,
    description: str | None = None,
    tags: Mapping[str, Any] | None = None,
) -> Callable[[Callable[[], Any]], JobDefinition]: ...


def job(
    compose_fn: Callable[[], Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    tags: Mapping[str, Any] | None = None,
) -> JobDefinition | Callable[[Callable[[], Any]], JobDefinition]:
    """Make a job of a function that calls ops and passes their outputs on.

    The function runs once, now: it says how the ops hang together, and must return nothing. Bare,
    or with the arguments of :class:`JobDefinition`; name and description default to the function's
    name and docstring.

    Raises:
        DagsterInvalidDefinitionError: The function does something else than connect ops.
    """

    def decorate(function: Callable[[], Any]) -> JobDefinition:
        checks.function("fn", function)
        job_name = valid_name(name if name is not None else function.__name__)
        return JobDefinition(
            job_name,
            _compose(job_name, function),
            description=inspect.getdoc(function) if description is None else description,
            tags=tags,
        )

    return decorate if compose_fn is None else decorate(compose_fn)


def validate_run_config(
    job_def: JobDefinition, run_config: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a run config for a job with its defaults filled in.

    Raises:
        DagsterInvalidConfigError: It does not fit the job; the error lists every problem.
        ParameterCheckError: An argument has the wrong type.
    """
    return checks.instance_of("job_def", job_def, JobDefinition).resolve_run_config(run_config)


def _compose(job_name: str, function: Callable[[], Any]) -> list[Node]:
    if inspect.signature(function).parameters:
        raise DagsterInvalidDefinitionError(
            f"@job '{job_name}' takes parameters. Give its ops their values by config, "
            "or by calling other ops."
        )
    with composing(job_name) as graph:
        returned = function()
    _refuse_return(graph, returned)
    for node in graph.nodes:
        for name in node.definition.required_inputs:
            if name not in node.bindings:
                raise DagsterInvalidDefinitionError(
                    f'Input "{name}" of op "{node.name}" in @job \'{job_name}\' is not connected. '
                    "Pass it the output of another op, or give the parameter a default."
                )
    return graph.nodes


def _refuse_return(graph: GraphBuilder, returned: Any) -> None:
    if returned is None:
        return
    if isinstance(returned, OutputHandle):
        raise DagsterInvalidDefinitionError(
            f"Returned a single output ({returned.node_name}.{returned.output_name}) in "
            f"@job '{graph.job_name}' but 0 outputs are defined. "
            "Return a dict to map defined outputs."
        )
    raise DagsterInvalidDefinitionError(
        f"@job '{graph.job_name}' returned problematic value of type {type(returned)}. "
        "Expected return value from invoked node or dict mapping output name to return values "
        "from invoked nodes"
    )


def _valid_run_id(run_id: str | None) -> str | None:
    if run_id is not None:
        try:
            uuid.UUID(checks.instance_of("run_id", run_id, str))
        except ValueError as error:
            raise CheckError(f"run_id must be a valid UUID. Got {run_id}") from error
    return run_id
