"""Fixtures that every kind of test may use: a real server, and an audit of what a test leaves."""

from collections.abc import Iterator
from typing import Protocol
from uuid import uuid4

import hypothesis
import pytest
import redis

from sensors_app.storage.base import StoreLimits
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.support.audit import forget_all, leaked_keys
from tests.support.site import Site, sensor

# How long an example takes is the machine's doing: several tests run at once.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")


class StoreWith(Protocol):
    """Makes a store on the test's own keys whose limits differ from the usual ones."""

    def __call__(self, **limits: int) -> Store: ...


@pytest.fixture(scope="session")
def client() -> Iterator[redis.Redis]:
    """A client of this process's own server."""
    client = connect(ephemeral_url())
    yield client
    client.close()


@pytest.fixture
def prefix(client: redis.Redis) -> Iterator[str]:
    """What the test's keys begin with; they are audited when it ends, and deleted."""
    prefix = f"test-{uuid4().hex[:12]}"
    yield prefix
    leaked = leaked_keys(client, prefix)
    forget_all(client, prefix)
    assert not leaked, f"these keys would stay for ever: {leaked}"


@pytest.fixture
def store(client: redis.Redis, prefix: str) -> Store:
    """A store of the test's own."""
    return Store(client, prefix)


@pytest.fixture
def store_with(client: redis.Redis, prefix: str) -> StoreWith:
    """Makes a store on the same keys with other limits."""
    return lambda **limits: Store(client, prefix, StoreLimits(**limits))


@pytest.fixture
def site(store: Store, prefix: str) -> Site:
    """The location ``loc`` with one sensor ``s``, which runs every 30 s and is due."""
    site = Site(store, prefix)
    site.register(sensor())
    return site
