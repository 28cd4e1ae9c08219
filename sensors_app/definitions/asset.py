"""Assets: functions whose result is a thing with a key."""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, overload

from sensors_app.definitions.op import OpDefinition
from sensors_app.definitions.op_ports import In
from sensors_app.definitions.op_types import Nothing
from sensors_app.errors import CheckError
from sensors_app.execution.context import StepContext
from sensors_app.execution.plan import OutputValue, Yielded
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model import checks
from sensors_app.model.assets import AssetKey, AssetMaterialization, to_asset_key

DEFAULT_GROUP = "default"


class AssetOp(OpDefinition):
    """An op that reports the asset ``asset_key`` once it has yielded its output."""

    def __init__(self, asset_key: AssetKey, function: Callable[..., Any], **arguments: Any) -> None:
        super().__init__(function, **arguments)
        self.asset_key = asset_key

    def compute(self, step: StepContext, inputs: Mapping[str, Any]) -> Iterator[Yielded]:
        """Call the function as a step of a run; yield its output, then the materialization."""
        for each in super().compute(step, inputs):
            yield each
            if isinstance(each, OutputValue):
                yield AssetMaterialization(self.asset_key, metadata=each.metadata)


class AssetsDefinition:
    """A function whose result is an asset; made with :func:`asset`.

    Args:
        function: The function. A parameter that is no context, config or resource gets the value
            of the asset of that name.
        key: The asset's key.
        deps: Assets that have to be there before, and whose values it does not get.
        group_name: The group it is selected by.
        arguments: Those of the op that it is in a job.

    Raises:
        DagsterInvalidDefinitionError: The parameters cannot be an asset's.
        CheckError: An argument has the wrong type.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        key: AssetKey,
        deps: Collection[AssetKey],
        group_name: str,
        arguments: Mapping[str, Any],
    ) -> None:
        self.key = key
        self.group_name = checks.instance_of("group_name", group_name, str)
        waits = {"__".join(each.parts): each for each in deps}
        self.op: OpDefinition = AssetOp(
            key,
            function,
            name="__".join(key.parts),
            ins={name: In(Nothing) for name in waits},
            **arguments,
        )
        self.values: Mapping[str, AssetKey] = {
            name: AssetKey(name) for name in self.op.ins if name not in waits
        }
        self.inputs: Mapping[str, AssetKey] = {**self.values, **waits}

    @property
    def keys(self) -> set[AssetKey]:
        """Its key, in a set: Dagster's definitions may have several."""
        return {self.key}

    @property
    def description(self) -> str | None:
        """For people."""
        return self.op.description

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, with the values of the assets that it needs.

        Raises:
            DagsterInvalidInvocationError: The function does not take these arguments.
        """
        return self.op.invoke(args, kwargs)


Dependency = AssetKey | str | Sequence[str] | AssetsDefinition


@overload
def asset(compute_fn: Callable[..., Any], /) -> AssetsDefinition: ...


@overload
def asset(
    *,
    name: str | None = None,
    key: AssetKey | str | Sequence[str] | None = None,
    key_prefix: str | Sequence[str] | None = None,
    deps: Iterable[Dependency] | None = None,
    group_name: str | None = None,
    description: str | None = None,
    config_schema: Any = None,
    required_resource_keys: Collection[str] | None = None,
    retry_policy: RetryPolicy | None = None,
) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...


def asset(
    compute_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    key: AssetKey | str | Sequence[str] | None = None,
    key_prefix: str | Sequence[str] | None = None,
    deps: Iterable[Dependency] | None = None,
    group_name: str | None = None,
    **arguments: Any,
) -> AssetsDefinition | Callable[[Callable[..., Any]], AssetsDefinition]:
    """Make an asset of a function.

    Args:
        compute_fn: The function, if the decorator is bare.
        name: The last part of its key; by default the function's name.
        key: Its whole key, in place of a name.
        key_prefix: The parts of its key before the name.
        deps: Assets that have to be there before, and whose values it does not get.
        group_name: The group it is selected by; None means ``default``.
        arguments: ``description``, ``config_schema``, ``required_resource_keys`` and
            ``retry_policy``, as for an op.

    Raises:
        DagsterInvalidDefinitionError: The name or the parameters cannot be an asset's.
        CheckError: An argument has the wrong type, or there are both a key and a name.
    """
    if key is not None and (name is not None or key_prefix is not None):
        raise CheckError("Give an asset either a key, or a name and a key_prefix.")

    def decorate(function: Callable[..., Any]) -> AssetsDefinition:
        checks.function("compute_fn", function)
        last = function.__name__ if name is None else checks.instance_of("name", name, str)
        prefix = () if key_prefix is None else to_asset_key("key_prefix", key_prefix).parts
        own = AssetKey([*prefix, last]) if key is None else to_asset_key("key", key)
        given = {"description": inspect.getdoc(function), **arguments}
        dependencies = [dependency_key(each) for each in deps or ()]
        return AssetsDefinition(function, own, dependencies, group_name or DEFAULT_GROUP, given)

    return decorate if compute_fn is None else decorate(compute_fn)


def dependency_key(value: Any) -> AssetKey:
    """Return the key of an asset, given as a key or as the asset itself.

    Raises:
        CheckError: It is neither.
    """
    return value.key if isinstance(value, AssetsDefinition) else to_asset_key("deps", value)
