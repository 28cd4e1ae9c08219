"""What every part of the store shares: the client, the keys, the limits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import redis

from sensors_app.errors import StoreUnavailableError
from sensors_app.execution.interruption import shielded
from sensors_app.storage import scripts
from sensors_app.storage.keys import GlobalKeys, LocationKeys

DAY_MS = 86_400_000

REFUSALS = (
    redis.exceptions.ReadOnlyError,  # It became a replica.
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.NoPermissionError,
)
"""What a server says that is there and cannot take writes; a failing disk is ``MISCONF``."""


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """How much is kept and for how long.

    Args:
        tick_max_count: Ticks kept of each sensor.
        tick_max_age_ms: How long a tick is kept.
        tick_max_listed: Run ids and run keys listed in a tick; their number is always whole.
        run_max_count: Runs kept of each code location, but for those under way.
        run_max_age_ms: How long an ended run and its log are kept.
        run_log_max_age_ms: How long the log of an ended run is kept, at most.
        events_max_count: Events kept in the stream of a code location.
        events_max_age_ms: How long an event is kept.
        asset_max_count: Materializations kept of each asset.
        audit_max_count: Things that people did kept of each code location.
        audit_max_age_ms: How long what people did is kept.
        quick_ms: Below how many ms of an evaluation a sensor is quick, so that it may share
            messages with others; 0: none is.
        max_requests: A tick that requests more runs is held, unless its sensor says otherwise.
        unusual_factor: So is one that requests so many times as many as are usual; 0: none is.
        unusual_floor: Up to so many requests it does not matter what is usual.
        backoff_after: From how many failures in a row on a sensor's pause doubles with each one.
        backoff_max_ms: Up to how long a pause; 0: it never grows.
        claim_resend_ms: After how long a claim nobody has begun is sent again.
        tick_grace_ms: How long after its time limit a tick under way is taken for dead.
        run_claim_ms: After how long without a heartbeat a run is taken for dead.
        worker_ttl_ms: After how long without a heartbeat a worker is taken for dead.
        sent_window: Messages of one location that may be sent and not taken up.
        by_location: What is otherwise in some code locations.
    """

    tick_max_count: int = 1000
    tick_max_age_ms: int = 7 * DAY_MS
    tick_max_listed: int = 100
    run_max_count: int = 100_000
    run_max_age_ms: int = 30 * DAY_MS
    run_log_max_age_ms: int = 30 * DAY_MS
    events_max_count: int = 100_000
    events_max_age_ms: int = 30 * DAY_MS
    asset_max_count: int = 1000
    audit_max_count: int = 10_000
    audit_max_age_ms: int = 365 * DAY_MS
    max_requests: int = 100_000
    unusual_factor: float = 20
    unusual_floor: int = 1000
    backoff_after: int = 10
    backoff_max_ms: int = 300_000
    claim_resend_ms: int = 10_000
    quick_ms: int = 20
    tick_grace_ms: int = 30_000
    run_claim_ms: int = 15_000
    worker_ttl_ms: int = 15_000
    sent_window: int = 1000
    by_location: Mapping[str, "StoreLimits"] = field(default_factory=dict)

    def of(self, location: str) -> "StoreLimits":
        """Return what is kept of a code location."""
        return self.by_location.get(location, self)


@dataclass(frozen=True, slots=True)
class StoreContext:
    """The client, the keys and the limits, handed to each part of the store."""

    client: redis.Redis
    prefix: str
    limits: StoreLimits

    @property
    def global_keys(self) -> GlobalKeys:
        """Keys that belong to no code location."""
        return GlobalKeys(self.prefix)

    def keys(self, location: str) -> LocationKeys:
        """Keys of a code location."""
        return _location_keys(self.prefix, location)

    def run(self, script: str, keys: list[str], args: list[scripts.Argument]) -> Any:
        """Run one intent."""
        return self.run_all([scripts.Call(script, keys, args)])[0]

    def run_all(self, calls: list[scripts.Call]) -> list[Any]:
        """Run intents in one round trip."""
        with shielded(), unavailable_named():
            return scripts.run_all(self.client, calls)

    @contextmanager
    def reading(self) -> "Iterator[redis.client.Pipeline]":
        """Give a pipeline for reads."""
        with shielded(), unavailable_named(), self.client.pipeline(transaction=False) as pipe:
            yield pipe


def given(now_ms: int | None) -> scripts.Argument:
    """Write the time a script is to go by: none given means the server's clock."""
    return "" if now_ms is None else now_ms


@lru_cache(maxsize=1024)
def _location_keys(prefix: str, location: str) -> LocationKeys:
    return LocationKeys(prefix, location)


@contextmanager
def unavailable_named() -> Iterator[None]:
    """Turn the client's connection errors into ours."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise StoreUnavailableError(f"The Redis server of the state is away: {error}") from error
    except redis.ResponseError as error:
        if not isinstance(error, REFUSALS) and not str(error).startswith("MISCONF"):
            raise  # A script or a command of ours is wrong.
        raise StoreUnavailableError(
            f"The Redis server of the state refuses to work: {error}. Nothing is lost: it goes on "
            "when the server does."
        ) from error
