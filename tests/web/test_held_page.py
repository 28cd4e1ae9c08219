"""A tick that asks for too many runs, on the pages: what it asks for, and a yes or no to it."""

import re

import pytest
from fastapi.testclient import TestClient

from sensors_app.model.sensors import SensorOptions
from tests.support.site import Site, request, sensor
from tests.web.conftest import Open

PAGE = "/sensors/loc/s/held"


@pytest.fixture
def tick_id(site: Site) -> str:
    """A tick is held that asks for three runs, where two are allowed."""
    site.now = site.store.now_ms()
    site.register(sensor(options=SensorOptions(max_requests_per_tick=2)), sensor("other"))
    claim = site.begun()
    tags = '{"team":"<b>"}'
    runs = [request(f"r{n}", f"k{n}", tags=tags) for n in range(3)]
    assert site.commit(claim, *runs, cursor="c").held
    return str(claim.token)


def test_the_list_says_so_on_top(tick_id: str, open_web: Open):
    """It needs somebody: it is first, with the reason, and can be filtered by."""
    web = open_web()
    text = web.get("/").text
    assert re.findall(r'data-label="([^"]+)"', text) == ["loc/s", "loc/other"]
    assert "max_requests_per_tick is 2" in text
    assert f'href="{PAGE}"' in text
    assert "<b>1</b> held" in text
    assert re.findall(r'data-label="([^"]+)"', web.get("/?q=status:held").text) == ["loc/s"]


def test_the_page_of_the_sensor_leads_there(tick_id: str, open_web: Open):
    """With the reason."""
    text = open_web().get("/sensors/loc/s").text
    assert "It asks for 3 runs at once" in text
    assert f'href="{PAGE}"' in text


def test_it_shows_what_is_asked_for(tick_id: str, open_web: Open):
    """The first of its requests, and nothing that a user wrote as markup."""
    text = open_web().get(PAGE).text
    assert re.findall(r'<td class="mono nowrap">([^<]*)</td>', text) == ["k0", "k1", "k2"]
    assert "team=&lt;b&gt;" in text


def test_yes(site: Site, tick_id: str, open_web: Open):
    """About the tick that was seen, once, and noted."""
    web = open_web()
    assert web.post(f"{PAGE}/release", data={"tick": "1"}).status_code == 409
    answer = web.post(f"{PAGE}/release", data={"tick": tick_id}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sensors/loc/s")
    assert site.state().activity == "unfolding"
    assert web.post(f"{PAGE}/release", data={"tick": tick_id}).status_code == 409
    assert [entry.action for entry in site.store.audit.entries("loc")] == ["release"]


@pytest.mark.parametrize("move_on", [False, True])
def test_no(site: Site, tick_id: str, open_web: Open, move_on: bool):
    """The tick says who gave its requests up, and why."""
    web = open_web()
    data = {"tick": tick_id, "why": " a typo "} | ({"move_on": "true"} if move_on else {})
    assert web.post(f"{PAGE}/discard", data=data, follow_redirects=False).status_code == 303
    assert site.state().cursor == ("c" if move_on else None)
    assert "3 requests were given up by" in web.get(f"/sensors/loc/s/ticks/{tick_id}").text
    assert "No tick of this sensor is held" in web.get(PAGE).text


def test_who_may_only_look_cannot_decide(site: Site, tick_id: str, open_web: Open):
    """There is nothing to press, and no other way either."""
    web: TestClient = open_web(web_read_only=True)
    assert "<button" not in web.get(PAGE).text.partition("<h2>")[2]
    assert web.post(f"{PAGE}/release", data={"tick": tick_id}).status_code == 403
    assert site.state().activity == "held"
