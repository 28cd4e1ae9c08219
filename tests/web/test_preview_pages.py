"""Dry runs on pages."""

import pytest
from fastapi.testclient import TestClient

from sensors_app.model.locations import Role, WorkerInfo
from sensors_app.model.ticks import DroppedRequest, LogLine, Preview, TickStatus
from tests.support.site import BOOM, Site, request
from tests.web.conftest import Open
from tests.web.test_cursor_page import hidden

SENSOR = "/sensors/loc/s"


def asked(web: TestClient, **form: str) -> str:
    """Ask for a dry run; return the page of its answer."""
    answer = web.post(f"{SENSOR}/preview", data=form)
    assert answer.status_code == 303
    return answer.headers["location"]


def answer(site: Site, page: str, **preview) -> None:
    """Let a worker answer."""
    ident = page.rpartition("/")[2]
    assert site.store.outbox.begin_preview("loc", ident) is not None
    usual = {"status": TickStatus.SKIPPED, **preview}
    site.store.outbox.answer_preview("loc", ident, Preview("s", **usual))


def test_a_page_waits_for_the_answer(web: TestClient, site: Site):
    """It looks again by itself, and says who is missing."""
    page = asked(web)
    text = web.get(page).text
    assert '<meta http-equiv="refresh"' in text
    assert "No evaluate worker of loc is alive" in text
    answer(site, page, skip_reason="Nothing new")
    text = web.get(page).text
    assert '<meta http-equiv="refresh"' not in text
    assert "Nothing new" in text


def test_nobody_is_missing_if_everybody_is_there(web: TestClient, site: Site):
    """No warning then."""
    site.store.sensors.beat_heartbeat("beat@host:1")
    worker = WorkerInfo("w@host", [Role.EVALUATE], 1, 1, "1")
    site.store.sensors.worker_heartbeat("loc", worker)
    assert "The preview waits for it" not in web.get(asked(web)).text


def test_shows_requests_with_config_and_tags_and_what_would_be_dropped(web: TestClient, site: Site):
    """The earlier run of a dropped key, and the cursor that would be left."""
    site.tick(request("earlier", "old"))
    page = asked(web)
    wanted = {
        "run_key": "new", "job_name": "job", "run_config": {"a": "<1>"}, "tags": {"team": "x"},
    }  # fmt: skip
    answer(
        site,
        page,
        status=TickStatus.SUCCESS,
        requests=[wanted],
        dropped=[DroppedRequest("old", "earlier")],
        cursor_after="c2",
        logs=[LogLine(1.0, 30, "a warning")],
    )
    text = web.get(page).text
    for part in ("new", "team=x", "&lt;1&gt;", "/runs/earlier", '<code title="c2">', "a warning"):
        assert part in text
    assert "1 would make a run, 1 would be dropped" in text


def test_a_failure_is_shown(web: TestClient, site: Site):
    """With its error."""
    page = asked(web)
    answer(site, page, status=TickStatus.FAILURE, error=BOOM)
    text = web.get(page).text
    assert "It would fail" in text
    assert "ValueError: boom" in text


@pytest.mark.parametrize(
    ("form", "cursor"),
    [({}, "own"), ({"which": "none"}, None), ({"which": "text", "text": "a\r\nb"}, "a\nb")],
)
def test_any_cursor_may_be_tried(web: TestClient, site: Site, form, cursor):
    """Its own, none, or what somebody writes."""
    site.set_cursor("own")
    ident = asked(web, **form).rpartition("/")[2]
    start = site.store.outbox.begin_preview("loc", ident)
    assert start is not None
    assert start.cursor == cursor


def test_a_preview_is_committed_by_an_evaluation_that_is_another(web: TestClient, site: Site):
    """The page says so; the cursor that was tried is set, if its own is still what was seen."""
    site.set_cursor("own")
    page = asked(web, which="text", text="tried")
    answer(site, page)
    text = web.get(page).text
    assert "evaluated anew" in text
    done = web.post(f"{page}/commit", data=hidden(text))
    assert done.status_code == 303
    assert "evaluated=" in done.headers["location"]
    assert site.state().cursor == "tried"
    refused = web.post(f"{page}/commit", data=hidden(text))
    assert refused.status_code == 409
    assert "moved" in refused.text


def test_with_its_own_cursor_it_is_only_evaluated(web: TestClient, site: Site):
    """However the cursor has moved."""
    page = asked(web)
    answer(site, page)
    form = hidden(web.get(page).text)
    site.set_cursor("moved")
    assert web.post(f"{page}/commit", data=form).status_code == 303
    assert site.state().cursor == "moved"


def test_the_cursor_that_a_tick_found_is_proposed(web: TestClient, site: Site):
    """To try a tick again."""
    site.tick(cursor="first")
    site.now += 1000
    site.tick(cursor="second")
    newest = site.store.ticks.ticks("loc", "s")[0].tick_id
    assert ">\nfirst</textarea>" in web.get(f"{SENSOR}/preview?tick={newest}").text


def test_an_answer_that_is_gone_is_not_found(web: TestClient, site: Site):
    """Nobody waits for ever."""
    assert web.get(f"{SENSOR}/previews/nothing").status_code == 404


def test_whoever_may_only_look_cannot_ask(open_web: Open, site: Site):
    """User code runs."""
    assert open_web(web_read_only=True).post(f"{SENSOR}/preview").status_code == 403
