"""What a command works with: settings and store, opened for it and closed after it."""

import functools
import getpass
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Concatenate, ParamSpec

from sensors_app.cli.dev.running import settings_here
from sensors_app.operating.operator import Operator
from sensors_app.runtime import Runtime, build_runtime
from sensors_app.storage.store import Store

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


def operator(store: Store) -> Operator:
    """Return whoever sits at this terminal, as the audit trail is to name them."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as containers have them
        name = "somebody"
    return Operator(store, f"{name}@{socket.gethostname()}")
