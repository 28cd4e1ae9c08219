"""Setting a cursor, and going back to an earlier one."""

import html
import re

import pytest
from fastapi.testclient import TestClient

from tests.support.reacting import fed
from tests.support.site import Site
from tests.web.conftest import Open

PAGE = "/sensors/loc/s/cursor"


def hidden(text: str) -> dict[str, str]:
    """Return what the form of a page carries along."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text)
    return {name: html.unescape(value) for name, value in found if name != "to"}


def submit(web: TestClient, page: str, **written: str):
    """Write a new cursor, and confirm it; return the answer."""
    asked = web.post(PAGE, data={**hidden(page), **written})
    assert asked.status_code == 200
    return web.post(PAGE, data=hidden(asked.text))


def test_a_cursor_is_shown_and_asked_about_before_it_is_set(web: TestClient, site: Site):
    """The old one and the new one, then it is done, and noted."""
    site.set_cursor("old <b>")
    form = web.get(PAGE).text
    assert "<pre>old &lt;b&gt;</pre>" in form
    asked = web.post(PAGE, data={**hidden(form), "text": "new"}).text
    assert "<pre>old &lt;b&gt;</pre>" in asked
    assert "<pre>new</pre>" in asked
    assert site.state().cursor == "old <b>"
    assert web.post(PAGE, data=hidden(asked)).headers["location"] == PAGE
    assert site.state().cursor == "new"
    assert site.store.audit.entries("loc")[0].detail == "'old <b>' → 'new'"


def test_a_cursor_that_moved_meanwhile_stays(web: TestClient, site: Site):
    """The page says what it is now; what was written is not lost."""
    site.set_cursor("seen")
    form = web.get(PAGE).text
    site.set_cursor("moved")
    answer = submit(web, form, text="mine")
    assert answer.status_code == 409
    assert site.state().cursor == "moved"
    assert "nothing was changed" in answer.text
    assert "moved" in answer.text
    assert "mine</textarea>" in answer.text
    assert submit(web, answer.text, text="mine").status_code == 303
    assert site.state().cursor == "mine"


@pytest.mark.parametrize("present", [None, "", "two\nlines", "two\r\nlines", '"quoted"', "\ud800"])
def test_whatever_the_cursor_is_it_is_recognized(web: TestClient, site: Site, present: str | None):
    """A form carries it to the last character: none, empty text, ends of lines."""
    site.set_cursor(present)
    assert submit(web, web.get(PAGE).text, text="new").status_code == 303
    assert site.state().cursor == "new"


def test_none_and_the_empty_text_differ(web: TestClient, site: Site):
    """Both can be set."""
    site.set_cursor("old")
    submit(web, web.get(PAGE).text, text="")
    assert site.state().cursor == ""
    submit(web, web.get(PAGE).text, text="ignored", none="true")
    assert site.state().cursor is None


def test_the_ends_of_lines_are_not_those_of_browsers(web: TestClient, site: Site):
    """They send CR LF."""
    submit(web, web.get(PAGE).text, text="a\r\nb")
    assert site.state().cursor == "a\nb"


def test_it_may_be_evaluated_at_once(web: TestClient, site: Site):
    """One button for both."""
    asked = web.post(PAGE, data={**hidden(web.get(PAGE).text), "text": "new"}).text
    answer = web.post(PAGE, data={**hidden(asked), "evaluate": "true"})
    assert "evaluated=" in answer.headers["location"]
    assert [each.action for each in site.store.audit.entries("loc")] == ["evaluate", "set cursor"]


def test_a_cursor_that_is_too_large_is_refused(open_web: Open, site: Site):
    """And says what is allowed."""
    web = open_web(cursor_max_bytes=3)
    answer = web.post(PAGE, data={**hidden(web.get(PAGE).text), "text": "é" * 2})
    assert answer.status_code == 422
    assert "4 bytes; 3 are allowed" in answer.text


def test_an_earlier_cursor_is_a_click_away(web: TestClient, site: Site):
    """The ticks that moved it are listed; the form has what one of them found."""
    for cursor in ("one", "one", "two"):
        site.tick(cursor=cursor)
        site.now += 1000
    text = web.get(PAGE).text
    links = [html.unescape(x) for x in re.findall(rf'href="({PAGE}\?[^"]*)#set"', text)]
    assert len(links) == 4
    before = web.get(links[0]).text
    assert ">\none</textarea>" in before
    submit(web, before, text="one")
    assert site.state().cursor == "one"


def test_what_is_no_form_of_ours_is_refused(web: TestClient, site: Site):
    """Nothing is changed."""
    for expected in ("", "x", "1", "[]"):
        answer = web.post(PAGE, data={"expected": expected, "text": "a", "confirmed": "true"})
        assert answer.status_code == 422
    assert site.state().cursor is None


def test_a_sensor_called_for_events_has_none(web: TestClient, site: Site):
    """It is told why."""
    site.register(fed())
    assert web.get(PAGE).status_code == 409
