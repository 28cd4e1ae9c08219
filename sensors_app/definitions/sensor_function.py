"""The function of a sensor: what it takes, and how it is called."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from sensors_app.definitions.parameters import resource_parameters
from sensors_app.errors import DagsterInvalidDefinitionError, DagsterInvalidInvocationError
from sensors_app.execution.awaiting import awaited
from sensors_app.execution.resources import ScopedResources


class SensorFunction:
    """A function whose first parameter, but for resources, gets a context.

    Args:
        sensor_name: The sensor, for messages.
        function: The function.
    """

    def __init__(self, sensor_name: str, function: Callable[..., Any]) -> None:
        self._sensor_name = sensor_name
        self._function = function
        self.resource_names = resource_parameters(function)
        parameters = inspect.signature(function).parameters.values()
        others = (each for each in parameters if each.name not in self.resource_names)
        self._context = next(others, None)
        self._event = next(others, None)
        keywords = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
        self._by_name = self._context is not None and self._context.kind in keywords

    @property
    def has_context(self) -> bool:
        """Whether it takes a context."""
        return self._context is not None

    def call(
        self,
        context: Any,
        resources: Callable[[], ScopedResources],
        given: Mapping[str, Any] | None = None,
        event: Any = None,
    ) -> Any:
        """Call it; a coroutine or generator that it returns has not begun.

        Args:
            context: What its context parameter gets, if it has one.
            resources: Returns the resources; called only if it takes some.
            given: Resources that take the place of those.
            event: What its second parameter gets, if it has one and there is an event.

        Raises:
            DagsterInvalidDefinitionError: A resource that it takes is not there.
        """
        arguments = {name: self._resource(name, resources, given) for name in self.resource_names}
        if self._context is None:
            return self._function(**arguments)
        if event is not None and self._event is not None:
            arguments[self._event.name] = event
        if self._by_name or arguments:
            return self._function(**{self._context.name: context}, **arguments)
        return self._function(context)

    def evaluate(
        self, context: Any, resources: Callable[[], ScopedResources], event: Any = None
    ) -> Any:
        """Call it and return what it returns, with nothing left to await; for the rest see call."""
        return awaited(self.call(context, resources, event=event))

    def split(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], context_builder: str
    ) -> tuple[Any, dict[str, Any]]:
        """Return the context and the resources that a direct call was made with.

        Args:
            args: Its positional arguments.
            kwargs: Its keyword arguments.
            context_builder: What to recommend to make a context with.

        Raises:
            DagsterInvalidInvocationError: The function needs a context and got none, or got
                something else as well.
        """
        given = {name: kwargs[name] for name in kwargs if name in self.resource_names}
        others = {name: kwargs[name] for name in kwargs if name not in given}
        if len(args) + len(others) > 1:
            raise DagsterInvalidInvocationError(
                "Sensor invocation received multiple non-resource arguments. Only a first "
                "positional context parameter should be provided when invoking."
            )
        if self._context is not None and not args and not kwargs:
            raise DagsterInvalidInvocationError(
                "Sensor evaluation function expected context argument, but no context argument "
                f"was provided when invoking. Pass one: {context_builder}."
            )
        if self._context is not None and not args and self._context.name not in others:
            raise DagsterInvalidInvocationError(
                f"Sensor invocation expected argument '{self._context.name}'."
            )
        return next(iter((*args, *others.values())), None), given

    def _resource(
        self,
        name: str,
        resources: Callable[[], ScopedResources],
        given: Mapping[str, Any] | None,
    ) -> Any:
        if given and name in given:
            return given[name]
        made = resources()
        if not hasattr(made, name):
            raise DagsterInvalidDefinitionError(
                f"Resource with key '{name}' required by sensor '{self._sensor_name}' "
                "was not provided."
            )
        return getattr(made, name)
