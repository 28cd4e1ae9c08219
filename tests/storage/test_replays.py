"""replay_events and skip_reactions: old events once more, and events never."""

import pytest

from sensors_app.model.reactions import Replay
from sensors_app.ports import RulesChanged
from tests.support.reacting import UPSTREAM, Reacting, fed
from tests.support.site import START, Site, sensor


@pytest.fixture
def site(reacting: Reacting) -> Site:
    """The location whose sensors are called for events."""
    return reacting.site


class TestReplays:
    def test_delivers_old_events_once_more(self, site: Site, reacting: Reacting):
        """Those after the first id, up to the second."""
        idents = [reacting.happen(f"r{n}") for n in range(4)]
        reacting.listen()
        assert reacting.replay(idents[0], idents[2])
        reacting.listen_to_replays()
        assert reacting.runs()[4:] == [["r1"], ["r2"]]
        assert reacting.listen_to_replays() == 0

    def test_reaches_back_before_the_sensors_start(self, site: Site, reacting: Reacting):
        """An operator asked for it."""
        until = reacting.happen("old", at=START - 5)
        reacting.listen()
        reacting.replay("", until)
        assert reacting.listen_to_replays() == 1

    def test_is_told_while_it_waits(self, site: Site, reacting: Reacting):
        """With how far it is."""
        first, until = reacting.happen("r1"), reacting.happen("r2")
        reacting.replay("", until)
        reacting.listen_to_replays(limit=1)
        (state,) = site.store.deliveries.read_states([site.name]).values()
        assert state.replays == [Replay("s", UPSTREAM, first, until, 0)]

    def test_two_listeners_deliver_it_once(self, site: Site, reacting: Reacting):
        """As with what is new."""
        until = reacting.happen("r")
        reacting.replay("", until)
        (state,) = site.store.deliveries.read_states([site.name]).values()
        assert reacting.listen_to_replays() == 1
        registration = site.store.deliveries.rules([site.name])[site.name].registration
        (replay,) = state.replays
        answer = site.store.deliveries.replay(site.name, replay, None, [], registration)
        assert answer is None

    def test_a_second_one_does_not_take_the_place_of_the_first(
        self, site: Site, reacting: Reacting
    ):
        """Two ranges are both delivered."""
        idents = [reacting.happen(f"r{n}") for n in range(4)]
        reacting.replay("", idents[0])
        reacting.replay(idents[2], idents[3])
        reacting.listen_to_replays()
        assert sorted(reacting.runs()) == [["r0"], ["r3"]]

    def test_of_two_with_one_end_the_longer_holds_the_other(self, site: Site, reacting: Reacting):
        """In whichever order they were asked for; ids are compared as numbers."""
        idents = [reacting.happen(f"r{n}") for n in range(12)]
        reacting.replay(idents[10], idents[11])
        reacting.replay(idents[8], idents[11])
        reacting.replay(idents[9], idents[11])
        reacting.listen_to_replays()
        assert reacting.runs() == [["r9"], ["r10"], ["r11"]]

    def test_an_empty_range_is_none(self, site: Site, reacting: Reacting):
        """Nothing waits to be read."""
        until = reacting.happen("r")
        assert reacting.replay(until, until)
        assert not site.store.client.exists(site.keys.replays)

    def test_one_for_a_sensor_that_is_off_is_held(self, site: Site, reacting: Reacting):
        """It comes when the sensor is started, and keeps no stream from being trimmed."""
        site.switch(False)
        reacting.replay("", reacting.happen("r"))
        assert reacting.listen_to_replays() == 1
        (ident,) = reacting.take()
        assert reacting.begin(ident) is None
        site.switch(True)
        assert reacting.states() == ["waiting"]

    def test_goes_by_rules_of_now(self, site: Site, reacting: Reacting):
        """Those read before a registration deliver nothing."""
        reacting.replay("", reacting.happen("r"))
        (state,) = site.store.deliveries.read_states([site.name]).values()
        with pytest.raises(RulesChanged):
            site.store.deliveries.replay(site.name, state.replays[0], None, [], "0")

    @pytest.mark.parametrize("name", ["polled", "unknown"])
    def test_only_for_sensors_that_are_called_for_events(
        self, site: Site, reacting: Reacting, name: str
    ):
        """The others have nothing to get again."""
        site.register(fed(), sensor("polled"))
        assert not reacting.replay("", reacting.happen("r"), name)


class TestSkip:
    def test_drops_what_waits_and_what_is_unread(self, site: Site, reacting: Reacting):
        """Whether it is to be sent, was sent, is put off or held; also of this millisecond."""
        first, *_ = reacting.happened("a", "b", "c")
        reacting.take(limit=2)
        reacting.begin(first)
        reacting.fail(first)
        reacting.happen("unread")
        assert reacting.skip() == 3
        reacting.listen()
        assert (reacting.of(), reacting.take()) == ([], [])
        site.now += 1
        reacting.happen("after")
        assert reacting.listen() == 1

    def test_leaves_calls_under_way_and_dead_letters(self, site: Site, reacting: Reacting):
        """The one is somebody's, the other an operator's to decide."""
        dead = reacting.died()
        reacting.happened("r")
        (running,) = reacting.take()
        reacting.begin(running)
        assert reacting.skip() == 0
        assert {each.ident: each.state for each in reacting.of()} == {
            dead: "dead",
            running: "running",
        }
        assert reacting.commit(running).accepted

    def test_drops_replays_and_the_place_of_a_stop(self, site: Site, reacting: Reacting):
        """Only the sensor's own, not those of one whose name begins alike."""
        site.register(fed(), fed("s2"))
        until = reacting.happen("r")
        reacting.listen()
        reacting.replay("", until)
        reacting.replay("", until, "s2")
        site.switch(False)
        reacting.skip()
        reacting.skip("s")
        reacting.resume()
        (state,) = site.store.deliveries.read_states([site.name]).values()
        assert [replay.sensor for replay in state.replays] == ["s2"]

    def test_also_of_a_sensor_that_is_gone(self, site: Site, reacting: Reacting):
        """Nobody else could drop what waits for it."""
        reacting.happened("r")
        site.register(sensor())
        assert reacting.skip() == 1
        assert reacting.of() == []

    @pytest.mark.parametrize("name", ["polled", "unknown"])
    def test_only_for_sensors_that_are_called_for_events(
        self, site: Site, reacting: Reacting, name: str
    ):
        """There is nothing to skip for the others."""
        site.register(fed(), sensor("polled"))
        assert reacting.skip(name) is None
