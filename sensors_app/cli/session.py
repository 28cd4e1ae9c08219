"""What a command works with: settings and store, opened for it and closed after it."""

import functools
from collections.abc import Callable
from contextlib import closing
from typing import Concatenate, ParamSpec

from sensors_app.cli.dev.running import settings_here
from sensors_app.runtime import Runtime, build_runtime

P = ParamSpec("P")

RETRIES = 1
"""A person waits: say soon that the server is away."""


def with_runtime(command: Callable[Concatenate[Runtime, P], None]) -> Callable[P, None]:
    """Give a command a runtime as its first argument."""

    @functools.wraps(command)
    def opened(*args: P.args, **kwargs: P.kwargs) -> None:
        with closing(build_runtime(settings_here(), retries=RETRIES)) as runtime:
            command(runtime, *args, **kwargs)

    return opened
