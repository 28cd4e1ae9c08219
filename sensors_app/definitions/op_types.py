"""What the annotations of an op's function say about its values."""

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

from sensors_app.execution.plan import ANY_VALUE, ValueType
from sensors_app.model import checks

T = TypeVar("T")
RESULT = "result"


class Nothing:
    """The type of inputs and outputs that only order ops and carry no value."""


class Output(Generic[T]):
    """The value of an op's output, with what is to be known about it.

    Args:
        value: The value.
        output_name: The output, if the op has several.
        metadata: More about it, by name.

    Raises:
        ParameterCheckError: The name is no text.
    """

    def __init__(
        self,
        value: T,
        output_name: str | None = RESULT,
        metadata: collections.abc.Mapping[str, Any] | None = None,
    ) -> None:
        self.value = value
        self.output_name = checks.optional("output_name", output_name, str) or RESULT
        self.metadata = checks.mapping("metadata", metadata)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Output):
            return NotImplemented
        return (self.value, self.output_name) == (other.value, other.output_name)

    # As changeable as its value.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Output({self.value!r}, output_name={self.output_name!r})"


NOTHING_VALUE = ValueType(
    "Nothing",
    lambda value: None if value is None else f"Value must be None or unset, got a {type(value)}",
)
_WORDS = {int: ("Int", "int"), float: ("Float", "float"), str: ("String", "string")}
_WORDS[bool] = ("Bool", "bool")
_STREAMS = (
    collections.abc.Iterator,
    collections.abc.Iterable,
    collections.abc.Generator,
    collections.abc.AsyncIterator,
    collections.abc.AsyncGenerator,
)


def annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function, with names resolved; without those that cannot be."""
    try:
        return typing.get_type_hints(function)
    except (NameError, TypeError, AttributeError):
        pass
    # One of them is a name that only a type checker sees: the others still count.
    hints: dict[str, Any] = {}
    for name, annotation in getattr(function, "__annotations__", {}).items():
        alone = types.SimpleNamespace(__annotations__={name: annotation})
        try:
            hints |= typing.get_type_hints(alone, getattr(function, "__globals__", {}))
        except (NameError, TypeError, AttributeError):
            continue
    return hints


def is_nothing(annotation: Any) -> bool:
    """Tell whether a type says that there is no value."""
    return annotation is Nothing or annotation is None or annotation is types.NoneType


def value_type_of(annotation: Any) -> ValueType:
    """Return the check that an annotation stands for; one we cannot check accepts anything."""
    if annotation in (Any, inspect.Parameter.empty, object):
        return ANY_VALUE
    if is_nothing(annotation):
        return NOTHING_VALUE
    if annotation in _WORDS:
        return _scalar(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Output:
        return value_type_of(arguments[0])
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin in _STREAMS:
        return ANY_VALUE
    if origin in (list, set, frozenset, collections.abc.Sequence) and len(arguments) == 1:
        return _members(annotation, origin, value_type_of(arguments[0]))
    if origin is dict:
        return _dict(value_type_of(arguments[0]), value_type_of(arguments[1]))
    if origin is tuple and Ellipsis not in arguments:
        return _tuple([value_type_of(each) for each in arguments])
    return _instance(origin or annotation)


def _scalar(kind: type) -> ValueType:
    label, word = _WORDS[kind]

    def mismatch(value: Any) -> str | None:
        if isinstance(value, kind):
            return None
        return f'Value "{value}" of python type "{type(value).__name__}" must be a {word}.'

    return ValueType(label, mismatch)


def _instance(kind: Any) -> ValueType:
    if not isinstance(kind, type) or getattr(kind, "_is_protocol", False):
        return ANY_VALUE
    name = f"{kind.__module__}.{kind.__qualname__}"

    def mismatch(value: Any) -> str | None:
        if isinstance(value, kind):
            return None
        return (
            f"Value of type {type(value)} failed type check for Dagster type {kind.__name__}, "
            f"expected value to be of Python type {name}."
        )

    return ValueType(kind.__name__, mismatch)


def _union(arguments: tuple[Any, ...]) -> ValueType:
    choices = [value_type_of(each) for each in arguments if each is not types.NoneType]
    takes_none = len(choices) < len(arguments)
    label = " | ".join(each.label for each in choices) + ("?" if takes_none else "")

    def mismatch(value: Any) -> str | None:
        if value is None and takes_none:
            return None
        problems = [each.mismatch(value) for each in choices]
        return None if None in problems else problems[0]

    return ValueType(label, mismatch)


def _members(annotation: Any, origin: Any, inner: ValueType) -> ValueType:
    whole = _instance(origin)
    label = f"[{inner.label}]" if origin is list else str(annotation)
    return ValueType(label, lambda value: whole.mismatch(value) or _first(inner, value))


def _dict(key: ValueType, inner: ValueType) -> ValueType:
    whole = _instance(dict)

    def mismatch(value: Any) -> str | None:
        return whole.mismatch(value) or _first(key, value) or _first(inner, value.values())

    return ValueType(f"Dict[{key.label},{inner.label}]", mismatch)


def _tuple(inner: list[ValueType]) -> ValueType:
    whole = _instance(tuple)

    def mismatch(value: Any) -> str | None:
        problem = whole.mismatch(value)
        if problem is None and len(value) != len(inner):
            problem = f"Tuple has {len(value)} members, expected {len(inner)}."
        if problem is not None:
            return problem
        pairs = zip(inner, value, strict=True)
        return next(filter(None, (each.mismatch(member) for each, member in pairs)), None)

    return ValueType(f"Tuple[{','.join(each.label for each in inner)}]", mismatch)


def _first(inner: ValueType, values: Iterable[Any]) -> str | None:
    return next(filter(None, map(inner.mismatch, values)), None)
