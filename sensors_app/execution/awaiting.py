"""Functions of users that are ``async def``: run to their end, as others are."""

import importlib
import inspect
from collections.abc import AsyncIterator
from typing import Any


def awaited(returned: Any) -> Any:
    """Return what a function returned; a coroutine is awaited, an async generator becomes a list.

    Raises:
        RuntimeError: There is something to await, and this thread's event loop is running.
    """
    if inspect.iscoroutine(returned):
        return _run(returned)
    if inspect.isasyncgen(returned):
        return _run(_all_of(returned))
    return returned


async def _all_of(values: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in values]


def _run(coroutine: Any) -> Any:
    # asyncio brings ssl and sockets, a third of what importing the package would cost.
    return importlib.import_module("asyncio").run(coroutine)
