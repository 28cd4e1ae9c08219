"""Sensors for events that are stopped, vanish or change, and where they go on."""

import pytest

from tests.support.reacting import Reacting, fed
from tests.support.site import START, Site, request, sensor


@pytest.fixture
def site(reacting: Reacting) -> Site:
    """The location whose sensors are called for events."""
    return reacting.site


class TestResume:
    def stop(self, reacting: Reacting) -> None:
        reacting.site.now += 10
        assert reacting.site.switch(False) is False
        reacting.site.now += 10

    def test_goes_on_where_it_was_stopped(self, site: Site, reacting: Reacting):
        """What the listener has passed by meanwhile comes once, what it has not, once too."""
        reacting.happened("before")
        self.stop(reacting)
        reacting.happen("passed by")
        reacting.listen()
        reacting.happen("unread")
        assert reacting.resume() is True
        assert (reacting.listen_to_replays(), reacting.listen()) == (1, 1)
        assert reacting.runs() == [["before"], ["passed by"], ["unread"]]
        assert reacting.listen_to_replays() == 0

    def test_knows_what_was_unread_when_it_was_stopped(self, site: Site, reacting: Reacting):
        """It happened while the sensor was on, and the listener was late, then and later."""
        reacting.happened("read")
        reacting.happen("unread")
        self.stop(reacting)
        reacting.resume()
        reacting.listen()
        assert reacting.runs() == [["read"], ["unread"]]

    def test_does_not_reach_back_before_its_start(self, site: Site, reacting: Reacting):
        """A stream that nobody had read when it was stopped begins with somebody else's past."""
        reacting.happen("old", at=START - 1)
        reacting.happen("on")
        self.stop(reacting)
        reacting.listen()
        reacting.resume()
        reacting.listen_to_replays()
        assert reacting.runs() == [["on"]]

    def test_without_a_stop_is_a_start(self, site: Site, reacting: Reacting):
        """A sensor that was never on has no place to go on from."""
        site.register(fed("t", running_by_default=False))
        reacting.happen("r")
        reacting.listen()
        site.now += 10
        assert reacting.resume("t") is True
        assert reacting.listen_to_replays() == 0

    def test_twice_is_once(self, site: Site, reacting: Reacting):
        """Who lost the answer asks again."""
        self.stop(reacting)
        reacting.happen("r")
        reacting.listen()
        reacting.resume()
        assert reacting.listen_to_replays() == 1
        reacting.resume()
        assert reacting.listen_to_replays() == 0

    def test_stopping_twice_keeps_the_first_place(self, site: Site, reacting: Reacting):
        """Somebody who stops what is off does not forget events."""
        self.stop(reacting)
        reacting.happen("r")
        reacting.listen()
        self.stop(reacting)
        reacting.resume()
        assert reacting.listen_to_replays() == 1

    def test_a_plain_start_forgets_the_place(self, site: Site, reacting: Reacting):
        """Stopped again, it resumes from the second stop."""
        self.stop(reacting)
        reacting.happen("first")
        reacting.listen()
        site.switch(True)
        self.stop(reacting)
        reacting.happen("second")
        reacting.listen()
        reacting.resume()
        reacting.listen_to_replays()
        assert reacting.runs() == [["second"]]

    def test_a_second_one_leaves_the_first_its_events(self, site: Site, reacting: Reacting):
        """What is still to be delivered again is not forgotten because there is more."""
        for run_id in ("first", "second"):
            self.stop(reacting)
            reacting.happen(run_id)
            reacting.listen()
            reacting.resume()
        reacting.listen_to_replays()
        assert sorted(reacting.runs()) == [["first"], ["second"]]

    def test_one_that_is_stopped_halfway_goes_on_later(self, site: Site, reacting: Reacting):
        """What comes while it is off is held."""
        self.stop(reacting)
        for n in range(4):
            reacting.happen(f"r{n}")
        reacting.listen()
        reacting.resume()
        reacting.listen_to_replays(limit=2)
        self.stop(reacting)
        reacting.listen_to_replays()
        for ident in reacting.take():
            assert reacting.begin(ident) is None
        assert reacting.states() == ["held"] * 4
        reacting.resume()
        assert reacting.runs() == [[f"r{n}"] for n in range(4)]
        assert reacting.listen_to_replays() == 0

    def test_after_a_stop_by_its_code(self, site: Site, reacting: Reacting):
        """A default that changes is a stop like another."""
        site.register(fed(running_by_default=False))
        reacting.happen("off")
        reacting.listen()
        site.now += 10
        reacting.resume()
        assert reacting.listen_to_replays() == 1

    def test_after_its_code_started_and_stopped_it(self, site: Site, reacting: Reacting):
        """What was delivered between two stops is not delivered again."""
        self.stop(reacting)
        site.register(fed(running_by_default=False))
        site.switch(None)
        site.register(fed())
        reacting.happened("delivered")
        site.register(fed(running_by_default=False))
        reacting.happen("off")
        reacting.listen()
        reacting.resume()
        reacting.listen_to_replays()
        assert reacting.runs() == [["delivered"], ["off"]]


class TestSensorsThatVanish:
    def test_one_that_is_gone_gets_nothing(self, site: Site, reacting: Reacting):
        """Its rules are gone with it."""
        site.register(fed("other"))
        reacting.happen("r")
        reacting.listen()
        assert reacting.runs() == []

    @pytest.mark.parametrize("others", [0, 1])
    def test_one_that_comes_back_goes_on_from_there(
        self, site: Site, reacting: Reacting, others: int
    ):
        """A sensor taken out by mistake misses nothing, whoever read its streams meanwhile."""
        other = [fed("other")] * others
        site.register(fed(), *other)
        reacting.happened("before")
        site.register(*other)
        site.now += 10
        reacting.happen("gone")
        if others:
            reacting.listen()
        site.register(fed(), *other)
        reacting.happen("back")
        reacting.listen_to_replays()
        reacting.listen()
        assert sorted(reacting.runs()) == [["back"], ["before"], ["gone"]]

    def test_one_that_comes_back_off_stays_off(self, site: Site, reacting: Reacting):
        """What an operator said stands, and the place it was stopped at."""
        site.switch(False)
        reacting.happen("off")
        reacting.listen()
        site.register()
        site.register(fed())
        assert reacting.listen_to_replays() == 0
        reacting.resume()
        assert reacting.listen_to_replays() == 1

    def test_a_replay_waits_for_it(self, site: Site, reacting: Reacting):
        """It is not read to nobody."""
        until = reacting.happen("r")
        reacting.listen()
        reacting.replay("", until)
        site.register(fed("other"))
        assert reacting.listen_to_replays() == 0
        site.register(fed())
        assert reacting.listen_to_replays() == 1

    def test_one_that_was_polled_begins_now(self, site: Site, reacting: Reacting):
        """It was on for long, but not for events."""
        site.register(fed(), sensor("t"))
        site.now += 10
        reacting.happen("old", at=START + 1)
        site.register(fed(), fed("t"))
        reacting.happen("new")
        reacting.listen()
        assert reacting.runs("t") == [["new"]]

    def test_one_that_is_polled_meanwhile_forgets_its_stop(self, site: Site, reacting: Reacting):
        """What happened while it was polled is not its."""
        site.switch(False)
        site.register(sensor())
        reacting.site.switch(True)
        site.register(fed())
        reacting.happen("r", at=START - 1)
        reacting.listen()
        reacting.resume()
        assert reacting.listen_to_replays() == 0


class TestFedSensorsAreNotPolled:
    def test_is_never_due(self, site: Site, reacting: Reacting):
        """Neither when it is registered nor when it is started, poked or claimed."""
        site.switch(False)
        site.switch(True)
        assert site.poke() is None
        assert site.store.ticks.claim_sensor(site.name, "s", now_ms=site.now) is None
        assert site.places() == set()
        assert site.claim_due().claims == []

    def test_one_that_was_due_is_no_more(self, site: Site):
        """From the registration on by which it is fed."""
        site.register(fed(), sensor("t"))
        assert site.places("t") == {"due"}
        site.register(fed(), fed("t"))
        assert site.places("t") == set()

    @pytest.mark.parametrize("begin", [False, True])
    def test_a_tick_under_way_is_discarded(self, site: Site, begin: bool):
        """It cannot commit, is not handed out again, and nothing follows it."""
        site.register(fed(), sensor("t"))
        claim = site.claim("t")
        if begin:
            site.begin(claim)
        site.register(fed(), fed("t"))
        assert site.begin(claim) is None
        assert not site.commit(claim, request("r")).accepted
        assert site.places("t") == set()
        assert site.state("t").activity == "idle"

    def test_one_that_is_polled_again_is_due(self, site: Site, reacting: Reacting):
        """And its ticks follow the calls for events, also within one millisecond."""
        reacting.commit(reacting.begun())
        site.register(sensor())
        site.poke()
        assert site.tick(request("r")).created == 1
        polled, called = site.store.ticks.ticks(site.name, "s")
        assert polled.run_ids == ("r",)
        assert called.run_ids == ()

    def test_a_call_that_ends_after_that_does_not_stop_a_tick(self, site: Site, reacting: Reacting):
        """The tick was claimed before, and comes after the call all the same."""
        ident = reacting.begun()
        site.register(sensor())
        claim = site.begun()
        site.now += 10
        assert reacting.commit(ident).accepted
        assert site.commit(claim, request("r")).created == 1
