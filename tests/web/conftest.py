"""Fixtures of the tests of pages and API: the application, on the test's own store."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sensors_app.runtime import Runtime
from sensors_app.settings import Settings
from sensors_app.storage.store import Store
from sensors_app.web.app import build_app
from tests.web.api import Api

Open = Callable[..., TestClient]


@pytest.fixture
def open_web(store: Store, prefix: str) -> Iterator[Open]:
    """Starts the application with some settings; give what is like a browser on this machine."""
    with ExitStack() as stack:

        def open_it(**settings: Any) -> TestClient:
            made = Settings(key_prefix=prefix, **settings)
            client = TestClient(
                build_app(Runtime(made, store)),
                base_url="http://localhost:3070",
                headers={"Accept": "text/html"},
                follow_redirects=False,
            )
            return stack.enter_context(client)

        yield open_it


@pytest.fixture
def web(open_web: Open) -> TestClient:
    """A browser on this machine, whose user may do everything. Arrange before asking for it."""
    return open_web()


@pytest.fixture
def api(open_web: Open) -> Api:
    """A program on this machine, which may do everything. Arrange before asking for it."""
    return Api(open_web())
