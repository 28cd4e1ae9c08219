"""The run keys of a sensor."""

import html
import re

import pytest
from fastapi.testclient import TestClient

from sensors_app.model.sensors import SensorOptions
from sensors_app.web.pages import run_keys
from sensors_app.web.pages.run_keys import pattern_of
from tests.support.site import Site, request, sensor

PAGE = "/sensors/loc/s/run-keys"


def shown(text: str) -> list[str]:
    found = re.findall(r'<td class="mono text">([^<]*)</td>', text)
    return [html.unescape(key) for key in found]


def boxes(text: str) -> list[str]:
    found = re.findall(r'name="key" value="([^"]*)"', text)
    return [html.unescape(value) for value in found]


@pytest.fixture
def keyed(site: Site) -> Site:
    """Four keys."""
    keys = ("orders-1", "orders-2", "stock-1", "x\ny")
    site.tick(*(request(f"run-{n}", key) for n, key in enumerate(keys)))
    return site


@pytest.mark.parametrize(
    ("q", "pattern"),
    [("", "*"), ("a", "a*"), ("*a", "*a"), ("a?", "a?"), ("a[1]", r"a\[1\]*"), ("\\", r"\\*")],
)
def test_what_a_search_means(q: str, pattern: str):
    """Without a wildcard, what begins with it; a bracket is a bracket."""
    assert pattern_of(q) == pattern


def test_keys_are_shown_with_the_run_that_each_made(web: TestClient, keyed: Site):
    """And its state."""
    text = web.get(PAGE).text
    assert shown(text) == ["orders-1", "orders-2", "stock-1", "x\ny"]
    assert '<a class="mono" href="/runs/run-2">' in text
    assert "queued" in text


def test_keys_are_searched(web: TestClient, keyed: Site):
    """By their beginning, or by a pattern."""
    assert shown(web.get(f"{PAGE}?q=orders").text) == ["orders-1", "orders-2"]
    assert shown(web.get(f"{PAGE}?q=*-1").text) == ["orders-1", "stock-1"]
    assert "No run key fits" in web.get(f"{PAGE}?q=nothing").text


def test_many_keys_come_in_parts(web: TestClient, site: Site, monkeypatch):
    """Each of them is in one."""
    monkeypatch.setattr(run_keys, "PAGE_SIZE", 500)
    site.tick(*(request(f"r{n}", f"key-{n}") for n in range(3000)))
    url, seen = PAGE, set()
    while url:
        text = web.get(url).text
        seen |= set(shown(text))
        more = re.search(r'rel="next" href="([^"]+)"', text)
        url = PAGE + html.unescape(more[1]) if more else ""
    assert len(seen) == 3000


def test_the_page_says_how_many_there_are_and_how_long_they_count(web: TestClient, keyed: Site):
    """As the code of the sensor has it."""
    text = web.get(PAGE).text
    assert "4 run keys. A key is remembered for ever, and makes one run." in text
    keyed.register(sensor(options=SensorOptions(0, None, 90 * 86_400.0, "retry_failed")))
    text = web.get(PAGE).text
    assert (
        "is remembered for 90 d at least, and makes another run when it is requested again" in text
    )


def test_a_place_that_is_none_is_refused(web: TestClient, keyed: Site):
    """An address that somebody has changed."""
    assert web.get(f"{PAGE}?after=x").status_code == 422


def test_chosen_keys_are_forgotten(web: TestClient, keyed: Site):
    """Even one that holds the end of a line, which browsers would change."""
    chosen = [each for each in boxes(web.get(PAGE).text) if "orders-1" in each or "x" in each]
    web.post(f"{PAGE}/forget", data={"key": chosen})
    assert shown(web.get(PAGE).text) == ["orders-2", "stock-1"]


def test_nothing_chosen_forgets_nothing(web: TestClient, keyed: Site):
    """Least of all everything."""
    web.post(f"{PAGE}/forget", data={"q": "orders"})
    assert len(shown(web.get(PAGE).text)) == 4


@pytest.mark.parametrize(
    ("q", "left"), [("orders", ["stock-1", "x\ny"]), ("", []), ("*-1", ["orders-2", "x\ny"])]
)
def test_all_that_fit_are_forgotten_once_that_is_confirmed(
    web: TestClient, keyed: Site, q: str, left: list[str]
):
    """The question names the search."""
    form = {"q": q, "matching": "true"}
    asked = web.post(f"{PAGE}/forget", data=form)
    assert f"that &#39;{q}&#39; finds" in asked.text if q else "it has used" in asked.text
    assert len(shown(web.get(PAGE).text)) == 4
    web.post(f"{PAGE}/forget", data={**form, "confirmed": "true"})
    assert shown(web.get(PAGE).text) == left
    assert keyed.store.audit.entries("loc")[0].action == "forget run keys"


def test_what_is_no_key_is_refused(web: TestClient, keyed: Site):
    """A form of somebody else's."""
    assert web.post(f"{PAGE}/forget", data={"key": "x"}).status_code == 422
