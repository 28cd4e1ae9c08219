"""Kinds of config value that leave a choice: None, one of some entries, one of some words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sensors_app.definitions.config_schema import Shape, to_config_type
from sensors_app.definitions.config_types import MISSING, ConfigType, problem
from sensors_app.errors import ConfigProblem
from sensors_app.model import checks


class Noneable(ConfigType):
    """A value of a type, or None; left out, it is None.

    Args:
        inner_type: The type, as in a schema.
    """

    def __init__(self, inner_type: Any) -> None:
        self.inner_type = to_config_type(inner_type)

    @property
    def label(self) -> str:
        """The type, with a question mark."""
        return f"{self.inner_type.label}?"

    @property
    def example(self) -> Any:
        """An example of the type."""
        return self.inner_type.example

    @property
    def implied(self) -> Any:
        """None."""
        return None

    def resolve(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:
        """Return None, or what the type makes of the value."""
        return None if value is None else self.inner_type.resolve(value, path, problems)

    def _resolve_given(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:
        return self.inner_type.resolve(value, path, problems)


class Selector(Shape):
    """A dict with exactly one of the entries known by name.

    Args:
        fields: The type of each entry, as in a schema.
    """

    @property
    def example(self) -> Any:
        """A placeholder: which entry to take is the user's choice."""
        return "<selector>"

    @property
    def implied(self) -> Any:
        """None can be implied: one has to be chosen."""
        return MISSING

    @property
    def label(self) -> str:
        """Every entry with its type."""
        entries = (f"{name}: {field.config_type.label}" for name, field in self.fields.items())
        return " ".join(("{", *entries, "}"))

    def _resolve_given(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:
        names = list(self.fields)
        if not isinstance(value, Mapping):
            problems.append(problem(path, "Value for selector type", " must be a dict"))
        elif not value:
            text = f" if more than one field is defined. Defined fields: {names}"
            problems.append(problem(path, "Must specify a field", text))
        elif len(value) > 1:
            text = f". You specified {sorted(map(str, value))}. The available fields are {names}"
            problems.append(problem(path, "You can only specify a single field", text))
        else:
            ((name, given),) = value.items()
            if name in self.fields:
                config_type = self.fields[name].config_type
                return {name: config_type.resolve(given, f"{path}:{name}", problems)}
            problems.append(self._unexpected([name], path))
        return None


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One word of an :class:`Enum`.

    Args:
        config_value: The word in the config.
        python_value: What user code gets for it; None for the word itself.
        description: For people.
    """

    config_value: str
    python_value: Any = None
    description: str | None = None


class Enum(ConfigType):
    """One of some words.

    Args:
        name: What messages call the type.
        enum_values: The words.

    Raises:
        CheckError: A member is no :class:`EnumValue`.
    """

    def __init__(self, name: str, enum_values: Sequence[EnumValue]) -> None:
        self._name = checks.instance_of("name", name, str)
        self._values = {
            each.config_value: each.config_value if each.python_value is None else each.python_value
            for each in checks.members("enum_values", enum_values, EnumValue)
        }

    @property
    def label(self) -> str:
        """The type's name."""
        return self._name

    @property
    def example(self) -> Any:
        """The first word."""
        return next(iter(self._values), "")

    def _resolve_given(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:
        if not isinstance(value, str):
            problems.append(problem(path, "Value", f" for enum type {self._name} must be a string"))
        elif value not in self._values:
            text = f" not in enum type {self._name} got {value}. Use one of {list(self._values)}."
            problems.append(problem(path, "Value", text))
        else:
            return self._values[value]
        return None
