"""A real browser on a real web process. Without Debian's chromium the tests here are skipped."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from sensors_app.model.locations import Role, WorkerInfo
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.browser.web import WebProcess
from tests.support.audit import forget_all
from tests.support.site import Site, sensor

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=20_000)

if CHROMIUM is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each module: while it is there an event loop runs, beside which no test's own can."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def live_site() -> Iterator[Site]:
    """The location ``loc`` with the sensors ``a``, ``b`` and ``c``, at the present time."""
    prefix = f"browser-{uuid4().hex[:8]}"
    client = connect(ephemeral_url())
    site = Site(Store(client, prefix), prefix)
    site.now = site.store.now_ms()
    site.register(sensor("a"), sensor("b"), sensor("c", running_by_default=False))
    serve(site)
    yield site
    forget_all(client, prefix)
    client.close()


def serve(site: Site) -> None:
    """Have a beat, and workers of each role, give a sign of life."""
    site.store.sensors.beat_heartbeat("beat")
    worker = WorkerInfo("w@h:1", [Role.EVALUATE, Role.LAUNCH], 2, 1, "1")
    site.store.sensors.worker_heartbeat(site.name, worker)


@pytest.fixture
def web_process(live_site: Site, tmp_path: Path) -> Iterator[WebProcess]:
    made = WebProcess(ephemeral_url(), live_site.prefix, tmp_path / "web.log")
    yield made
    made.stop()


@pytest.fixture
def context(browser: Browser, web_process: WebProcess) -> Iterator[BrowserContext]:
    """A browser's window, which is told apart from other origins."""
    made = browser.new_context(base_url=web_process.url)
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
