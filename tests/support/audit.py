"""What a test may leave in the store: nothing that could live for ever without being meant to."""

import re
from collections.abc import Mapping
from typing import Any

import redis

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.storage.keys import PERMANENT_PATTERNS

_OF_A_RUN = re.compile(r"(?P<base>.*}:)(?:run|run_events):(?P<run_id>.+)")
_NO_TTL = -1


def keys_under(client: redis.Redis, prefix: str) -> list[str]:
    """Return the keys that begin with a prefix, sorted."""
    return sorted(client.scan_iter(f"{prefix}:*", count=1000))


def leaked_keys(client: redis.Redis, prefix: str) -> list[str]:
    """Return the keys under a prefix that have no TTL and no right to live without one."""
    names = keys_under(client, prefix)
    with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.pttl(name)
        lives = pipe.execute()
    return [
        name
        for name, life in zip(names, lives, strict=True)
        if life == _NO_TTL and not _may_stay(client, name)
    ]


def _may_stay(client: redis.Redis, name: str) -> bool:
    if any(pattern.fullmatch(name) for pattern in PERMANENT_PATTERNS):
        return True
    of_a_run = _OF_A_RUN.fullmatch(name)
    if not of_a_run:
        return False
    status = client.hget(f"{of_a_run['base']}run:{of_a_run['run_id']}", "status")
    return status is not None and not DagsterRunStatus(status).is_finished


def contents(client: redis.Redis, prefix: str) -> Mapping[str, Any]:
    """Return all that is kept under a prefix, without what chance decides.

    The ids of log entries are the server's time; the rest follows from the calls made.
    """
    return {
        name.removeprefix(prefix): _content(client, name) for name in keys_under(client, prefix)
    }


def _content(client: redis.Redis, name: str) -> Any:
    kind = client.type(name)
    if kind == "hash":
        return client.hgetall(name)
    if kind == "zset":
        return client.zrange(name, 0, -1, withscores=True)
    if kind == "set":
        return client.smembers(name)
    entries = client.xrange(name)
    return entries if ":ticks:" in name else [fields for _, fields in entries]


def forget_all(client: redis.Redis, prefix: str) -> None:
    """Delete every key under a prefix."""
    names = keys_under(client, prefix)
    if names:
        client.unlink(*names)
