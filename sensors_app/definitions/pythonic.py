"""Config and resources as pydantic classes. The only module of the definitions that loads pydantic.

A class becomes a config schema, so that mistakes are reported all at once and with Dagster's paths;
pydantic then makes the object.
"""

import enum
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from sensors_app.definitions.config_choices import Enum, EnumValue, Noneable
from sensors_app.definitions.config_schema import Array, Field, Permissive, Shape
from sensors_app.definitions.config_sources import SOURCES
from sensors_app.definitions.config_types import ANY, SCALARS, ConfigType
from sensors_app.definitions.env import EnvVar, IntEnvVar
from sensors_app.definitions.resource import InitResourceContext, ResourceDefinition
from sensors_app.errors import DagsterInvalidInvocationError


class Config(BaseModel):
    """Base of classes that describe an op's config: ``def my_op(config: MyConfig)``.

    Objects cannot be changed. A field with a default may be left out of a run config.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)
    _sensors_app_config: ClassVar[bool] = True

    if not TYPE_CHECKING:  # which take the arguments from the fields

        def __init__(self, **values: Any) -> None:
            super().__init__(**values)
            # pydantic makes plain values of them.
            for name, value in values.items():
                if isinstance(value, EnvVar | IntEnvVar) and name in type(self).model_fields:
                    self.__dict__[name] = value

    def __setattr__(self, name: str, value: Any) -> None:
        if name in type(self).model_fields:
            raise DagsterInvalidInvocationError(
                f"'{type(self).__name__}' is a Pythonic config class and does not support item "
                "assignment, as it inherits from 'pydantic.BaseModel' with frozen=True."
            )
        super().__setattr__(name, value)

    @classmethod
    def to_config_type(cls) -> Shape:
        """Return the schema that a run config must fit."""
        return _shape(cls, {})

    def to_config_dict(self) -> dict[str, Any]:
        """Return it as the part of a run config that it stands for."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        values |= self.model_extra or {}
        return {name: _plain(each) for name, each in values.items() if each is not None}


class PermissiveConfig(Config):
    """The same, for config that may have other entries beside its fields."""

    model_config = ConfigDict(extra="allow")


class ConfigurableResource(Config):
    """Base of classes that are resources: their fields are their config.

    A field that is a resource itself is made, and ended, along with this one.
    """

    _sensors_app_config: ClassVar[bool] = False
    _sensors_app_resource: ClassVar[bool] = True

    @classmethod
    def configure_at_launch(cls) -> ResourceDefinition:
        """Return it as a resource whose config is given by the run."""
        return _definition(cls, {})

    def to_resource_definition(self) -> ResourceDefinition:
        """Return it as a resource; a run's config takes the place of its own."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return _definition(type(self), own)

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Called before the first op that may use it; for classes below to say what is done."""

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        """Called after the last op; for classes below to say what is done."""

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[Self]:
        """Make it ready, give it out, and end it."""
        self.setup_for_execution(context)
        try:
            yield self
        finally:
            self.teardown_after_execution(context)


def _definition(cls: type[ConfigurableResource], own: dict[str, Any]) -> ResourceDefinition:
    nested = {name: each for name, each in own.items() if isinstance(each, ConfigurableResource)}
    settled = {name: each for name, each in own.items() if name not in nested}

    def make_plain(context: InitResourceContext) -> ConfigurableResource:
        return cls(**{**own, **context.resource_config})

    def make(context: InitResourceContext) -> Iterator[ConfigurableResource]:
        made = make_plain(context)
        with _all_ready([*nested.values(), made], context):
            yield made

    has_end = any(_has_end(each) for each in [cls, *map(type, nested.values())])
    schema = Field(_shape(cls, settled, without=set(nested)))
    return ResourceDefinition(make if has_end else make_plain, config_schema=schema)


def _has_end(cls: type[ConfigurableResource]) -> bool:
    base = ConfigurableResource
    return (
        cls.setup_for_execution is not base.setup_for_execution
        or cls.teardown_after_execution is not base.teardown_after_execution
        or cls.yield_for_execution is not base.yield_for_execution
    )


@contextmanager
def _all_ready(
    resources: list[ConfigurableResource], context: InitResourceContext
) -> Iterator[None]:
    if not resources:
        yield
        return
    first, *others = resources
    with first.yield_for_execution(context), _all_ready(others, context):
        yield


def _shape(cls: type[Config], settled: dict[str, Any], without: set[str] | None = None) -> Shape:
    fields = {
        name: _field(info, name in settled, settled.get(name))
        for name, info in cls.model_fields.items()
        if name not in (without or ())
    }
    is_open = cls.model_config.get("extra") == "allow"
    return Permissive(fields) if is_open else Shape(fields)


def _field(info: FieldInfo, is_settled: bool, value: Any) -> Field:
    config_type = _config_type(info.annotation)
    if is_settled:
        return _with_default(config_type, value)
    if info.is_required():
        return Field(config_type, is_required=True)
    if info.default_factory is not None:
        return Field(config_type, is_required=False)
    return _with_default(config_type, info.default)


def _with_default(config_type: ConfigType, value: Any) -> Field:
    if value is None:
        nullable = config_type if isinstance(config_type, Noneable) else Noneable(config_type)
        return Field(nullable)
    if isinstance(value, EnvVar | IntEnvVar):
        return Field.unchecked(config_type, _plain(value))
    if isinstance(value, Config | enum.Enum):
        return Field(config_type, is_required=False)
    return Field(config_type, default_value=_plain(value))


def _config_type(annotation: Any) -> ConfigType:
    """Return the schema of an annotation; what a schema cannot say, pydantic checks."""
    if annotation in SOURCES:
        return SOURCES[annotation]
    if annotation in SCALARS:
        return SCALARS[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        others = [each for each in arguments if each is not types.NoneType]
        inner = _config_type(others[0]) if len(others) == 1 else ANY
        return Noneable(inner) if len(others) < len(arguments) else inner
    if origin is list:
        return Array(_config_type(arguments[0]))
    if annotation is list:
        return Array(ANY)
    if annotation is dict or origin is dict:
        return Permissive()
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return Enum(annotation.__name__, [EnumValue(each.name, each) for each in annotation])
    if isinstance(annotation, type) and issubclass(annotation, Config):
        return annotation.to_config_type()
    return ANY


def _plain(value: Any) -> Any:
    if isinstance(value, EnvVar | IntEnvVar):
        return {"env": value.env_var_name}
    if isinstance(value, Config):
        return value.to_config_dict()
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
