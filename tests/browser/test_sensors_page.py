"""The list of sensors in a browser: it follows what happens, and works by links and forms."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sensors_app.model.errors import SerializableErrorInfo
from tests.browser.conftest import serve
from tests.browser.web import WebProcess
from tests.support.site import Site, request, sensor

EVIL = "<img src=x onerror=\"document.title='taken over'\"><script>alert(1)</script>"


def row(page: Page, name: str):
    return page.locator(f'tr[data-label="loc/{name}"]')


def live(page: Page) -> None:
    expect(page.locator("#badge")).to_have_text("live")


def test_a_row_follows_its_sensor(page: Page, live_site: Site) -> None:
    """Without a reload: result, reason and strip of a tick that ends while somebody looks."""
    page.goto("/")
    live(page)
    expect(row(page, "a")).to_contain_text("no tick yet")
    live_site.commit(live_site.begun("a"), skip_reason="The queue is empty.")
    expect(row(page, "a")).to_contain_text("skipped")
    expect(row(page, "a")).to_contain_text("The queue is empty.")
    expect(row(page, "a").locator("svg.strip rect.s")).to_have_count(1)


def test_a_switch_is_of_the_server(page: Page, live_site: Site) -> None:
    """It shows what the server says, and if it is against the code; who did it is noted."""
    page.goto("/")
    row(page, "a").get_by_role("switch").click()
    expect(row(page, "a").get_by_role("switch")).to_have_attribute("aria-checked", "false")
    expect(row(page, "a")).to_contain_text("by hand")
    assert not live_site.state("a").running
    (entry,) = live_site.store.audit.entries("loc", target="a")
    assert (entry.actor, entry.action) == ("local", "stop")


def test_switches_work_without_scripts(browser: Browser, web_process: WebProcess) -> None:
    """By a form, which leads back to the page."""
    context = browser.new_context(base_url=web_process.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?q=a")
    row(page, "a").get_by_role("switch").click()
    expect(row(page, "a").get_by_role("switch")).to_have_attribute("aria-checked", "false")
    assert page.url.endswith("/?q=a")
    context.close()


def test_a_filter_is_in_the_url(page: Page, live_site: Site) -> None:
    """It finds by name and status; the slash leads to it; what is not understood is said."""
    live_site.fail(live_site.begun("b"), SerializableErrorInfo("ValueError: boom\n"))
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("status:failed")
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-label]")).to_have_count(1)
    expect(row(page, "b")).to_contain_text("ValueError: boom")
    assert "q=status%3Afailed" in page.url
    page.goto("/?q=colour:red")
    expect(page.locator(".note")).to_contain_text("there is no 'colour' to filter by")


def test_a_filter_by_status_follows_what_happens(page: Page, live_site: Site) -> None:
    """What it accepts from now on comes into the list, which was empty."""
    page.goto("/?q=status:failed")
    expect(page.locator("main")).to_contain_text("No sensor fits this filter")
    live(page)
    live_site.fail(live_site.begun("b"), SerializableErrorInfo("ValueError: boom\n"))
    expect(row(page, "b")).to_contain_text("ValueError: boom")


def test_many_are_switched_after_a_question(page: Page, live_site: Site) -> None:
    """It names the filter and how many sensors it is."""
    page.goto("/?q=status:running")
    page.get_by_role("link", name=re.compile("stop all 2")).click()
    expect(page.locator("main")).to_contain_text("status:running")
    page.get_by_role("button", name="Yes, stop them").click()
    page.wait_for_url("**/?q=status*")
    assert not any(live_site.state(name).running for name in "abc")


def test_what_users_write_is_only_text(page: Page, live_site: Site) -> None:
    """A reason that is a page of its own takes nothing over."""
    live_site.commit(live_site.begun("a"), skip_reason=EVIL)
    page.goto("/")
    expect(row(page, "a").locator("td.why")).to_have_text(EVIL)
    assert page.title() == "Sensors"
    live(page)
    live_site.now += 1000
    live_site.commit(live_site.begun("a"), skip_reason=f"{EVIL} again")
    expect(row(page, "a").locator("td.why")).to_have_text(f"{EVIL} again")
    assert page.locator("td.why img").count() == 0


def test_nothing_comes_from_elsewhere(page: Page) -> None:
    """Every request is for this server, and the browser has nothing to complain of."""
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda each: requests.append(each.url))
    page.on("console", lambda each: complaints.append(each.text))
    page.on("pageerror", lambda each: complaints.append(str(each)))
    page.goto("/")
    live(page)
    origin = page.url.rstrip("/")
    assert [url for url in requests if not url.startswith(origin)] == []
    assert complaints == []


def test_a_banner_says_that_beat_is_dead(page: Page, live_site: Site) -> None:
    """On every page, within seconds; and it goes when one is alive again."""
    page.goto("/")
    live(page)
    banner = page.locator("#banner")
    expect(banner).to_contain_text("No beat is alive")
    serve(live_site)
    expect(banner).not_to_contain_text("No beat is alive")


def test_the_page_survives_a_restart_of_the_server(
    page: Page, live_site: Site, web_process: WebProcess
) -> None:
    """The badge says so meanwhile; what happened meanwhile is there afterwards."""
    page.goto("/")
    live(page)
    web_process.stop()
    expect(page.locator("#badge")).not_to_have_text("live")
    live_site.commit(live_site.begun("a"), skip_reason="While it was away.")
    web_process.start()
    live(page)
    expect(row(page, "a")).to_contain_text("While it was away.")


def test_twelve_tabs_are_all_live(context: BrowserContext, live_site: Site) -> None:
    """One stream serves them all: a browser opens six connections to a server at most."""
    tabs = [context.new_page() for _ in range(12)]
    for tab in tabs:
        tab.goto("/")
    live_site.commit(live_site.begun("a"), request("r1"))
    for tab in tabs:
        live(tab)
        tab.bring_to_front()
        expect(row(tab, "a")).to_contain_text("requested")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_colour_schemes(browser: Browser, web_process: WebProcess, scheme: str) -> None:
    """The page follows the system, and its text stands out from its ground."""
    context = browser.new_context(base_url=web_process.url, color_scheme=scheme)
    page = context.new_page()
    page.goto("/")
    ground, ink = page.evaluate(
        "() => { const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]; }"
    )
    light = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ground, ink)]
    assert (light[0] > light[1]) is (scheme == "light")
    assert abs(light[0] - light[1]) > 380
    context.close()


def test_a_narrow_window_has_no_scroll_bar_of_its_own(page: Page) -> None:
    """Only the table scrolls."""
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_page_of_two_hundred_of_a_thousand(page: Page, live_site: Site) -> None:
    """And links to the others."""
    live_site.register(*(sensor(f"s{n:04}") for n in range(1000)))
    page.goto("/?sort=name")
    expect(page.locator("tr[data-label]")).to_have_count(200)
    page.get_by_role("link", name="next page →").click()
    expect(row(page, "s0200")).to_be_visible()


def test_a_row_turns_late_by_time_alone(page: Page, live_site: Site) -> None:
    """Nothing happens, and that is what somebody has to be told.

    The page is open before the interval gets short: a machine with much to do takes longer to open
    it than a short one needs to be late.
    """
    page.goto("/")
    expect(row(page, "a")).to_be_visible()
    expect(row(page, "a")).not_to_contain_text("late")
    live_site.register(sensor("a", interval_seconds=0.1))
    live_site.commit(live_site.begun("a"), skip_reason="Fine so far.")
    expect(row(page, "a").locator(".pill.late")).to_be_visible(timeout=10_000)
    expect(row(page, "a")).to_contain_text("Fine so far.")
