"""The config of an op's input that no other op feeds."""

from collections.abc import Mapping
from typing import Any

from sensors_app.definitions.config_choices import Selector
from sensors_app.definitions.config_types import ANY, SCALARS, ConfigType
from sensors_app.errors import ConfigProblem


class InputValue(ConfigType):
    """``{"value": ...}``; for a scalar, the value alone will do.

    Args:
        annotation: The type of the input, as the user wrote it.
    """

    def __init__(self, annotation: Any) -> None:
        self._scalar = SCALARS.get(annotation) if isinstance(annotation, type) else None
        self._selector = Selector({"value": self._scalar or ANY})

    @property
    def label(self) -> str:
        """Both forms, if there are two."""
        if self._scalar is None:
            return self._selector.label
        return f"({self._scalar.label} | {self._selector.label})"

    @property
    def example(self) -> Any:
        """A scalar, or a placeholder."""
        return (self._scalar or self._selector).example

    def _resolve_given(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:
        if self._scalar is not None and not isinstance(value, Mapping):
            return self._scalar.resolve(value, path, problems)
        chosen = self._selector.resolve(value, path, problems)
        return None if chosen is None else chosen["value"]
