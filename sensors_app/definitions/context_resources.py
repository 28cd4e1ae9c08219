"""The resources of a sensor's context, made when they are first read."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from sensors_app.definitions.resource import build_resources, resource_definitions
from sensors_app.errors import DagsterInvariantViolationError
from sensors_app.execution.resources import ScopedResources
from sensors_app.ports import Instance


class ContextResources:
    """Resources that live until their context is left.

    Args:
        resources: Definitions or values, by key.
        instance: Where runs are kept, for resources that ask.
        context_builder: What messages recommend to make the context with.

    Raises:
        CheckError: The resources are no mapping by name.
    """

    def __init__(
        self, resources: Mapping[str, Any] | None, instance: Instance | None, context_builder: str
    ) -> None:
        self._definitions = resource_definitions(resources)
        self._instance = instance
        self._context_builder = context_builder
        self._made: ScopedResources | None = None
        self._stack = ExitStack()
        self._entered = False

    def enter(self) -> None:
        """Allow resources that have to be ended."""
        self._entered = True

    def leave(self) -> None:
        """End what was made."""
        self._entered = False
        self._made = None
        self._stack.close()

    def get(self) -> ScopedResources:
        """Return the resources; the first call makes them.

        Raises:
            DagsterInvariantViolationError: One has to be ended, and the context was not entered.
            DagsterResourceFunctionError: A resource's function raised.
        """
        if self._made is None:
            has_end = any(each.is_generator for each in self._definitions.values())
            if has_end and not self._entered:
                raise DagsterInvariantViolationError(
                    "At least one provided resource is a generator, but attempting to access "
                    "resources outside of context manager scope. You can use the following syntax "
                    f"to open a context manager: `with {self._context_builder} as context:`"
                )
            opened = build_resources(self._definitions, self._instance)
            self._made = self._stack.enter_context(opened)
        return self._made
