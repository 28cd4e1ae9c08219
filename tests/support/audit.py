"""What a test may leave in the store: nothing that could live for ever without being meant to."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import redis

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.storage.keys import PERMANENT_PATTERNS

_STAGED = re.compile(r"(?P<base>.*}:)staged:(?P<sensor>.+)")
_STAGED_CALL = re.compile(r"(?P<base>.*}:)staged_call:(?P<ident>.+)")
_REACTION = re.compile(r".*}:reaction:.+")
_OF_A_RUN = re.compile(r"(?P<base>.*}:)(?:run|run_events):(?P<run_id>.+)")
_NO_TTL = -1


def keys_under(client: redis.Redis, prefix: str) -> list[str]:
    """Return the keys that begin with a prefix, sorted."""
    return sorted(client.scan_iter(f"{prefix}:*", count=1000))


def leaked_keys(client: redis.Redis, prefix: str) -> list[str]:
    """Return the keys under a prefix that have no TTL and no right to live without one."""
    names = [name for name in keys_under(client, prefix) if not _permanent(name)]
    with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.pttl(name)
        lives = pipe.execute()
    endless = [name for name, life in zip(names, lives, strict=True) if life == _NO_TTL]
    allowed = _of_runs_under_way(client, endless) | _reactions_not_done(client, endless)
    allowed |= _of_committed_ticks(client, endless) | _of_committed_calls(client, endless)
    return sorted(set(endless) - allowed)


def _of_runs_under_way(client: redis.Redis, names: Iterable[str]) -> set[str]:
    """Return those of these keys that belong to a run which has not ended."""
    of_runs = {m[0]: f"{m['base']}run:{m['run_id']}" for m in map(_OF_A_RUN.fullmatch, names) if m}
    with client.pipeline(transaction=False) as pipe:
        for run in of_runs.values():
            pipe.hget(run, "status")
        found = zip(of_runs, pipe.execute(), strict=True)
    return {name for name, status in found if status and not DagsterRunStatus(status).is_finished}


def _of_committed_ticks(client: redis.Redis, names: Iterable[str]) -> set[str]:
    """Return those of these keys that are put by of a tick which is committed and has not ended."""
    staged = {m[0]: f"{m['base']}sensor:{m['sensor']}" for m in map(_STAGED.fullmatch, names) if m}
    with client.pipeline(transaction=False) as pipe:
        for sensor in staged.values():
            pipe.hget(sensor, "activity")
        found = zip(staged, pipe.execute(), strict=True)
    return {name for name, activity in found if activity in {"unfolding", "held"}}


def _of_committed_calls(client: redis.Redis, names: Iterable[str]) -> set[str]:
    """Return those of these keys that are put by of a call which is committed."""
    staged = [found for found in map(_STAGED_CALL.fullmatch, names) if found]
    return {
        each[0]
        for each in staged
        if client.zscore(f"{each['base']}unfolding_calls", each["ident"]) is not None
    }


def _reactions_not_done(client: redis.Redis, names: Iterable[str]) -> set[str]:
    """Return those of these keys that are reactions which somebody is still to take up."""
    reactions = list(filter(_REACTION.fullmatch, names))
    with client.pipeline(transaction=False) as pipe:
        for name in reactions:
            pipe.hget(name, "state")
        found = zip(reactions, pipe.execute(), strict=True)
    return {name for name, state in found if state and state != "done"}


def _permanent(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in PERMANENT_PATTERNS)


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
