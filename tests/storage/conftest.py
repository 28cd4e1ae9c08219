"""Fixtures of the tests of the store."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis

from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.support.audit import forget_all
from tests.support.proxy import FaultyProxy
from tests.support.reacting import Reacting, fed
from tests.support.site import Site, sensor


@pytest.fixture
def reacting(store: Store, prefix: str) -> Reacting:
    """The location ``loc`` with a sensor ``s`` that is called for each success anywhere."""
    site = Site(store, prefix)
    site.register(fed())
    return Reacting(site)


@pytest.fixture
def proxy() -> Iterator[FaultyProxy]:
    """A proxy in front of the server."""
    with FaultyProxy(ephemeral_url().removeprefix("unix://")) as proxy:
        yield proxy


@pytest.fixture
def proxied(proxy: FaultyProxy, prefix: str) -> Iterator[Store]:
    """The test's store, reached through the proxy."""
    client = connect(proxy.url)
    yield Store(client, prefix)
    client.close()


@pytest.fixture
def twin(client: redis.Redis) -> Iterator[Site]:
    """The same site under another prefix, for what would have been."""
    prefix = f"twin-{uuid4().hex[:12]}"
    site = Site(Store(client, prefix), prefix)
    site.register(sensor())
    yield site
    forget_all(client, prefix)
