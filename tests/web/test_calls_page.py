"""The calls of a sensor for events, and what can be done about them."""

import re

import pytest
from fastapi.testclient import TestClient

from sensors_app.web.pages import calls
from tests.support.reacting import Reacting, fed
from tests.support.site import Site
from tests.web.conftest import Open
from tests.web.test_cursor_page import hidden

SENSOR = "/sensors/loc/s"
PAGE = f"{SENSOR}/calls"


@pytest.fixture
def reacting(site: Site) -> Reacting:
    """A sensor that is called for each success anywhere."""
    site.register(fed(), fed("other"))
    return Reacting(site)


def dead(reacting: Reacting, *names: str, of: str = "s") -> list[str]:
    """Make dead letters."""
    found = []
    for run_id in names:
        known = {each.ident for each in reacting.of(of)}
        reacting.happened(run_id)
        reacting.take()
        (ident,) = {each.ident for each in reacting.of(of)} - known
        reacting.begin(ident, name=of)
        assert reacting.fail(ident, name=of, final=True)
        found.append(ident)
    return found


def boxes(text: str) -> list[str]:
    return re.findall(r'name="ident" value="([^"]*)" form="dead"', text)


class TestWhatIsShown:
    """Dead letters and calls that wait."""

    def test_dead_letters_with_their_events_and_error(self, web: TestClient, reacting: Reacting):
        """Newest first, and no other sensor's."""
        mine = dead(reacting, "r1", "r2")
        dead(reacting, "r3", of="other")
        text = web.get(PAGE).text
        assert boxes(text) == mine[::-1]
        for part in ("ValueError: boom", "/runs/r1", "SUCCESS of upstream/job"):
            assert part in text

    def test_what_waits(self, web: TestClient, reacting: Reacting):
        """With its state and its next attempt."""
        reacting.fail(reacting.begun("r1"))
        assert "retry <time" in web.get(PAGE).text

    def test_dead_letters_come_in_parts(self, web: TestClient, reacting: Reacting, monkeypatch):
        """Pages lead on and back."""
        monkeypatch.setattr(calls, "SHOWN", 2)
        found = dead(reacting, "r1", "r2", "r3")
        assert boxes(web.get(f"{PAGE}?page=1").text) == [found[2], found[1]]
        assert boxes(web.get(f"{PAGE}?page=2").text) == [found[0]]

    def test_a_sensor_that_is_polled_has_none(self, web: TestClient, site: Site):
        """It is told why."""
        assert web.get(PAGE).status_code == 409


class TestDeadLetters:
    """Retrying and dropping."""

    def test_chosen_ones_are_retried(self, web: TestClient, reacting: Reacting):
        """The others stay."""
        first, second = dead(reacting, "r1", "r2")
        web.post(f"{SENSOR}/dead-letters", data={"do": "retry", "ident": [first]})
        assert boxes(web.get(PAGE).text) == [second]
        (entry,) = reacting.site.store.audit.entries("loc", target="s")
        assert (entry.action, entry.detail) == ("retry dead letters", f"1: {first.lstrip('0')}")

    def test_all_are_retried(self, web: TestClient, reacting: Reacting):
        """But no other sensor's."""
        dead(reacting, "r1", "r2")
        other = dead(reacting, "r3", of="other")
        web.post(f"{SENSOR}/dead-letters", data={"do": "retry all"})
        assert boxes(web.get(PAGE).text) == []
        assert reacting.site.store.overview.dead_letters("loc", "other") == other

    def test_dropping_is_asked_about(self, web: TestClient, reacting: Reacting):
        """It cannot be undone."""
        first, second = dead(reacting, "r1", "r2")
        asked = web.post(f"{SENSOR}/dead-letters", data={"do": "drop", "ident": [first]})
        assert "Give up 1 dead letter?" in asked.text
        assert len(boxes(web.get(PAGE).text)) == 2
        web.post(f"{SENSOR}/dead-letters", data=hidden(asked.text))
        assert boxes(web.get(PAGE).text) == [second]

    def test_all_are_dropped(self, web: TestClient, reacting: Reacting):
        """Once confirmed."""
        dead(reacting, "r1", "r2")
        asked = web.post(f"{SENSOR}/dead-letters", data={"do": "drop all"})
        assert "Give up 2 dead letters?" in asked.text
        web.post(f"{SENSOR}/dead-letters", data=hidden(asked.text))
        assert boxes(web.get(PAGE).text) == []

    def test_another_sensors_letter_stays(self, web: TestClient, reacting: Reacting):
        """Whatever a form says."""
        other = dead(reacting, "r1", of="other")
        form = {"do": "drop", "ident": other, "confirmed": "true"}
        web.post(f"{SENSOR}/dead-letters", data=form)
        assert reacting.site.store.overview.dead_letters("loc", "other") == other

    def test_nothing_else_can_be_done_to_them(self, web: TestClient, reacting: Reacting):
        """A form of somebody else's."""
        assert web.post(f"{SENSOR}/dead-letters", data={"do": "eat"}).status_code == 422


class TestSkipping:
    """Leaving out all events up to now."""

    def test_is_asked_about_with_what_it_costs(self, web: TestClient, reacting: Reacting):
        """Then the calls that wait are gone."""
        reacting.happened("r1", "r2")
        asked = web.get(f"{SENSOR}/skip").text
        assert "2 calls that wait are given up" in asked
        assert web.post(f"{SENSOR}/skip", data=hidden(asked)).status_code == 303
        assert reacting.of() == []
        assert reacting.site.store.audit.entries("loc")[0].action == "skip to latest"


class TestReplaying:
    """Old events once more."""

    def test_says_how_many_there_are_and_asks(self, web: TestClient, reacting: Reacting):
        """Then they are replayed."""
        reacting.site.now = reacting.site.store.now_ms() - 1000
        for run_id in ("r1", "r2"):
            reacting.happen(run_id, source="loc")
        asked = web.get(f"{SENSOR}/replay?since=1h").text
        assert "2 events" in asked
        assert web.post(f"{SENSOR}/replay", data=hidden(asked)).status_code == 303
        (state,) = reacting.site.store.deliveries.read_states(["loc"]).values()
        assert [each.sensor for each in state.replays] == ["s"]
        assert reacting.site.store.audit.entries("loc")[0].action == "replay"

    @pytest.mark.parametrize("since", ["x", "2999-01-01"])
    def test_what_is_no_time_in_the_past_is_not_understood(
        self, web: TestClient, reacting: Reacting, since: str
    ):
        """The page says so."""
        text = web.get(f"{SENSOR}/replay?since={since}").text
        assert "is no time" in text or "is not in the past" in text

    @pytest.mark.parametrize("since", ["1960-01-01T00:00:00Z", "99999999d"])
    def test_from_before_all_time_on_everything_is_replayed(
        self, web: TestClient, reacting: Reacting, since: str
    ):
        """However long ago that is."""
        reacting.happen("r1", source="loc")
        assert "1 event</b>" in web.get(f"{SENSOR}/replay?since={since}").text

    def test_without_events_there_is_nothing_to_replay(self, web: TestClient, reacting: Reacting):
        """And no button."""
        text = web.get(f"{SENSOR}/replay?since=1h").text
        assert "nothing to replay" in text


class TestStartingAgain:
    """A sensor that was stopped."""

    def test_goes_on_where_it_was_stopped(self, web: TestClient, reacting: Reacting):
        """It is called for what happened meanwhile."""
        reacting.site.switch(False)
        assert "Start where it was stopped" in web.get(SENSOR).text
        web.post(f"{SENSOR}/switch", data={"to": "resume"})
        assert reacting.site.state().running
        assert reacting.site.store.audit.entries("loc")[0].detail == "from where it was stopped"

    def test_is_not_offered_to_whoever_may_only_look(self, open_web: Open, reacting: Reacting):
        """No button that would be refused."""
        reacting.site.switch(False)
        assert "Start where it was stopped" not in open_web(web_read_only=True).get(SENSOR).text
