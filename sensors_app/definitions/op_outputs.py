"""Turns what an op's function returned or yielded into its outputs."""

import inspect
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sensors_app.definitions.op_types import RESULT, Output
from sensors_app.errors import DagsterInvariantViolationError
from sensors_app.execution.awaiting import awaited
from sensors_app.execution.plan import OutputValue, Yielded
from sensors_app.model.assets import AssetMaterialization


def outputs_of(op_name: str, output_names: Sequence[str], returned: Any) -> Iterator[Yielded]:
    """Yield an op's outputs, and the materializations it reports, as they come.

    Args:
        op_name: The op, for messages.
        output_names: Its outputs, in order.
        returned: What its function returned; a generator is run, a coroutine awaited.

    Raises:
        DagsterInvariantViolationError: The function's result cannot be told apart into outputs.
    """
    values = awaited(returned)
    if inspect.isasyncgen(returned) or inspect.isgenerator(values):
        yield from _yielded(op_name, values)
    else:
        yield from _returned(op_name, output_names, values)


def _yielded(op_name: str, values: Iterable[Any]) -> Iterator[Yielded]:
    for value in values:
        if isinstance(value, Output):
            yield OutputValue(value.output_name, value.value, value.metadata)
        elif isinstance(value, AssetMaterialization):
            yield value
        else:
            raise DagsterInvariantViolationError(
                f'Compute function for op "{op_name}" yielded a value of type {type(value)} rather '
                "than an instance of Output or AssetMaterialization. Values yielded by ops must "
                "be wrapped in one of these types. If your op has a single output and yields no "
                "other events, you may want to use `return` instead of `yield` in the body of "
                "your op compute function."
            )


def _returned(op_name: str, output_names: Sequence[str], value: Any) -> Iterator[Yielded]:
    if isinstance(value, AssetMaterialization):
        raise DagsterInvariantViolationError(
            f'Error in op "{op_name}": If you are returning an AssetMaterialization from op you '
            "must yield them directly, or log them using the context.log_event method to avoid "
            "ambiguity with an implied result from returning a value."
        )
    if len(output_names) == 1:
        yield _output(output_names[0], 0, value)
    elif output_names:
        if not isinstance(value, tuple):
            raise DagsterInvariantViolationError(
                f'op "{op_name}" has multiple outputs, but only one output was returned of type '
                f"{type(value)}. When using multiple outputs, either yield each output, or return "
                "a tuple containing a value for each output."
            )
        if len(value) != len(output_names):
            raise DagsterInvariantViolationError(
                "Length mismatch between returned tuple of outputs and number of output defs on "
                f'op "{op_name}". Output tuple has {len(value)} outputs, '
                f"while op has {len(output_names)} outputs."
            )
        for position, name in enumerate(output_names):
            yield _output(name, position, value[position])


def _output(name: str, position: int, value: Any) -> OutputValue:
    if not isinstance(value, Output):
        return OutputValue(name, value)
    if value.output_name not in (RESULT, name):
        raise DagsterInvariantViolationError(
            f"Bad state: Output was explicitly named '{value.output_name}', which does not match "
            f"the output definition specified for position {position}: '{name}'."
        )
    return OutputValue(name, value.value, value.metadata)
