"""/api/v1/held: ticks that ask for too many runs, and a yes or no to them."""

import pytest

from sensors_app.model.sensors import SensorOptions
from tests.support.site import Site, request, sensor
from tests.web.api import Api

ONE = "/sensors/loc/s/held"


@pytest.fixture
def tick_id(site: Site) -> str:
    """A tick is held that asks for three runs, where two are allowed."""
    site.now = site.store.now_ms()
    site.register(sensor(options=SensorOptions(max_requests_per_tick=2)))
    claim = site.begun()
    assert site.commit(claim, *[request(f"r{n}", f"k{n}") for n in range(3)], cursor="c").held
    return str(claim.token)


def test_none(site: Site, api: Api):
    """None is an empty list, and nothing to show."""
    assert api.get("/held") == []
    assert "No tick" in api.get(ONE, 404)["detail"]
    assert api.get("/sensors/loc/s")["held"] is None


def test_one_is_shown_with_what_it_asks_for(tick_id: str, api: Api):
    """In the list of held ticks, by itself, and with its sensor."""
    (found,) = api.get("/held", location="loc")
    assert (found["sensor"], found["tick_id"], found["requests"]) == ("s", tick_id, 3)
    detail = api.get(ONE)
    assert detail["held"] == found
    assert [each["run_key"] for each in detail["first_requests"]] == ["k0", "k1", "k2"]
    assert api.get("/sensors/loc/s")["held"] == found["reason"]


def test_yes(site: Site, tick_id: str, api: Api):
    """It is about the tick that was seen, and is noted."""
    api.post(f"{ONE}/release", {"tick_id": "1"}, 409)
    assert api.post(f"{ONE}/release", {"tick_id": tick_id})["requests"] == 3
    assert site.state().activity == "unfolding"
    api.post(f"{ONE}/release", {"tick_id": tick_id}, 409)
    assert [entry.action for entry in site.store.audit.entries("loc")] == ["release"]


@pytest.mark.parametrize(("move_on", "cursor"), [(False, None), (True, "c")])
def test_no(site: Site, tick_id: str, api: Api, move_on: bool, cursor: str | None):
    """The tick says who gave its requests up, and why."""
    body = {"tick_id": tick_id, "why": "a typo", "move_on": move_on}
    assert api.post(f"{ONE}/discard", body)["requests"] == 3
    tick = site.store.ticks.tick("loc", "s", tick_id)
    assert tick is not None
    assert (tick.skip_reason or "").endswith(": a typo")
    assert site.state().cursor == cursor
    api.post(f"{ONE}/discard", body, 409)
