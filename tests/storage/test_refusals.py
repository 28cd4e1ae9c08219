"""A server that is there and cannot work is like one that is away: wait, and lose nothing."""

import pytest
import redis

from sensors_app.errors import StoreUnavailableError
from sensors_app.storage.base import unavailable_named
from sensors_app.storage.store import Store
from tests.support.site import Site


def test_a_server_out_of_memory_is_unavailable(
    site: Site, store: Store, client: redis.Redis
) -> None:
    """Nothing of the intent is done; once there is room, it is."""
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(StoreUnavailableError, match="refuses to work"):
            store.sensors.poke("loc", "s")
    finally:
        client.config_set("maxmemory", "0")
    assert store.sensors.poke("loc", "s") is not None


@pytest.mark.parametrize(
    "error",
    [
        redis.ReadOnlyError("You can't write against a read only replica."),
        redis.ResponseError("MISCONF Errors writing to the AOF file"),
        redis.ConnectionError("connection refused"),
        redis.TimeoutError("Timeout reading from socket"),
    ],
)
def test_a_server_that_cannot_take_writes_is_unavailable(error: redis.RedisError) -> None:
    """A replica after a fail-over, a full disk, a lost connection."""
    with pytest.raises(StoreUnavailableError), unavailable_named():
        raise error


def test_an_error_of_our_own_is_not_hidden() -> None:
    """A script that is wrong is no reason to wait."""
    with pytest.raises(redis.ResponseError), unavailable_named():
        raise redis.ResponseError("ERR wrong number of arguments")
