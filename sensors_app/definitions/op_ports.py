"""An op's inputs and outputs: what its function's signature and its ``ins`` and ``out`` say."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from sensors_app.definitions.config_types import MISSING
from sensors_app.definitions.names import valid_name
from sensors_app.definitions.op_types import (
    NOTHING_VALUE,
    RESULT,
    annotations_of,
    is_nothing,
    value_type_of,
)
from sensors_app.definitions.parameters import resource_parameters
from sensors_app.errors import DagsterInvalidDefinitionError
from sensors_app.execution.plan import StepOutput, ValueType
from sensors_app.model import checks

CONFIG_PARAMETER = "config"
CONTEXT_PARAMETERS = frozenset({"context", "_context", "_"})


@dataclass(frozen=True, slots=True)
class In:
    """What is to be known of an op's input beside its parameter.

    Args:
        dagster_type: The type of its value; by default the parameter's annotation. ``Nothing``
            makes an input without a parameter, which only makes the op wait.
        description: For people.
        default_value: Its value if it is not connected, of its type; by default the parameter's.
    """

    dagster_type: Any = MISSING
    description: str | None = None
    default_value: Any = MISSING


@dataclass(frozen=True, slots=True)
class Out:
    """What is to be known of an op's output.

    Args:
        dagster_type: The type of its value; by default the function's return annotation.
        description: For people.
        is_required: Whether the op fails if it does not yield it.
    """

    dagster_type: Any = MISSING
    description: str | None = None
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class OpInput:
    """An input, once everything about it is known.

    Args:
        name: Its name.
        value_type: What its value must be.
        default: Its value if it is not connected; ``MISSING`` if it must be.
        is_passed: Whether the function gets it.
        annotation: The type as the user wrote it.
    """

    name: str
    value_type: ValueType
    default: Any
    is_passed: bool
    annotation: Any

    @property
    def is_required(self) -> bool:
        """Whether it must be connected, or its value be given by config."""
        return self.default is MISSING and self.is_passed


@dataclass(frozen=True, slots=True)
class Signature:
    """An op's function, as seen from outside.

    Args:
        has_context: Whether its first parameter gets a context.
        inputs: Its inputs by name, in the order of its parameters.
        outputs: Its outputs, in order.
        arguments: Every parameter but the context, in order.
        config_type: The annotation of its parameter ``config``; ``MISSING`` if it has none.
        resource_names: Its parameters that are resources.
    """

    has_context: bool
    inputs: Mapping[str, OpInput]
    outputs: tuple[StepOutput, ...]
    arguments: tuple[str, ...]
    config_type: Any
    resource_names: frozenset[str]


def signature_of(
    op_name: str,
    function: Callable[..., Any],
    ins: Mapping[str, In],
    out: Out | Mapping[str, Out] | None,
) -> Signature:
    """Return what an op takes and yields.

    Raises:
        DagsterInvalidDefinitionError: The parameters, ``ins`` and ``out`` do not fit together.
    """
    parameters = _parameters(op_name, function)
    has_context = bool(parameters) and parameters[0].name in CONTEXT_PARAMETERS
    hints = annotations_of(function)
    arguments = parameters[1 if has_context else 0 :]
    resource_names = resource_parameters(function)
    inputs = {
        each.name: _input(each, hints.get(each.name, Any), ins.get(each.name, In()))
        for each in arguments
        if each.name != CONFIG_PARAMETER and each.name not in resource_names
    }
    for name, each in ins.items():
        if name not in inputs:
            if not is_nothing(each.dagster_type) and not _takes_any_name(function):
                raise DagsterInvalidDefinitionError(
                    f"@op '{op_name}' decorated function does not have parameter '{name}' that is "
                    "in ins. Add the parameter, or make it an In(Nothing)."
                )
            inputs[name] = _input_without_parameter(name, each)
    names = tuple(each.name for each in arguments)
    has_config = CONFIG_PARAMETER in names
    return Signature(
        has_context=has_context,
        inputs=inputs,
        outputs=_outputs(hints.get("return", Any), out),
        arguments=names,
        config_type=hints.get(CONFIG_PARAMETER, Any) if has_config else MISSING,
        resource_names=resource_names,
    )


def _parameters(op_name: str, function: Callable[..., Any]) -> list[inspect.Parameter]:
    parameters = [
        each
        for each in inspect.signature(function).parameters.values()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    for each in parameters:
        if each.kind is inspect.Parameter.VAR_POSITIONAL:
            raise DagsterInvalidDefinitionError(
                f"@op '{op_name}' decorated function has positional vararg parameter '{each}'. "
                "@op decorated functions should only have keyword arguments that match input names "
                "and, if system information is required, a first positional parameter named "
                "'context'."
            )
    return parameters


def _takes_any_name(function: Callable[..., Any]) -> bool:
    kinds = (each.kind for each in inspect.signature(function).parameters.values())
    return inspect.Parameter.VAR_KEYWORD in kinds


def _input(parameter: inspect.Parameter, annotation: Any, given: In) -> OpInput:
    default = given.default_value
    if default is MISSING and parameter.default is not inspect.Parameter.empty:
        default = parameter.default
    kind = annotation if given.dagster_type is MISSING else given.dagster_type
    value_type = value_type_of(kind)
    if default is not MISSING and value_type.mismatch(default) is not None:
        raise DagsterInvalidDefinitionError(
            f"Type check failed for the default_value of InputDefinition {parameter.name} of type "
            f"{value_type.label}. Received value {default} of type {type(default)}"
        )
    return OpInput(parameter.name, value_type, default, True, kind)


def _input_without_parameter(name: str, given: In) -> OpInput:
    kind = Any if given.dagster_type is MISSING else given.dagster_type
    passed = not is_nothing(kind)
    value_type = value_type_of(kind) if passed else NOTHING_VALUE
    return OpInput(valid_name(name), value_type, given.default_value, passed, kind)


def _outputs(annotation: Any, out: Out | Mapping[str, Out] | None) -> tuple[StepOutput, ...]:
    if out is None or isinstance(out, Out):
        return (_output(RESULT, annotation, out or Out()),)
    names = list(checks.mapping("out", out))
    if len(names) == 1:
        return (_output(names[0], annotation, out[names[0]]),)
    annotations = get_args(annotation) if get_origin(annotation) is tuple else ()
    if len(annotations) != len(names):
        annotations = (Any,) * len(names)
    pairs = zip(names, annotations, strict=True)
    return tuple(_output(valid_name(name), kind, out[name]) for name, kind in pairs)


def _output(name: str, annotation: Any, given: Out) -> StepOutput:
    checks.instance_of("out", given, Out)
    kind = annotation if given.dagster_type is MISSING else given.dagster_type
    return StepOutput(name, value_type_of(kind), given.is_required, is_nothing(kind))
