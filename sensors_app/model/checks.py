"""Checks of what users pass in, with messages that name the argument."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from sensors_app.errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError

T = TypeVar("T")


def instance_of(name: str, value: Any, kind: type[T]) -> T:
    """Return ``value``, the argument ``name``.

    Raises:
        ParameterCheckError: It is no ``kind``.
    """
    if not isinstance(value, kind):
        raise ParameterCheckError(
            f'Param "{name}" is not a {kind.__name__}. Got {value!r} which is type {type(value)}.'
        )
    return value


def optional(name: str, value: Any, kind: type[T]) -> T | None:
    """Return ``value`` as :func:`instance_of` does, or None."""
    return None if value is None else instance_of(name, value, kind)


def number(name: str, value: Any) -> float | None:
    """Return ``value``, the argument ``name``: a number, or None.

    Raises:
        ParameterCheckError: It is neither.
    """
    if value is not None and not isinstance(value, int | float):
        raise ParameterCheckError(
            f'Param "{name}" is not a number. Got {value!r} which is type {type(value)}.'
        )
    return value


def positive_seconds(name: str, value: Any) -> float:
    """Return ``value``, the argument ``name``: a time above zero.

    Raises:
        ParameterCheckError: It is none.
    """
    if not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise ParameterCheckError(
            f'Param "{name}" is not a positive number of seconds. '
            f"Got {value!r} which is type {type(value)}."
        )
    return value


def function(name: str, value: Any) -> Callable[..., Any]:
    """Return ``value``, the argument ``name``.

    Raises:
        ParameterCheckError: It cannot be called.
    """
    if not callable(value):
        raise ParameterCheckError(
            f'Param "{name}" is not callable. Got {value!r} with type {type(value)}.'
        )
    return cast("Callable[..., Any]", value)


def mapping(name: str, value: Any) -> Mapping[str, Any]:
    """Return ``value``, the argument ``name``, with None for an empty mapping.

    Raises:
        ParameterCheckError: It is no mapping.
        CheckError: A key is no text.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ParameterCheckError(
            f"Param \"{name}\" is not one of ['Mapping']. "
            f"Got {value!r} which is type {type(value)}."
        )
    for key in value:
        if not isinstance(key, str):
            raise CheckError(f"Key in Mapping mismatches type. Expected {str}. Got {key!r}")
    return value


def config_mapping(name: str, value: Any) -> Mapping[str, Any]:
    """Return ``value``, the argument ``name``: a mapping, or a ``RunConfig`` as one.

    Raises:
        ParameterCheckError: It is neither.
        CheckError: A key is no text.
    """
    to_dict = getattr(value, "to_config_dict", None)
    return mapping(name, value if to_dict is None else to_dict())


def members(name: str, values: Any, kind: type[T] | tuple[type[T], ...]) -> list[T]:
    """Return the members of ``values``, the argument ``name``, with None for none.

    Raises:
        ParameterCheckError: It cannot be iterated over.
        CheckError: A member is no ``kind``.
    """
    if values is None:
        return []
    if not isinstance(values, Iterable) or isinstance(values, str):
        raise ParameterCheckError(
            f'Param "{name}" is not a Sequence. Got {values!r} which is type {type(values)}.'
        )
    found = list(values)
    for value in found:
        if not isinstance(value, kind):
            raise CheckError(
                f'Member of "{name}" mismatches type. Expected {kind}. '
                f"Got {value!r} of type {type(value)}."
            )
    return found


def tags(name: str, values: Any) -> dict[str, str]:
    """Return tags as text by name; a value that is no text becomes its JSON.

    Raises:
        ParameterCheckError: They are no mapping.
        DagsterInvalidDefinitionError: A value does not survive being written as JSON.
    """
    return {
        key: value if isinstance(value, str) else _tag_text(key, value)
        for key, value in mapping(name, values).items()
    }


def _tag_text(key: str, value: Any) -> str:
    remedy = (
        "Tag values must be strings or meet the constraint that "
        "json.loads(json.dumps(value)) == value."
    )
    try:
        text = json.dumps(value)
    except (TypeError, ValueError) as error:
        raise DagsterInvalidDefinitionError(
            f'Invalid value for tag "{key}", Could not JSON encode value "{value!r}". {remedy}'
        ) from error
    if json.loads(text) != value:
        raise DagsterInvalidDefinitionError(
            f'Invalid value for tag "{key}", JSON encoding "{text}" of value "{value}" '
            f"is not equivalent to original value. {remedy}"
        )
    return text
