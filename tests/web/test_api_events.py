"""/api/v1/events and what is about them: lists, the stream, dead letters, lag, replays."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from sensors_app.web.api import events as events_api
from tests.support.reacting import FAILURE, UPSTREAM, Reacting, fed
from tests.support.site import Site
from tests.web.api import Api
from tests.web.conftest import Open

ONE = "/sensors/loc/s"


@pytest.fixture
def reacting(site: Site) -> Reacting:
    """A sensor that is called for each success anywhere."""
    site.register(fed())
    return Reacting(site)


class TestTheList:
    def test_comes_in_pages_newest_first(self, site: Site, reacting: Reacting, api: Api):
        """Over all code locations, each event once."""
        Site(site.store, site.prefix, UPSTREAM).register()
        for n in range(5):
            reacting.happen(f"r{n}", source=(UPSTREAM, "loc")[n % 2])
            site.now += n  # some in the same ms
        pages = api.pages("/events", limit=2)
        assert [len(page) for page in pages] == [2, 2, 1]
        runs = [each["run_id"] for page in pages for each in page]
        assert sorted(runs) == [f"r{n}" for n in range(5)]
        assert runs[0] == "r4"

    def test_is_filtered(self, site: Site, reacting: Reacting, api: Api):
        """By kind, in words or as logs have them, and by job."""
        reacting.happen("good", source="loc")
        reacting.happen("bad", FAILURE, source="loc", job="other")
        for query in ({"kind": "FAILURE"}, {"kind": "run_failure"}, {"job": "other"}):
            assert [each["run_id"] for each in api.get("/events", **query)["items"]] == ["bad"]
        assert "no kind of event" in api.get("/events", 400, kind="nothing")["detail"]

    def test_gives_up_and_goes_on_if_few_are_wanted(
        self, site: Site, reacting: Reacting, api: Api, monkeypatch: pytest.MonkeyPatch
    ):
        """A page may be empty though there are more."""
        monkeypatch.setattr(events_api, "EXAMINED_MAX", 2)
        reacting.happen("bad", FAILURE, source="loc")
        for n in range(3):
            reacting.happen(f"r{n}", source="loc")
        pages = api.pages("/events", kind="FAILURE")
        assert [[each["run_id"] for each in page] for page in pages][:2] == [[], ["bad"]]

    def test_knows_no_cursor_of_others(self, site: Site, api: Api):
        """It says so."""
        cursor = events_api.written(["x", "loc"])
        assert "begin anew" in api.get("/events", 400, cursor=cursor)["detail"]


class TestTheStream:
    """Followed below HTTP: the client of tests waits for the end of an answer."""

    def follow(self, site: Site, open_web: Open, known: dict[str, str], count: int) -> list[dict]:
        web = open_web()
        ours = web.app
        while not hasattr(ours, "state"):
            ours = ours._app  # what is around it

        async def read() -> list[dict]:
            found: list[dict] = []
            stream = events_api._follow(ours.state.site, None, known, events_api.Wanted(None, None))
            async for message in stream:
                if message.startswith(b"id: "):
                    found.append(self.parsed(message))
                if len(found) == count:
                    break
            await stream.aclose()
            return found

        assert web.portal is not None
        return web.portal.call(lambda: asyncio.wait_for(read(), 10))

    def parsed(self, message: bytes) -> dict:
        lines = dict(line.split(": ", 1) for line in message.decode().strip().splitlines())
        return {"place": lines["id"], **json.loads(lines["data"])}

    def test_has_what_happens_and_goes_on_from_there(
        self, site: Site, reacting: Reacting, open_web: Open
    ):
        """The id of each event is a place to go on from, in all code locations."""
        first = reacting.happen("a", source="loc")
        reacting.happen("b", source="loc")
        assert [each["run_id"] for each in self.follow(site, open_web, {"loc": "0-0"}, 2)] == [
            "a",
            "b",
        ]
        (rest,) = self.follow(site, open_web, {"loc": first}, 1)
        assert rest["run_id"] == "b"
        assert events_api.place_of(rest["place"], dict) == {"loc": rest["id"]}

    def test_begins_where_it_is_told(self, site: Site, api: Api):
        """Nonsense is refused before anything is sent."""
        assert "no event's id" in api.get("/events/stream", 400, after="loc/x")["detail"]
        assert "no kind" in api.get("/events/stream", 400, kind="x")["detail"]
        assert (
            "begin anew"
            in api.ask("GET", "/events/stream", 400, headers={"Last-Event-ID": "x"}).json()[
                "detail"
            ]
        )


class TestCalls:
    @pytest.fixture
    def dead(self, reacting: Reacting) -> Iterator[str]:
        """A dead letter, by its number."""
        return reacting.died().lstrip("0")

    def test_that_wait_are_counted_and_shown(self, reacting: Reacting, dead: str, api: Api):
        """With the error of the last attempt."""
        found = api.get(f"{ONE}/reactions")
        assert found["counts"] == {"waiting": 0, "running": 0, "held": 0, "dead": 1}
        (reaction,) = found["reactions"]
        assert (reaction["id"], reaction["state"]) == (f"loc/{dead}", "dead")
        assert reaction["error"]["cls_name"] == "ValueError"

    def test_dead_letters_are_listed_and_shown(self, reacting: Reacting, dead: str, api: Api):
        """By page."""
        (second,) = (each for each in reacting.happened("r2") if int(each) != int(dead))
        reacting.begin(second)
        reacting.fail(second, final=True)
        more = second.lstrip("0")
        pages = api.pages("/dead-letters", limit=1)
        assert [[each["id"] for each in page] for page in pages] == [
            [f"loc/{more}"],
            [f"loc/{dead}"],
        ]
        assert api.get("/dead-letters", sensor="none")["items"] == []
        assert api.get(f"/dead-letters/loc/{dead}")["events"][0]["event_type"] == "RUN_SUCCESS"
        api.get("/dead-letters/loc/99", 404)

    @pytest.mark.parametrize("what", ["retry", "drop"])
    def test_dead_letters_are_tried_anew_or_dropped(
        self, reacting: Reacting, dead: str, api: Api, what: str
    ):
        """Some, or all of a code location or a sensor."""
        path = f"/dead-letters/{what}"
        assert api.post(path, {"ids": ["loc/99"]})["changed"] == 0
        assert api.post(path, {"location": "loc", "sensor": "none"})["changed"] == 0
        assert api.post(path, {"ids": [f"loc/{dead}"]})["changed"] == 1
        assert api.post(path, {"location": "loc"})["changed"] == 0
        assert "no dead letter's id" in api.post(path, {"ids": ["x"]}, 400)["detail"]
        assert "one of them" in api.post(path, {}, 400)["detail"]

    def test_what_waits_is_skipped(self, reacting: Reacting, api: Api):
        """And how much it was is said."""
        reacting.happened("r")
        assert api.post(f"{ONE}/skip")["skipped"] == 1

    def test_old_events_are_replayed(self, site: Site, reacting: Reacting, api: Api):
        """From a time or an event on."""
        first = reacting.happen("r", source="loc")
        reacting.happen("r2", source="loc")
        assert api.post(f"{ONE}/replay", {"first": first})["events"] == 2
        since = {"since": "2020-01-01T00:00:00"}
        assert api.post(f"{ONE}/replay", since) == {
            "location": "loc",
            "sensor": "s",
            "events": 2,
            "more": False,
        }
        assert api.post(f"{ONE}/replay", {**since, "until": "2020-01-02T00:00:00Z"})["events"] == 0
        assert "one of them" in api.post(f"{ONE}/replay", {}, 400)["detail"]

    def test_lag_is_measured(self, reacting: Reacting, api: Api):
        """For each sensor that events feed."""
        (found,) = api.get("/lag")
        assert (found["sensor"], found["unread"]) == ("s", 0)

    def test_a_polled_sensor_has_none(self, site: Site, api: Api):
        """There is nothing to skip or replay."""
        for path, body in (("skip", None), ("replay", {"first": "1-0"})):
            answer = api.post(f"{ONE}/{path}", body, 409)
            assert "not called for events" in answer["detail"]
