"""The pages of one sensor in a browser."""

import re

from playwright.sync_api import Page, expect

from sensors_app.model.ticks import DroppedRequest, Preview, TickStatus
from tests.browser.test_sensors_page import EVIL, live
from tests.cli.fake_worker import working
from tests.support.site import Site, request

HERE = "/sensors/loc/a"


def test_it_follows_its_ticks(page: Page, live_site: Site) -> None:
    """A tick that ends while somebody looks is in the table, and leads to a page of its own."""
    page.goto(HERE)
    live(page)
    live_site.commit(live_site.begun("a"), request("run-1", "k"), cursor="7")
    line = page.locator("main tbody tr").first
    expect(line).to_contain_text("requested")
    expect(page.locator("main")).to_contain_text("7")
    line.get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("k")
    page.go_back()
    expect(page.locator("svg.timeline a").first).to_be_attached()


def test_a_skip_like_the_last_takes_its_line(page: Page, live_site: Site) -> None:
    """The line that somebody looks at counts on; no second one appears."""
    live_site.commit(live_site.begun("a"), skip_reason="Nothing.")
    page.goto(HERE)
    live(page)
    lines = page.locator("main table.ticks tbody tr")
    expect(lines).to_contain_text(["Nothing."])
    live_site.now += 1000
    live_site.commit(live_site.begun("a"), skip_reason="Nothing.")
    expect(lines).to_contain_text(["\N{MULTIPLICATION SIGN}2"])
    expect(lines).to_have_count(1)


def test_a_cursor_that_moved_is_not_overwritten(page: Page, live_site: Site) -> None:
    """What somebody saw counts: the second of two who look at once is told so."""
    live_site.set_cursor("old", "a")
    page.goto(f"{HERE}/cursor")
    page.fill("textarea[name=text]", "mine")
    page.get_by_role("button", name="Set…").click()
    live_site.set_cursor("theirs", "a")
    page.get_by_role("button", name="Yes, set it").click()
    expect(page.get_by_role("alert").filter(has_text="any more")).to_contain_text("nothing was")
    assert live_site.state("a").cursor == "theirs"
    page.goto(f"{HERE}/cursor")
    page.fill("textarea[name=text]", "mine")
    page.get_by_role("button", name="Set…").click()
    page.get_by_role("button", name="Yes, set it").click()
    expect(page.locator("main")).to_contain_text("mine")
    assert live_site.state("a").cursor == "mine"
    page.goto(f"{HERE}/audit")
    expect(page.locator("main tbody tr").first).to_contain_text("set cursor")
    expect(page.locator("main tbody tr").first).to_contain_text("local")


def test_a_preview_says_what_would_be_dropped(page: Page, live_site: Site) -> None:
    """The page waits for the worker's answer by itself."""
    answer = Preview(
        "a",
        TickStatus.SUCCESS,
        cursor_before=None,
        cursor_after="9",
        requests=[{"run_key": "new", "job_name": "job", "run_config": {"x": 1}, "tags": {}}],
        dropped=[DroppedRequest("old", "run-0")],
    )
    with working(live_site.store, preview=answer):
        page.goto(f"{HERE}/preview")
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("main")).to_contain_text("new")
    for text in ("old", "run-0", "9"):
        expect(page.locator("main")).to_contain_text(text)
    assert live_site.store.runs.runs("loc") == []


def test_what_users_write_is_only_text_everywhere(page: Page, live_site: Site) -> None:
    """Reason, cursor, run key and description, on each page that shows them."""
    live_site.commit(live_site.begun("a"), request("run-1", EVIL), cursor=EVIL)
    live_site.now += 1000
    live_site.commit(live_site.begun("a"), skip_reason=EVIL)
    tick = live_site.store.ticks.ticks("loc", "a", limit=1)[0].tick_id
    for path in ("", "/cursor", "/run-keys", f"/ticks/{tick}", "/runs"):
        page.goto(f"{HERE}{path}")
        assert "taken over" not in page.title()
        assert page.locator("main img").count() == 0
    page.goto("/runs/run-1")
    expect(page.locator("main")).to_contain_text(re.compile("onerror"))
    assert page.locator("main img").count() == 0
