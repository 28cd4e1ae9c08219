"""Config schemas as users write them, and the composed kinds of config value."""

from collections.abc import Mapping, Sequence
from typing import Any

from sensors_app.definitions.config_types import (
    ANY,
    MISSING,
    ROOT_PATH,
    SCALARS,
    ConfigType,
    problem,
)
from sensors_app.errors import (
    CheckError,
    ConfigProblem,
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidConfigError,
    ParameterCheckError,
)


class Field:
    """One entry of a config schema: a type, and whether it may be left out.

    Args:
        config: The type: ``str``, ``int``, ``float``, ``bool``, ``dict``, ``list``, ``Any``, a
            config type, ``[type]``, or a dict of entries.
        default_value: What it is when it is left out.
        is_required: Whether it must be given. By default, unless there is a default value or the
            type has one of its own (such as a dict in which nothing is required).
        description: For people.

    Raises:
        DagsterInvalidConfigDefinitionError: ``config`` is no type.
        DagsterInvalidConfigError: The default value is not of the type.
        ParameterCheckError: There is a default value for something that must be given.
    """

    def __init__(
        self,
        config: Any,
        default_value: Any = MISSING,
        is_required: bool | None = None,
        description: str | None = None,
    ) -> None:
        self.config_type = to_config_type(config)
        self.description = description
        if default_value is not MISSING:
            if is_required:
                raise ParameterCheckError(
                    "Invariant violation for parameter default_value. Description: required "
                    "arguments should not specify default values"
                )
            resolve_config(
                self.config_type,
                default_value,
                "Invalid default_value for Field. Ensure all required config entries are provided "
                "and all values match the expected types.",
            )
        elif is_required is None:
            default_value = self.config_type.implied
        self._if_left_out = default_value
        self.is_required = default_value is MISSING if is_required is None else is_required

    @classmethod
    def unchecked(cls, config: Any, default_value: Any) -> "Field":
        """Return an entry whose default value may not fit yet.

        It may name an environment variable that is not set where the entry is defined.
        """
        field = cls(config, is_required=False)
        field._if_left_out = default_value
        return field

    @property
    def if_left_out(self) -> Any:
        """What it is as if it were given when it is not; ``MISSING`` if it is not there at all."""
        return self._if_left_out

    @property
    def default_provided(self) -> bool:
        """Whether it is something when it is left out."""
        return self._if_left_out is not MISSING

    @property
    def default_value(self) -> Any:
        """What it is when it is left out.

        Raises:
            CheckError: It then is not there at all.
        """
        if self._if_left_out is MISSING:
            raise CheckError("Asking for default value when none was provided")
        return resolve_config(self.config_type, self._if_left_out, "Invalid default_value")


class Array(ConfigType):
    """A list of values of one type.

    Args:
        inner_type: What each of them is, as in a schema.
    """

    def __init__(self, inner_type: Any) -> None:
        self.inner_type = to_config_type(inner_type)

    @property
    def label(self) -> str:
        """The type of the members, in brackets."""
        return f"[{self.inner_type.label}]"

    @property
    def example(self) -> Any:
        """The empty list."""
        return []

    def _resolve_given(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:
        if not isinstance(value, list):
            problems.append(problem(path, "Value", f' must be list. Expected: "{self.label}"'))
            return None
        return [
            self.inner_type.resolve(member, f"{path}[{n}]", problems)
            for n, member in enumerate(value)
        ]


class Shape(ConfigType):
    """A dict whose entries are known by name.

    Args:
        fields: The type of each entry, as in a schema.
    """

    allows_others = False

    def __init__(self, fields: Mapping[str, Any]) -> None:
        # Sorted, so that messages do not depend on the order in which a user wrote them.
        self.fields: dict[str, Field] = {name: to_field(fields[name]) for name in sorted(fields)}

    @property
    def label(self) -> str:
        """Every entry with its type, and a question mark if it may be left out."""
        entries = (
            f"{name}{'' if field.is_required else '?'}: {field.config_type.label}"
            for name, field in self.fields.items()
        )
        return " ".join(("{", *entries, "}"))

    @property
    def example(self) -> Any:
        """The required entries alone."""
        return {
            name: field.config_type.example
            for name, field in self.fields.items()
            if field.is_required
        }

    @property
    def implied(self) -> Any:
        """Nothing but the defaults of its entries, if none of them is required."""
        return MISSING if any(field.is_required for field in self.fields.values()) else {}

    def _resolve_given(self, value: Any, path: str, problems: list[ConfigProblem]) -> Any:
        if not isinstance(value, Mapping):
            problems.append(problem(path, "Value", f' must be dict. Expected: "{self.label}".'))
            return None
        implied = {name: field.if_left_out for name, field in self.fields.items()}
        value = {**{name: each for name, each in implied.items() if each is not MISSING}, **value}
        others = {name: value[name] for name in value if name not in self.fields}
        if others and not self.allows_others:
            problems.append(self._unexpected(list(others), path))
        missing = [
            name for name, field in self.fields.items() if field.is_required and name not in value
        ]
        if missing:
            problems.append(self._missing(missing, path))
        known = {
            name: field.config_type.resolve(value[name], f"{path}:{name}", problems)
            for name, field in self.fields.items()
            if name in value
        }
        return {**others, **known}

    def _unexpected(self, names: list[Any], path: str) -> ConfigProblem:
        if len(names) == 1:
            what, expected = f'entry "{names[0]}"', self.label
        else:
            what, expected = f'entries "{sorted(map(str, names))}"', str([*self.fields])
        return problem(path, f"Received unexpected config {what}", f'. Expected: "{expected}".')

    def _missing(self, names: list[str], path: str) -> ConfigProblem:
        examples = {name: self.fields[name].config_type.example for name in names}
        if len(names) == 1:
            what, these, entries = f'entry "{names[0]}"', "this value", "entry"
        else:
            what, these, entries = f"entries {names}", "these values", "entries"
        return problem(
            path,
            f"Missing required config {what}",
            f". You must provide {these} in your run config. "
            f"Example config for the missing {entries}: {examples}",
        )


class Permissive(Shape):
    """A dict that may have other entries beside those known by name, of any type.

    Args:
        fields: The type of each known entry, as in a schema.
    """

    allows_others = True

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        super().__init__(fields or {})


def to_config_type(schema: Any) -> ConfigType:
    """Return the type that a schema, as a user writes it, stands for.

    Raises:
        DagsterInvalidConfigDefinitionError: It stands for none; the message says where in it.
    """
    return _to_config_type(schema, schema, "")


def to_field(schema: Any) -> Field:
    """Return an entry of a schema as a :class:`Field`."""
    return schema if isinstance(schema, Field) else Field(schema)


def resolve_config(config_type: ConfigType, value: Any, preamble: str) -> Any:
    """Return ``value`` with defaults filled in.

    Args:
        config_type: What it must be.
        value: What the user gave.
        preamble: The first line of the error.

    Raises:
        DagsterInvalidConfigError: It is something else; the error lists every problem.
    """
    problems: list[ConfigProblem] = []
    resolved = config_type.resolve(value, ROOT_PATH, problems)
    if problems:
        raise DagsterInvalidConfigError(preamble, problems, value)
    return resolved


def _to_config_type(schema: Any, whole: Any, path: str) -> ConfigType:
    if isinstance(schema, ConfigType):
        return schema
    if isinstance(schema, Field):
        return schema.config_type
    if schema is Any:
        return ANY
    if schema is dict:
        return Permissive()
    if schema is list:
        return Array(ANY)
    if isinstance(schema, Mapping):
        return Shape({name: _to_entry(name, schema[name], whole, path) for name in schema})
    if isinstance(schema, Sequence) and not isinstance(schema, str):
        if len(schema) != 1:
            raise _no_type(schema, whole, path, " Reason: List must be of length 1.")
        return Array(_to_config_type(schema[0], whole, path))
    if isinstance(schema, type) and schema in SCALARS:
        return SCALARS[schema]
    raise _no_type(schema, whole, path, "")


def _to_entry(name: Any, schema: Any, whole: Any, path: str) -> Field:
    if not isinstance(name, str):
        raise _no_type(name, whole, path, " Reason: names of entries must be text.")
    if isinstance(schema, Field):
        return schema
    return Field(_to_config_type(schema, whole, f"{path}:{name}"))


def _no_type(
    schema: Any, whole: Any, path: str, reason: str
) -> DagsterInvalidConfigDefinitionError:
    where = f" Error at stack path {path}." if path else ""
    return DagsterInvalidConfigDefinitionError(
        f"Error defining config. Original value passed: {whole!r}.{where} "
        f"{schema!r} cannot be resolved.{reason} Use str, int, float, bool, dict, list, Any, "
        "a Field or another config type, a list of one of them ([int]), or a dict of them."
    )
