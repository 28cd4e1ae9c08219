"""Scalars in a config that may come from the environment: ``{"env": "NAME"}``."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from sensors_app.definitions.config_choices import Selector
from sensors_app.definitions.config_types import SCALARS, ConfigType, problem
from sensors_app.errors import ConfigProblem


class Source(ConfigType):
    """A scalar, or where to find it.

    Args:
        scalar: What it is once found.
        read: Makes it of the variable's text; raises ValueError if it cannot.
    """

    def __init__(self, scalar: ConfigType, read: Callable[[str], Any]) -> None:
        self._scalar = scalar
        self._read = read
        self._variable = Selector({"env": str})

    @property
    def label(self) -> str:
        """Both forms."""
        return f"({self._scalar.label} | {self._variable.label})"

    @property
    def example(self) -> Any:
        """A scalar."""
        return self._scalar.example

    def _resolve_given(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:
        if not isinstance(value, Mapping):
            return self._scalar.resolve(value, path, problems)
        chosen = self._variable.resolve(value, path, problems)
        if chosen is None or chosen["env"] is None:
            return None
        name = chosen["env"]
        if name not in os.environ:
            why = (
                f'You have attempted to fetch the environment variable "{name}" which is not set. '
                "In order for this execution to succeed it must be set in this environment."
            )
            return self._refuse(value, why, path, problems)
        try:
            return self._read(os.environ[name])
        except ValueError:
            why = f'The environment variable "{name}" is no valid {self._scalar.label}.'
            return self._refuse(value, why, path, problems)

    def _refuse(self, value: Any, why: str, path: str, problems: list[ConfigProblem]) -> None:
        text = f" of original value {value} failed:\n{why}"
        problems.append(problem(path, "Post processing", text))


def _read_bool(text: str) -> bool:
    word = text.strip().lower()
    if word not in {"true", "false", "1", "0"}:
        raise ValueError(text)
    return word in {"true", "1"}


SOURCES: dict[Any, ConfigType] = {
    str: Source(SCALARS[str], str),
    int: Source(SCALARS[int], int),
    bool: Source(SCALARS[bool], _read_bool),
}
