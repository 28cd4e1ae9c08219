"""The ``job`` decorator: runs a function once, and makes a job of the ops that it calls."""

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, overload

from sensors_app.definitions.graph import GraphBuilder, Node, OutputHandle, composing
from sensors_app.definitions.hook import HookDefinition
from sensors_app.definitions.job import JobDefinition
from sensors_app.definitions.names import valid_name
from sensors_app.definitions.run_config import RunConfig
from sensors_app.errors import DagsterInvalidDefinitionError
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model import checks


@overload
def job(compose_fn: Callable[[], Any], /) -> JobDefinition: ...


@overload
def job(
    *,
    name: str | None = None,
    description: str | None = None,
    tags: Mapping[str, Any] | None = None,
    resource_defs: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | RunConfig | None = None,
    hooks: Collection[HookDefinition] | None = None,
    op_retry_policy: RetryPolicy | None = None,
) -> Callable[[Callable[[], Any]], JobDefinition]: ...


def job(
    compose_fn: Callable[[], Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    **arguments: Any,
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
            **arguments,
        )

    return decorate if compose_fn is None else decorate(compose_fn)


def validate_run_config(
    job_def: JobDefinition, run_config: Mapping[str, Any] | RunConfig | None = None
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
    return list(graph.nodes.values())


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
