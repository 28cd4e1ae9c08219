"""Resources: what ops, hooks and sensors share, made for them and ended after them."""

import inspect
import logging
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Self, overload

from sensors_app.definitions.config_schema import Field, Shape, resolve_config, to_field
from sensors_app.definitions.config_types import ANY
from sensors_app.definitions.parameters import RESOURCE_MARK
from sensors_app.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
)
from sensors_app.execution.logs import STDERR, user_logger
from sensors_app.execution.resources import (
    ResourceInit,
    ResourceSpec,
    ScopedResources,
    open_resources,
)
from sensors_app.model import checks
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance


class InitResourceContext:
    """What a resource's function gets as its context.

    Args:
        init: What is known of the resource and of the run it is made for.
    """

    def __init__(self, init: ResourceInit) -> None:
        self._init = init

    @property
    def resource_config(self) -> Any:
        """The resource's config, with defaults filled in; None if it got none."""
        return self._init.config

    @property
    def resources(self) -> ScopedResources:
        """The resources that this one requires, as attributes."""
        return self._init.resources

    @property
    def log(self) -> logging.Logger:
        """Where the resource logs."""
        return self._init.log

    @property
    def instance(self) -> Instance | None:
        """Where runs are kept; None if they are kept nowhere."""
        return self._init.instance

    @property
    def run(self) -> DagsterRun | None:
        """The run it is made for; None outside of one."""
        return self._init.run

    @property
    def run_id(self) -> str | None:
        """The identity of the run it is made for; None outside of one."""
        return None if self._init.run is None else self._init.run.run_id


class ResourceDefinition:
    """A function that makes a resource; made with :func:`resource`.

    Args:
        resource_fn: The function; a parameter gets an :class:`InitResourceContext`. It returns
            the resource, or yields it once and then ends it.
        config_schema: What its config must be; None accepts anything.
        description: For people.
        required_resource_keys: The resources it reads.

    Raises:
        DagsterInvalidDefinitionError: The function has more than one required parameter.
        CheckError: An argument has the wrong type.
    """

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: Collection[str] | None = None,
    ) -> None:
        checks.function("resource_fn", resource_fn)
        self._function = resource_fn
        self._has_context = _takes_context(resource_fn)
        self.description = checks.optional("description", description, str)
        self.required_resource_keys = frozenset(
            checks.members("required_resource_keys", required_resource_keys, str)
        )
        self.config_field = (
            Field(ANY, is_required=False) if config_schema is None else to_field(config_schema)
        )

    @classmethod
    def hardcoded_resource(cls, value: Any, description: str | None = None) -> Self:
        """Return a resource that is a value."""
        return cls(lambda: value, description=description)

    @property
    def is_generator(self) -> bool:
        """Whether it has to be ended."""
        return inspect.isgeneratorfunction(self._function)

    def configured(self, config: Any) -> "ResourceDefinition":
        """Return it with its config settled.

        Raises:
            DagsterInvalidConfigError: The config does not fit.
        """
        config_type = self.config_field.config_type
        settled = resolve_config(config_type, config, "Error in config for resource")
        return ResourceDefinition(
            self._function,
            config_schema=Field(ANY, default_value=settled),
            description=self.description,
            required_resource_keys=self.required_resource_keys,
        )

    def spec(self, config: Any) -> ResourceSpec:
        """Return it ready to be made with this config."""
        return ResourceSpec(self._create, self.required_resource_keys, config)

    def __call__(self, *args: InitResourceContext | None) -> Any:
        """Call the function directly, as tests do; one that yields becomes a context manager.

        Args:
            args: The context, if the function has one; None makes a fresh one.

        Raises:
            DagsterInvalidInvocationError: A context is missing, or is not taken.
        """
        if bool(args) is not self._has_context:
            problem = "expects a context" if self._has_context else "has no context parameter"
            raise DagsterInvalidInvocationError(
                f"The resource's function {problem}, and was called with {len(args)} arguments."
            )
        if self._has_context:
            args = (args[0] or _fresh_context(),)
        made = self._function(*args)
        return _GeneratorManager(made) if inspect.isgenerator(made) else made

    def _create(self, init: ResourceInit) -> AbstractContextManager[Any]:
        made = self._function(*([InitResourceContext(init)] if self._has_context else []))
        return _GeneratorManager(made) if inspect.isgenerator(made) else nullcontext(made)


class _GeneratorManager(AbstractContextManager[Any]):
    """Runs a generator to its yield, and after the body to its end; the body's fate is not told."""

    def __init__(self, generator: Generator[Any, Any, Any]) -> None:
        self._generator = generator

    def __enter__(self) -> Any:
        for value in self._generator:
            return value
        raise DagsterInvariantViolationError("A resource's generator must yield the resource.")

    def __exit__(self, *_exception: object) -> None:
        next(self._generator, None)
        self._generator.close()


@overload
def resource(config_schema: Callable[..., Any], /) -> ResourceDefinition: ...


@overload
def resource(
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Collection[str] | None = None,
) -> Callable[[Callable[..., Any]], ResourceDefinition]: ...


def resource(
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Collection[str] | None = None,
) -> ResourceDefinition | Callable[[Callable[..., Any]], ResourceDefinition]:
    """Make a resource of a function; bare, or with the arguments of :class:`ResourceDefinition`."""
    if callable(config_schema) and not isinstance(config_schema, type):
        return ResourceDefinition(config_schema, description=inspect.getdoc(config_schema))

    def decorate(function: Callable[..., Any]) -> ResourceDefinition:
        return ResourceDefinition(
            function,
            config_schema=config_schema,
            description=inspect.getdoc(function) if description is None else description,
            required_resource_keys=required_resource_keys,
        )

    return decorate


def resource_definitions(resources: Mapping[str, Any] | None) -> dict[str, ResourceDefinition]:
    """Return resources as definitions; what is none becomes a resource that is that value."""
    given = checks.mapping("resources", resources)
    return {key: _definition(each) for key, each in given.items()}


def _definition(value: Any) -> ResourceDefinition:
    if isinstance(value, ResourceDefinition):
        return value
    if getattr(value, RESOURCE_MARK, False):
        made: ResourceDefinition = value.to_resource_definition()
        return made
    return ResourceDefinition.hardcoded_resource(value)


def resources_config_type(resources: Mapping[str, ResourceDefinition]) -> Shape:
    """Return what the config of these resources must be."""
    return Shape({key: Shape({"config": each.config_field}) for key, each in resources.items()})


def resource_specs(
    resources: Mapping[str, ResourceDefinition], config: Mapping[str, Any]
) -> dict[str, ResourceSpec]:
    """Return resources ready to be made, with their part of a checked config."""
    return {key: each.spec(config[key].get("config")) for key, each in resources.items()}


@contextmanager
def build_resources(
    resources: Mapping[str, Any],
    instance: Instance | None = None,
    resource_config: Mapping[str, Any] | None = None,
    dagster_run: DagsterRun | None = None,
) -> Iterator[ScopedResources]:
    """Make resources outside of a run; on exit they are ended, last made first.

    Args:
        resources: Definitions or values, by key; also what these require.
        instance: Where runs are kept, for resources that ask.
        resource_config: ``{"config": ...}`` by key.
        dagster_run: The run they are made for, for resources that ask.

    Raises:
        DagsterInvalidConfigError: The config does not fit.
        KeyError: A resource requires one that is not there.
        DagsterResourceFunctionError: A resource's function raised.
    """
    definitions = resource_definitions(resources)
    given = checks.mapping("resource_config", resource_config)
    config_type = resources_config_type(definitions)
    config = resolve_config(config_type, given, "Error in config for resources")
    specs = resource_specs(definitions, config)
    log = user_logger(STDERR)
    with open_resources(specs, log, instance=instance, run=dagster_run) as opened:
        yield opened


def _takes_context(function: Callable[..., Any]) -> bool:
    parameters = list(inspect.signature(function).parameters.values())
    extra = [each.name for each in parameters[1:] if each.default is inspect.Parameter.empty]
    if extra:
        name = getattr(function, "__name__", "resource_fn")
        raise DagsterInvalidDefinitionError(
            f"@resource decorated function '{name}' expects only a single positional required "
            f"argument. Got required extra params {', '.join(extra)}"
        )
    return bool(parameters)


def _fresh_context() -> InitResourceContext:
    return InitResourceContext(ResourceInit("", None, ScopedResources({}), user_logger(STDERR)))
