"""Ops: the functions that a job is made of."""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, overload

from sensors_app.definitions.config_schema import Field, to_field
from sensors_app.definitions.config_types import ANY, MISSING
from sensors_app.definitions.hook import HookDefinition
from sensors_app.definitions.names import valid_name
from sensors_app.definitions.node import PendingNode
from sensors_app.definitions.op_context import OpExecutionContext, direct_context
from sensors_app.definitions.op_outputs import outputs_of
from sensors_app.definitions.op_ports import (
    CONFIG_PARAMETER,
    CONTEXT_PARAMETERS,
    In,
    OpInput,
    Out,
    signature_of,
)
from sensors_app.definitions.parameters import is_config_class
from sensors_app.errors import DagsterInvalidInvocationError
from sensors_app.execution.context import StepContext
from sensors_app.execution.plan import StepOutput, Yielded
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model import checks


class OpDefinition:
    """A function that a job can be made of; made with :func:`op`.

    Inside the body of a job, calling it adds it to the job. Anywhere else, calling it calls the
    function.

    Args:
        compute_fn: The function. A first parameter ``context``, ``_context`` or ``_`` gets an
            :class:`OpExecutionContext`; ``config`` gets the config, made into the ``Config`` that
            it is annotated with; one annotated with a ``ConfigurableResource`` gets the resource
            of its name; every other parameter is an input.
        name: Its name; by default the function's.
        description: For people; by default the function's docstring.
        ins: More about its inputs, by name.
        out: More about its output; a mapping by name, if it has several.
        config_schema: What its config must be; None accepts anything.
        required_resource_keys: The resources it reads.
        tags: Text by name.
        retry_policy: How it is tried again when it raises; None for not at all.

    Raises:
        DagsterInvalidDefinitionError: The name or the parameters cannot be an op's.
        DagsterInvalidConfigDefinitionError: The schema is none.
        CheckError: An argument has the wrong type.
    """

    def __init__(
        self,
        compute_fn: Callable[..., Any],
        name: str | None = None,
        *,
        description: str | None = None,
        ins: Mapping[str, In] | None = None,
        out: Out | Mapping[str, Out] | None = None,
        config_schema: Any = None,
        required_resource_keys: Collection[str] | None = None,
        tags: Mapping[str, Any] | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        if not callable(compute_fn):
            raise TypeError(f"{compute_fn!r} is not a callable object")
        self.name = valid_name(name if name is not None else _name_of(compute_fn))
        self.description = checks.optional("description", description, str)
        if description is None:
            self.description = inspect.getdoc(compute_fn)
        self.tags = checks.tags("tags", tags)
        self.retry_policy = checks.optional("retry_policy", retry_policy, RetryPolicy)
        keys = checks.members("required_resource_keys", required_resource_keys, str)
        self._function = compute_fn
        self._signature = signature_of(self.name, compute_fn, checks.mapping("ins", ins), out)
        self.required_resource_keys = frozenset(keys) | self._signature.resource_names
        self.config_field = _config_field(config_schema, self._signature.config_type)

    @property
    def ins(self) -> Mapping[str, OpInput]:
        """Its inputs by name, in the order of the function's parameters."""
        return self._signature.inputs

    @property
    def outs(self) -> Mapping[str, StepOutput]:
        """Its outputs by name, in order."""
        return {each.name: each for each in self._signature.outputs}

    @property
    def input_names(self) -> list[str]:
        """The names of its inputs."""
        return [*self._signature.inputs]

    @property
    def output_names(self) -> list[str]:
        """The names of its outputs."""
        return [each.name for each in self._signature.outputs]

    def alias(self, name: str) -> PendingNode:
        """Return it under another name, for one use in a job."""
        return PendingNode(self).alias(name)

    def tag(self, tags: Mapping[str, Any] | None) -> PendingNode:
        """Return it with more tags, for one use in a job."""
        return PendingNode(self).tag(tags)

    def with_hooks(self, hook_defs: Collection[HookDefinition]) -> PendingNode:
        """Return it with hooks, for one use in a job."""
        return PendingNode(self).with_hooks(hook_defs)

    def with_retry_policy(self, retry_policy: RetryPolicy) -> PendingNode:
        """Return it with another retry policy, for one use in a job."""
        return PendingNode(self).with_retry_policy(retry_policy)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Add it to the job whose body is running; outside of one, call its function.

        Returns:
            In a job, what stands for its output; for several outputs, a named tuple of them.

        Raises:
            DagsterInvalidDefinitionError: The arguments cannot be connected to its inputs.
            DagsterInvalidInvocationError: The function does not take these arguments.
        """
        return PendingNode(self)(*args, **kwargs)

    def compute(self, step: StepContext, inputs: Mapping[str, Any]) -> Iterator[Yielded]:
        """Call the function as a step of a run; yield what it yields."""
        signature = self._signature
        context = (OpExecutionContext(step, self),) if signature.has_context else ()
        arguments = dict(inputs)
        for name in signature.resource_names:
            arguments[name] = getattr(step.resources, name)
        if is_config_class(signature.config_type):
            arguments[CONFIG_PARAMETER] = signature.config_type(**step.config)
        elif signature.config_type is not MISSING:
            arguments[CONFIG_PARAMETER] = step.config
        returned = self._function(*context, **arguments)
        yield from outputs_of(self.name, self.output_names, returned)

    def invoke(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the function directly, as tests do.

        Args:
            args: The context first, if the function has one; None makes a fresh one.
            kwargs: Inputs by name.

        Raises:
            DagsterInvalidInvocationError: The function does not take these arguments.
        """
        has_context = self._signature.has_context
        if has_context:
            args, kwargs = self._with_context(args, kwargs)
        names = self._signature.arguments
        positional = args[1:] if has_context else args
        given = {*names[: len(positional)], *kwargs}
        for name, each in self.ins.items():
            if each.is_required and name not in given:
                raise DagsterInvalidInvocationError(
                    f'No value provided for required input "{name}".'
                )
        if len(positional) > len(names) or kwargs.keys() - set(names):
            raise DagsterInvalidInvocationError(
                f"Too many input arguments were provided for op '{self.name}'. This may be because "
                "an argument was provided for the context parameter, but no context parameter was "
                "defined for the op."
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
        return (args[0] or direct_context(self), *args[1:]), kwargs


@overload
def op(compute_fn: Callable[..., Any], /) -> OpDefinition: ...


@overload
def op(
    *,
    name: str | None = None,
    description: str | None = None,
    ins: Mapping[str, In] | None = None,
    out: Out | Mapping[str, Out] | None = None,
    config_schema: Any = None,
    required_resource_keys: Collection[str] | None = None,
    tags: Mapping[str, Any] | None = None,
    retry_policy: RetryPolicy | None = None,
) -> Callable[[Callable[..., Any]], OpDefinition]: ...


def op(
    compute_fn: Callable[..., Any] | None = None, /, **arguments: Any
) -> OpDefinition | Callable[[Callable[..., Any]], OpDefinition]:
    """Make an op of a function; bare, or with the arguments of :class:`OpDefinition`."""

    def decorate(function: Callable[..., Any]) -> OpDefinition:
        return OpDefinition(function, **arguments)

    return decorate if compute_fn is None else decorate(compute_fn)


def _config_field(schema: Any, annotation: Any) -> Field:
    """Return what an op's config must be, as its schema says, or its parameter ``config``."""
    if schema is not None:
        return to_field(schema)
    if is_config_class(annotation):
        return Field(annotation.to_config_type())
    if annotation is MISSING or annotation is Any:
        return Field(ANY, is_required=False)
    return to_field(annotation)


def _name_of(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)
