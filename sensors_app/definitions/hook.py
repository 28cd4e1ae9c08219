"""Hooks: functions that are called when an op has succeeded or failed."""

import inspect
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, overload

from sensors_app.definitions.names import valid_name
from sensors_app.errors import DagsterInvalidDefinitionError
from sensors_app.execution.context import StepContext
from sensors_app.execution.plan import Hook
from sensors_app.execution.resources import ScopedResources
from sensors_app.model import checks
from sensors_app.ports import Instance


@dataclass(frozen=True, slots=True)
class HookedOp:
    """The use of an op that a hook is called for."""

    name: str


class HookContext:
    """What a hook's function gets as its context.

    Args:
        step: The step that has ended.
        error: What it raised; None if it succeeded.
        hook_def: The hook.
    """

    def __init__(
        self, step: StepContext, error: BaseException | None, hook_def: "HookDefinition"
    ) -> None:
        self._step = step
        self._error = error
        self._hook_def = hook_def

    @property
    def op(self) -> HookedOp:
        """The use of the op; its ``name`` is that in the job."""
        return HookedOp(self._step.step_key)

    @property
    def op_exception(self) -> BaseException | None:
        """What the op raised; None if it succeeded."""
        return self._error

    @property
    def hook_def(self) -> "HookDefinition":
        """The hook."""
        return self._hook_def

    @property
    def job_name(self) -> str:
        """The run's job."""
        return self._step.run.job_name

    @property
    def run_id(self) -> str:
        """The run's identity."""
        return self._step.run.run_id

    @property
    def step_key(self) -> str:
        """The name of the op's use."""
        return self._step.step_key

    @property
    def op_config(self) -> Any:
        """The op's config."""
        return self._step.config

    @property
    def resources(self) -> ScopedResources:
        """What the hook requires."""
        return self._step.resources.only(self._hook_def.required_resource_keys)

    @property
    def log(self) -> logging.Logger:
        """Writes to the run's log, and to stderr."""
        return self._step.log

    @property
    def instance(self) -> Instance | None:
        """Where the run is kept; None if it is kept nowhere."""
        return self._step.instance


@dataclass(frozen=True, eq=False)
class HookDefinition:
    """A function called for the end of an op; made by ``success_hook`` and ``failure_hook``.

    Args:
        name: Its name.
        hook_fn: The function; gets a :class:`HookContext`.
        on_success: Whether it is called for success, and not for failure.
        required_resource_keys: The resources it reads.
    """

    name: str
    hook_fn: Callable[[HookContext], Any]
    on_success: bool
    required_resource_keys: frozenset[str] = frozenset()

    def __call__(self, context: HookContext) -> Any:
        """Call the function."""
        return self.hook_fn(context)

    def compiled(self) -> Hook:
        """Return it as a plan needs it."""
        return Hook(
            self.name,
            self.on_success,
            lambda step, error: self.hook_fn(HookContext(step, error, self)),
        )


HookDecorator = Callable[[Callable[[HookContext], Any]], HookDefinition]


@overload
def success_hook(hook_fn: Callable[[HookContext], Any], /) -> HookDefinition: ...


@overload
def success_hook(
    *, name: str | None = None, required_resource_keys: Collection[str] | None = None
) -> HookDecorator: ...


def success_hook(
    hook_fn: Callable[[HookContext], Any] | None = None,
    /,
    *,
    name: str | None = None,
    required_resource_keys: Collection[str] | None = None,
) -> HookDefinition | HookDecorator:
    """Make a hook that is called when an op has succeeded.

    Args:
        hook_fn: The function; its first parameter gets a :class:`HookContext`.
        name: Its name; by default the function's.
        required_resource_keys: The resources it reads.

    Raises:
        DagsterInvalidDefinitionError: The name is not valid, or there is no parameter.
    """
    decorate = _decorator(name, required_resource_keys, on_success=True)
    return decorate if hook_fn is None else decorate(hook_fn)


@overload
def failure_hook(hook_fn: Callable[[HookContext], Any], /) -> HookDefinition: ...


@overload
def failure_hook(
    *, name: str | None = None, required_resource_keys: Collection[str] | None = None
) -> HookDecorator: ...


def failure_hook(
    hook_fn: Callable[[HookContext], Any] | None = None,
    /,
    *,
    name: str | None = None,
    required_resource_keys: Collection[str] | None = None,
) -> HookDefinition | HookDecorator:
    """Make a hook that is called when an op has failed, after its last retry.

    Args:
        hook_fn: The function; its first parameter gets a :class:`HookContext`.
        name: Its name; by default the function's.
        required_resource_keys: The resources it reads.

    Raises:
        DagsterInvalidDefinitionError: The name is not valid, or there is no parameter.
    """
    decorate = _decorator(name, required_resource_keys, on_success=False)
    return decorate if hook_fn is None else decorate(hook_fn)


def checked_hooks(hooks: Collection[HookDefinition] | None) -> frozenset[HookDefinition]:
    """Return hooks as a set.

    Raises:
        CheckError: One of them is no hook.
    """
    return frozenset(checks.members("hooks", hooks, HookDefinition))


def _decorator(
    name: str | None, required_resource_keys: Collection[str] | None, *, on_success: bool
) -> HookDecorator:
    keys = frozenset(checks.members("required_resource_keys", required_resource_keys, str))

    def decorate(function: Callable[[HookContext], Any]) -> HookDefinition:
        checks.function("hook_fn", function)
        hook_name = valid_name(function.__name__ if name is None else name)
        if not inspect.signature(function).parameters:
            raise DagsterInvalidDefinitionError(
                f"'{hook_name}' decorated function does not have required positional parameter "
                "'context'."
            )
        return HookDefinition(hook_name, function, on_success, keys)

    return decorate
