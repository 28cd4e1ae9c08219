"""Ops: the functions that a job is made of."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, overload

from sensors_app.definitions.config_schema import Field, to_field
from sensors_app.definitions.config_types import ANY
from sensors_app.definitions.graph import OutputHandle, current_graph
from sensors_app.definitions.names import valid_name
from sensors_app.definitions.op_context import OpExecutionContext
from sensors_app.errors import DagsterInvalidDefinitionError, DagsterInvalidInvocationError
from sensors_app.execution.context import StepContext
from sensors_app.execution.logs import STDERR, user_logger
from sensors_app.model import checks
from sensors_app.model.runs import DagsterRun

CONTEXT_PARAMETERS = frozenset({"context", "_context", "_"})
RESULT = "result"


class OpDefinition:
    """A function that a job can be made of; made with :func:`op`.

    Inside the body of a job, calling it adds it to the job. Anywhere else, calling it calls the
    function.

    Args:
        compute_fn: The function. A first parameter ``context``, ``_context`` or ``_`` gets an
            :class:`OpExecutionContext`; every other parameter is an input.
        name: Its name; by default the function's.
        description: For people; by default the function's docstring.
        config_schema: What its config must be; None accepts anything.
        tags: Text by name.

    Raises:
        DagsterInvalidDefinitionError: The name or the parameters cannot be an op's.
        DagsterInvalidConfigDefinitionError: The schema is none.
    """

    def __init__(
        self,
        compute_fn: Callable[..., Any],
        name: str | None = None,
        *,
        description: str | None = None,
        config_schema: Any = None,
        tags: Mapping[str, Any] | None = None,
    ) -> None:
        if not callable(compute_fn):
            raise TypeError(f"{compute_fn!r} is not a callable object")
        self.name = valid_name(name if name is not None else _name_of(compute_fn))
        self.description = checks.optional("description", description, str)
        if description is None:
            self.description = inspect.getdoc(compute_fn)
        self.tags = checks.tags("tags", tags)
        self.config_field = (
            Field(ANY, is_required=False) if config_schema is None else to_field(config_schema)
        )
        self._function = compute_fn
        parameters = _parameters(self.name, compute_fn)
        self.has_context = bool(parameters) and parameters[0].name in CONTEXT_PARAMETERS
        self._inputs = {each.name: each for each in parameters[1 if self.has_context else 0 :]}

    @property
    def input_names(self) -> list[str]:
        """Its inputs, in the order of the function's parameters."""
        return [*self._inputs]

    @property
    def output_names(self) -> list[str]:
        """Its outputs."""
        return [RESULT]

    @property
    def required_inputs(self) -> list[str]:
        """The inputs that have no default."""
        empty = inspect.Parameter.empty
        return [name for name, each in self._inputs.items() if each.default is empty]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Add the op to the job whose body is running; outside of one, call its function.

        Raises:
            DagsterInvalidDefinitionError: The arguments cannot be connected to its inputs.
            DagsterInvalidInvocationError: The function does not take these arguments.
        """
        graph = current_graph()
        if graph is not None:
            return OutputHandle(graph, graph.add(self, args, kwargs), RESULT)
        return self._invoke(args, kwargs)

    def compute(self, step: StepContext, inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Call the function as a step of a run; yield its outputs by name."""
        context = (OpExecutionContext(step, self),) if self.has_context else ()
        yield RESULT, self._function(*context, **inputs)

    def _invoke(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.has_context:
            args, kwargs = self._with_context(args, kwargs)
        inputs = args[1:] if self.has_context else args
        if len(inputs) > len(self._inputs) or kwargs.keys() - self._inputs.keys():
            raise DagsterInvalidInvocationError(
                f"Too many input arguments were provided for op '{self.name}'. This may be because "
                "an argument was provided for the context parameter, but no context parameter was "
                "defined for the op."
            )
        given = {*self.input_names[: len(inputs)], *kwargs}
        for name in self.required_inputs:
            if name not in given:
                raise DagsterInvalidInvocationError(
                    f'No value provided for required input "{name}".'
                )
        return self._function(*args, **kwargs)

    def _with_context(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        by_name = {key: kwargs[key] for key in kwargs if key in CONTEXT_PARAMETERS}
        if by_name:
            args = (*by_name.values(), *args)
            kwargs = {key: value for key, value in kwargs.items() if key not in by_name}
        if not args or not isinstance(args[0], OpExecutionContext | None):
            raise DagsterInvalidInvocationError(
                f"Decorated function '{self.name}' has context argument, "
                "but no context was provided when invoking."
            )
        return (args[0] or self._fresh_context(), *args[1:]), kwargs

    def _fresh_context(self) -> OpExecutionContext:
        step = StepContext(
            run=DagsterRun(job_name="", run_id=""),
            step_key=self.name,
            config=None,
            run_config={},
            log=user_logger(STDERR),
            instance=None,
        )
        return OpExecutionContext(step, self)


@overload
def op(compute_fn: Callable[..., Any], /) -> OpDefinition: ...


@overload
def op(
    *,
    name: str | None = None,
    description: str | None = None,
    config_schema: Any = None,
    tags: Mapping[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], OpDefinition]: ...


def op(
    compute_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    config_schema: Any = None,
    tags: Mapping[str, Any] | None = None,
) -> OpDefinition | Callable[[Callable[..., Any]], OpDefinition]:
    """Make an op of a function; bare, or with the arguments of :class:`OpDefinition`."""

    def decorate(function: Callable[..., Any]) -> OpDefinition:
        return OpDefinition(
            function, name, description=description, config_schema=config_schema, tags=tags
        )

    return decorate if compute_fn is None else decorate(compute_fn)


def _name_of(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _parameters(name: str, function: Callable[..., Any]) -> list[inspect.Parameter]:
    parameters = [
        each
        for each in inspect.signature(function).parameters.values()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    for each in parameters:
        if each.kind is inspect.Parameter.VAR_POSITIONAL:
            raise DagsterInvalidDefinitionError(
                f"@op '{name}' decorated function has positional vararg parameter '{each}'. "
                "@op decorated functions should only have keyword arguments that match input names "
                "and, if system information is required, a first positional parameter named "
                "'context'."
            )
    return parameters
