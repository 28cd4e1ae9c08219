"""Fixtures of the tests of the store."""

import pytest

from sensors_app.storage.store import Store
from tests.support.reacting import Reacting, fed
from tests.support.site import Site


@pytest.fixture
def reacting(store: Store, prefix: str) -> Reacting:
    """The location ``loc`` with a sensor ``s`` that is called for each success anywhere."""
    site = Site(store, prefix)
    site.register(fed())
    return Reacting(site)
