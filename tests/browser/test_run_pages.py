"""Runs in a browser: lists and logs that follow what happens, what is chosen, what is confirmed."""

import re

from playwright.sync_api import Browser, Page, expect

from sensors_app.model.events import EventLogEntry
from sensors_app.model.runs import DagsterRunStatus
from tests.browser.conftest import serve
from tests.browser.web import WebProcess
from tests.support.site import HOLDER, Site, request

EVIL = "<img src=x onerror=\"document.title='taken over'\"><script>alert(1)</script>"


def live(page: Page) -> None:
    expect(page.locator("#badge")).to_have_text("live")


def begin(site: Site, *run_ids: str) -> None:
    site.commit(site.begun("a"), *map(request, run_ids))
    site.now = site.store.now_ms()


def write(site: Site, run_id: str, *lines: str, first: int = 0) -> None:
    entries = [EventLogEntry(run_id, "job", site.now / 1000, line, 20, "load") for line in lines]
    site.store.runs.append_run_entries(site.name, run_id, HOLDER, first, entries)


def test_list_follows_runs_and_keeps_what_is_chosen(page: Page, live_site: Site) -> None:
    """A run comes, another one moves: the box that was ticked stays so."""
    begin(live_site, "run-1")
    page.goto("/runs")
    live(page)
    page.get_by_label("Choose run run-1").check()
    begin(live_site, "run-2")
    expect(page.locator("tbody tr")).to_have_count(2)
    live_site.start_run("run-1")
    expect(page.locator("tbody tr", has_text="run-1")).to_contain_text("starting")
    expect(page.get_by_label("Choose run run-1")).to_be_checked()
    expect(page.get_by_label("Choose run run-2")).not_to_be_checked()


def test_log_is_shown_as_it_is_written(page: Page, live_site: Site) -> None:
    """Lines that no move of the run tells of, and its end."""
    begin(live_site, "run-1")
    live_site.start_run("run-1")
    live_site.mark_started("run-1")
    page.goto("/runs/run-1")
    live(page)
    write(live_site, "run-1", "first line", EVIL)
    expect(page.locator("table.log")).to_contain_text("first line")
    expect(page.locator("table.log")).to_contain_text("<script>alert(1)</script>")
    write(live_site, "run-1", "third line", first=2)
    expect(page.locator("table.log")).to_contain_text("third line")
    live_site.finish_run("run-1")
    expect(page.locator(".head .pill")).to_have_text("success")
    assert "taken over" not in page.title()


def test_times_have_milliseconds_here_and_in_utc(page: Page, live_site: Site) -> None:
    """The date of what happened, too."""
    begin(live_site, "run-1")
    page.goto("/runs/run-1")
    created = page.locator("dl.fields time").first
    expect(created).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$"))
    page.locator("#zone").click()
    expect(created).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$"))
    expect(created).to_have_attribute("title", re.compile("UTC$"))


def test_chosen_runs_are_canceled_once_confirmed(
    browser: Browser, web_process: WebProcess, live_site: Site
) -> None:
    """By links and forms alone."""
    begin(live_site, "run-1", "run-2", "run-3")
    context = browser.new_context(base_url=web_process.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/runs?tab=queued")
    for run_id in ("run-1", "run-2"):
        page.get_by_label(f"Choose run {run_id}").check()
    page.get_by_role("button", name="Cancel chosen…").click()
    expect(page.locator("h1")).to_have_text("Cancel 2 runs?")
    assert live_site.status("run-1") is DagsterRunStatus.QUEUED
    page.get_by_role("button", name="Yes, cancel them").click()
    expect(page.locator("tbody .pill")).to_have_text(["queued", "canceled", "canceled"])
    assert live_site.status("run-3") is DagsterRunStatus.QUEUED
    context.close()


def test_a_run_is_run_again_with_another_tag(page: Page, live_site: Site) -> None:
    """And one goes on to the new one, which names the old one."""
    begin(live_site, "run-1")
    live_site.start_run("run-1")
    live_site.mark_started("run-1")
    live_site.finish_run("run-1", DagsterRunStatus.FAILURE)
    page.goto("/runs/run-1")
    page.get_by_role("link", name="Run again…").click()
    page.get_by_label("Further tags").fill("team=<b>")
    page.get_by_role("button", name="Yes, run it again").click()
    expect(page.locator("dl.fields")).to_contain_text("team=<b>")
    expect(page.locator("dl.fields")).to_contain_text("again run-1")


def test_health_tells_of_a_beat_that_falls_silent(page: Page, live_site: Site) -> None:
    """Without a reload, though nothing tells of heartbeats that do not come."""
    serve(live_site)
    page.goto("/health")
    expect(page.locator(".card", has_text="beats")).to_contain_text("alive")
    expect(page.locator(".card", has_text="beats")).to_contain_text("silent")
    expect(page.locator("#banner")).to_contain_text("No beat is alive")
