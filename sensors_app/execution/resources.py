"""Makes the resources of a run, in the order in which they need each other, and ends them."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sensors_app.errors import (
    DagsterInvariantViolationError,
    DagsterResourceFunctionError,
    DagsterUnknownResourceError,
)
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance


class ScopedResources:
    """The resources that some user code may read, as attributes.

    Args:
        values: Each by its key.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getattr__(self, name: str) -> Any:
        # copy and pickle ask for names before __init__ has run.
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise DagsterUnknownResourceError(
                f"Unknown resource `{name}`. Specify `{name}` as a required resource on the "
                "compute / config function that accessed it."
            ) from None

    def __repr__(self) -> str:
        return f"ScopedResources({', '.join(self._values)})"

    def _asdict(self) -> dict[str, Any]:
        """Return each resource by its key, as a named tuple would."""
        return dict(self._values)

    def only(self, keys: Collection[str]) -> "ScopedResources":
        """Return those resources alone that have one of these keys."""
        return ScopedResources({key: self._values[key] for key in keys if key in self._values})


@dataclass(frozen=True, slots=True)
class ResourceInit:
    """What a resource's function may know.

    Args:
        key: The resource's key.
        config: Its config.
        resources: The resources it requires.
        log: Where it logs.
        instance: Where runs are kept, if anywhere.
        run: The run it is made for, if it is for one.
    """

    key: str
    config: Any
    resources: ScopedResources
    log: logging.Logger
    instance: Instance | None = None
    run: DagsterRun | None = None


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """One resource, ready to be made.

    Args:
        create: Makes it; a context manager's exit ends it.
        requires: The keys of the resources it needs.
        config: Its config.
    """

    create: Callable[[ResourceInit], AbstractContextManager[Any]]
    requires: frozenset[str] = frozenset()
    config: Any = None


def in_order(specs: Mapping[str, ResourceSpec]) -> list[str]:
    """Return the keys, each after those it requires.

    Raises:
        KeyError: One requires a resource that is not there.
        DagsterInvariantViolationError: Some require each other.
    """
    for spec in specs.values():
        for key in sorted(spec.requires):
            if key not in specs:
                raise KeyError(key)
    needs = {key: sorted(specs[key].requires) for key in sorted(specs)}
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise DagsterInvariantViolationError(
            f"Resources require each other in a circle: {' -> '.join(error.args[1])}."
        ) from error


@contextmanager
def open_resources(
    specs: Mapping[str, ResourceSpec],
    log: logging.Logger,
    *,
    instance: Instance | None = None,
    run: DagsterRun | None = None,
    user_code: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Iterator[ScopedResources]:
    """Make resources, and end them again, last made first.

    What one raises when it is ended is logged. A resource is not told of what the body raises.

    Args:
        specs: Each by its key.
        log: Where they log.
        instance: Where runs are kept, if anywhere.
        run: The run they are made for, if they are for one.
        user_code: What their code runs in while they are made; what ends them runs to its end.

    Raises:
        KeyError: One requires a resource that is not there.
        DagsterInvariantViolationError: Some require each other.
        DagsterResourceFunctionError: A resource's function raised.
    """
    made: dict[str, Any] = {}
    with ExitStack() as stack:
        for key in in_order(specs):
            spec = specs[key]
            resources = ScopedResources(made).only(spec.requires)
            init = ResourceInit(key, spec.config, resources, log, instance, run)
            try:
                with user_code():
                    manager = spec.create(init)
                    made[key] = manager.__enter__()
            except Exception as error:
                raise DagsterResourceFunctionError(
                    f"Error executing resource_fn on ResourceDefinition {key}", error
                ) from error
            stack.callback(_end, key, manager, log)
        yield ScopedResources(made)


def _end(key: str, manager: AbstractContextManager[Any], log: logging.Logger) -> None:
    """End a resource; the work is done, so what it raises is logged and fails nothing."""
    try:
        manager.__exit__(None, None, None)
    except KeyboardInterrupt:
        raise
    except BaseException:
        log.exception("Teardown of resource %s failed.", key)
