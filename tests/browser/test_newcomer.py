"""A newcomer's way: start it, open the page, drop a file, see what came of it, take control."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect

from tests.dev.test_dev import Dev, free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.acceptance


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Dev]:
    made = Dev(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.ctrl_c()


def answers(address: str) -> bool:
    try:
        with urlopen(address) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_from_the_first_file_to_who_did_what(dev: Dev, browser: Browser) -> None:
    """All of it on pages, without a reload by hand."""
    port = free_port()
    dev.start("--web-port", str(port))
    address = f"http://127.0.0.1:{port}"
    assert address in dev.output()
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.set_default_timeout(20_000)
    # Pages are there a moment after they are announced, at the latest when the workers are.
    wait_until(lambda: answers(address), "the pages")
    page.goto("/")
    row = page.locator('tr[data-label="watched/first_sensor"]')
    expect(row).to_contain_text("skipped")
    dev.drop("a.txt")
    expect(row.locator("rect.r")).to_have_count(1)
    page.get_by_role("link", name="Runs", exact=True).click()
    run = page.locator("main tbody tr").first
    expect(run).to_contain_text("success")
    run.get_by_role("link", name=re.compile("^[0-9a-f]{8}")).click()
    expect(page.locator("main")).to_contain_text('Finished execution of run for "handle_job"')
    page.goto("/sensors/watched/first_sensor")
    page.get_by_role("switch").click()
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    page.goto("/sensors/watched/first_sensor/cursor")
    page.fill("textarea[name=text]", "from the beginning")
    page.get_by_role("button", name="Set…").click()
    page.get_by_role("button", name="Yes, set it").click()
    page.goto("/audit")
    lines = page.locator("main tbody tr")
    expect(lines.nth(0)).to_contain_text("set cursor")
    expect(lines.nth(1)).to_contain_text("stop")
    expect(lines.nth(1)).to_contain_text("local")
    context.close()
