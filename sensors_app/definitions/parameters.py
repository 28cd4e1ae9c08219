"""Which parameters of a user's function are no values but what their annotation says.

The classes are recognised by a mark, so that pydantic is loaded by those alone who use it.
"""

import inspect
from collections.abc import Callable
from typing import Any

from sensors_app.definitions.op_types import annotations_of

RESOURCE_MARK = "_sensors_app_resource"
CONFIG_MARK = "_sensors_app_config"


def resource_parameters(function: Callable[..., Any]) -> frozenset[str]:
    """Return the parameters that are annotated with a ``ConfigurableResource``."""
    hints = annotations_of(function)
    return frozenset(
        name
        for name in inspect.signature(function).parameters
        if getattr(hints.get(name), RESOURCE_MARK, False)
    )


def is_config_class(annotation: Any) -> bool:
    """Tell whether an annotation is a ``Config``."""
    return isinstance(annotation, type) and getattr(annotation, CONFIG_MARK, False)
