"""What an operator does to a sensor: start, stop, poke, set its cursor, forget its run keys."""

import pytest

from tests.support.site import OTHER_HOLDER, START, Site, request, sensor


class TestSetSensorStatus:
    def test_stopping_takes_it_out_of_the_due_list(self, site: Site):
        """A stopped sensor is not claimed."""
        assert site.switch(False) is False
        assert site.places() == set()
        assert not site.state().running

    def test_starting_makes_it_due_at_once(self, site: Site):
        """It does not wait for an interval."""
        site.tick()
        site.switch(False)
        site.now += 10
        assert site.switch(True) is True
        assert site.state().next_due == START + 10

    def test_starting_a_running_sensor_does_not_hurry_it(self, site: Site):
        """It keeps its due time."""
        site.tick()
        site.now += 10
        site.switch(True)
        assert site.state().next_due == START + 30_000

    def test_starting_a_busy_sensor_makes_no_second_claim(self, site: Site):
        """It is already being evaluated."""
        claim = site.begun()
        site.switch(False)
        site.switch(True)
        assert site.places() == {"running"}
        site.commit(claim)
        assert site.places() == {"due"}

    @pytest.mark.parametrize("default", [True, False])
    def test_giving_it_back_restores_the_codes_default(self, site: Site, default: bool):
        """None takes the operator's word away."""
        site.register(sensor(running_by_default=default))
        site.switch(not default)
        assert site.switch(None) is default
        assert site.state().override is None
        assert site.places() == ({"due"} if default else set())

    def test_when_it_was_switched_on_is_told_to_the_function(self, site: Site):
        """Starting sets the time; starting what runs does not."""
        site.switch(False)
        site.now += 1000
        site.switch(True)
        site.now += 1000
        site.switch(True)
        start = site.begin(site.claim())
        assert start is not None
        assert start.last_sensor_start_time == (START + 1000) / 1000

    def test_stopping_withdraws_an_evaluation_asked_for(self, site: Site):
        """Stop is the last word."""
        claim = site.begun()
        site.poke()
        site.switch(False)
        site.commit(claim)
        assert site.places() == set()

    def test_an_unknown_sensor_has_no_status(self, site: Site):
        """Nothing is made for its name."""
        assert site.switch(True, "nobody") is None
        assert not site.store.client.exists(site.keys.sensor("nobody"))


class TestPoke:
    def test_makes_an_idle_sensor_due_now(self, site: Site):
        """It does not wait for its interval."""
        site.tick()
        site.now += 10
        site.poke()
        assert site.state().next_due == START + 10

    def test_evaluates_a_stopped_sensor_once(self, site: Site):
        """It stays off, and is evaluated this once."""
        site.switch(False)
        site.poke()
        (claim,) = site.claim_due().claims
        site.begin(claim)
        site.commit(claim)
        assert site.places() == set()

    @pytest.mark.parametrize("begin", [False, True])
    def test_a_busy_sensor_is_evaluated_again_afterwards(self, site: Site, begin: bool):
        """What the tick under way has seen may be too old."""
        claim = site.claim()
        if begin:
            site.begin(claim)
        site.poke()
        if not begin:
            site.begin(claim)
        site.now += 10
        site.commit(claim)
        assert site.state().next_due == START + 10

    def test_many_pokes_are_one(self, site: Site):
        """One evaluation follows, not several."""
        claim = site.begun()
        for _ in range(3):
            site.poke()
        site.commit(claim)
        site.tick()
        assert site.state().next_due == START + 30_000

    @pytest.mark.parametrize("state", ["idle", "claimed", "running"])
    def test_its_answer_is_not_above_the_token_that_follows(self, site: Site, state: str):
        """Whoever poked waits for a tick from that token on, and the one under way is not it."""
        claim = site.claim() if state != "idle" else None
        if claim and state == "running":
            site.begin(claim)
        token = site.poke()
        assert token is not None
        if claim:
            assert claim.token < token
            site.begin(claim)
            site.commit(claim)
        (following,) = site.claim_due().claims
        assert following.token >= token

    def test_an_unknown_sensor_cannot_be_poked(self, site: Site):
        """Nothing becomes due."""
        assert site.poke("nobody") is None
        assert site.places("nobody") == set()


class TestSetCursor:
    @pytest.mark.parametrize("cursor", [None, "", "new"])
    def test_sets_it_and_returns_the_one_before(self, site: Site, cursor: str | None):
        """None takes it away; empty is a cursor."""
        site.tick(cursor="old")
        assert site.set_cursor(cursor) == "old"
        assert site.state().cursor == cursor

    def test_does_not_make_an_idle_sensor_due(self, site: Site):
        """The next tick comes when it would have."""
        site.tick()
        site.set_cursor("x")
        assert site.state().next_due == START + 30_000

    def test_discards_a_tick_under_way(self, site: Site):
        """The tick started from the old cursor and must not overwrite the new one."""
        claim = site.begun()
        site.set_cursor("operator's")
        assert not site.commit(claim, request("r"), cursor="sensor's").accepted
        assert site.state().cursor == "operator's"
        assert site.status("r") is None

    def test_the_discarded_tick_is_made_up_for_at_once(self, site: Site):
        """The sensor is due now, and its new tick sees the new cursor."""
        site.begun()
        site.set_cursor("x")
        assert site.state().next_due == site.now
        start = site.begin(site.claim(), OTHER_HOLDER)
        assert start is not None
        assert start.cursor == "x"

    def test_a_claim_not_begun_sees_the_new_cursor(self, site: Site):
        """Nothing has been read yet, so nothing is discarded."""
        claim = site.claim()
        site.set_cursor("x")
        start = site.begin(claim)
        assert start is not None
        assert start.cursor == "x"

    def test_also_of_a_sensor_gone_from_the_code(self, site: Site):
        """It may come back."""
        site.register()
        site.set_cursor("x")
        site.register(sensor())
        assert site.state().cursor == "x"

    def test_an_unknown_sensor_has_no_cursor(self, site: Site):
        """Nothing is made for its name."""
        assert site.set_cursor("x", "nobody") is None
        assert not site.store.client.exists(site.keys.sensor("nobody"))
