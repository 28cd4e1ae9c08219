"""The one place that builds Redis clients, and that judges whether a server may hold the state."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from sensors_app.errors import SettingsError, StoreUnavailableError, UnsafeStoreError
from sensors_app.storage.scripts import ENCODING_ERRORS

SOCKET_TIMEOUT_S = 5.0
"""A reply that takes longer is given up. No call of ours blocks in the server."""

RETRY_CAP_S = 1.0

DEFAULT_SENTINEL_PORT = 26379

_PASSWORD_OPTION = re.compile(r"([?&]\w*password=)[^&#]*")


def connect(url: str, *, retries: int = 3) -> redis.Redis:
    """Return a client for ``redis://``, ``rediss://``, ``unix://`` or ``sentinel://``.

    No connection is made yet. Every command is repeated after a lost connection, which is right
    because every intent is idempotent.

    Args:
        url: Where the server is. For Sentinel: ``sentinel://[user:password@]host:port,host:port/
            service[/db]``.
        retries: How often a command is repeated, with pauses that grow to a second.

    Raises:
        SettingsError: the URL makes no sense.
    """
    options: dict[str, Any] = {
        "decode_responses": True,
        "encoding_errors": ENCODING_ERRORS,
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": SOCKET_TIMEOUT_S,
        "socket_keepalive": True,
        "health_check_interval": 30,
        "retry": Retry(ExponentialWithJitterBackoff(cap=RETRY_CAP_S, base=0.02), retries),
    }
    if url.startswith("unix://"):
        del options["socket_keepalive"]
    try:
        if url.startswith("sentinel://"):
            return _connect_by_sentinel(url, options)
        return redis.Redis.from_url(url, **options)
    except ValueError as error:
        raise SettingsError(
            f"SENSORS_REDIS_URL {hide_password(url)!r} is not usable: {error}"
        ) from error


def _connect_by_sentinel(url: str, options: dict[str, Any]) -> redis.Redis:
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    service, _, db = parts.path.strip("/").partition("/")
    if not hosts or not service:
        raise ValueError("write sentinel://host:port,host:port/service[/db]")
    username, _, password = credentials.partition(":")
    addresses = []
    for host in hosts.split(","):
        name, _, port = host.partition(":")
        addresses.append((name, int(port or DEFAULT_SENTINEL_PORT)))
    query = parse_qs(parts.query)
    sentinel = Sentinel(
        addresses,
        sentinel_kwargs={
            "socket_timeout": SOCKET_TIMEOUT_S,
            "password": query.get("sentinel_password", [None])[0],
        },
        **options,
    )
    client: redis.Redis = sentinel.master_for(
        service,
        db=int(db or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
    )
    return client


def hide_password(url: str) -> str:
    """Return a URL fit for logs and messages."""
    parts = urlsplit(_PASSWORD_OPTION.sub(r"\1***", url))
    if parts.password is None:
        return parts.geturl()
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}:***@{host}").geturl()


@dataclass(frozen=True, slots=True)
class ServerReport:
    """What matters of the server that holds the state.

    Args:
        version: Its version.
        maxmemory_policy: What it does when memory is short.
        persistent: Whether it writes to disk at all.
        appendfsync: How often its append-only file is forced to disk; None without such a file.
        clock_skew_ms: Its clock minus ours.
    """

    version: str
    maxmemory_policy: str
    persistent: bool
    appendfsync: str | None
    clock_skew_ms: int


def examine(client: redis.Redis, now_ms: int) -> ServerReport:
    """Ask the server what it is and how it keeps data.

    A managed server may refuse ``CONFIG``; ``INFO`` then has to do.

    Raises:
        StoreUnavailableError: it does not answer.
    """
    try:
        info: dict[str, Any] = client.info()
        seconds, micros = client.time()
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise StoreUnavailableError(
            f"The Redis server of SENSORS_REDIS_URL does not answer: {error}. "
            "Is it running, and is the address right?"
        ) from error
    try:
        config: dict[str | None, str | None] = client.config_get("append*", "save")
    except redis.ResponseError:
        config = {}
    append_only = bool(info.get("aof_enabled"))
    return ServerReport(
        version=str(info.get("valkey_version") or info["redis_version"]),
        maxmemory_policy=str(info.get("maxmemory_policy", "unknown")),
        persistent=append_only or bool(config.get("save", "unknown")),
        appendfsync=config.get("appendfsync") if append_only else None,
        clock_skew_ms=seconds * 1000 + micros // 1000 - now_ms,
    )


def require_no_eviction(report: ServerReport) -> None:
    """Refuse a server that throws keys away when memory is short.

    Raises:
        UnsafeStoreError: naming the policy and the remedy.
    """
    if report.maxmemory_policy not in {"noeviction", "unknown"}:
        raise UnsafeStoreError(
            f"The server of SENSORS_REDIS_URL evicts keys (maxmemory-policy "
            f"{report.maxmemory_policy}): cursors and run keys would be lost and runs doubled. "
            "Set 'maxmemory-policy noeviction', or use another server for the state."
        )
