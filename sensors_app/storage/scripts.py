"""The registry of Lua scripts: one file an intent, found by its name."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import redis
from redis.exceptions import NoScriptError

_FOLDER = files("sensors_app.storage") / "lua"
_USE = re.compile(r"^--! use (.+)$", re.MULTILINE)

Argument = str | bytes | int | float

ENCODING_ERRORS = "surrogatepass"


@dataclass(frozen=True, slots=True)
class Call:
    """One intent with its arguments, ready to be sent alone or among others."""

    script: str
    keys: Sequence[str]
    args: Sequence[Argument]


def _read(name: str) -> str:
    """Return a script's source, with the functions that its ``--! use`` line names before it."""
    source = (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")
    used = _USE.search(source)
    parts = [(_FOLDER / "lib" / f"{u}.lua").read_text() for u in used[1].split()] if used else []
    return "\n".join([*parts, source])


def _load_all() -> dict[str, tuple[str, str]]:
    names = [f.name.removesuffix(".lua") for f in _FOLDER.iterdir() if f.name.endswith(".lua")]
    sources = {name: _read(name) for name in sorted(names)}
    return {
        name: (hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest(), source)
        for name, source in sources.items()
    }


SCRIPTS = _load_all()
"""Every intent: name → (SHA-1, source)."""


def run_all(client: redis.Redis, calls: Iterable[Call]) -> list[Any]:
    """Run intents in one round trip and return their replies in order.

    A server that does not know a script yet (new, restarted, failed over) is taught all of them;
    only the calls that it refused are sent again.

    Raises:
        redis.RedisError: the first error among the replies.
    """
    calls = list(calls)
    replies = _send(client, calls)
    refused = [i for i, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
    if refused:
        with client.pipeline(transaction=False) as pipe:
            for _sha, source in SCRIPTS.values():
                pipe.script_load(source)
            pipe.execute()
        for i, reply in zip(refused, _send(client, [calls[i] for i in refused]), strict=True):
            replies[i] = reply
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies


def encoded(value: Argument) -> Argument:
    """Return a value as the client can send it.

    File names may hold what is no Unicode, and must survive as run keys; left to itself, the
    client refuses them.
    """
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", ENCODING_ERRORS)
    return value


def _send(client: redis.Redis, calls: Sequence[Call]) -> list[Any]:
    with client.pipeline(transaction=False) as pipe:
        for call in calls:
            sha = SCRIPTS[call.script][0]
            args = map(encoded, call.args)
            pipe.execute_command("EVALSHA", sha, len(call.keys), *call.keys, *args)
        return list(pipe.execute(raise_on_error=False))
