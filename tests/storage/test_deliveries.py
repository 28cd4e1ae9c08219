"""deliver_events and trim_events: each event once, whoever reads, to whom it is for."""

import pytest

from sensors_app.ports import RulesChanged
from sensors_app.storage.keys import LocationKeys
from tests.conftest import StoreWith
from tests.support.reacting import FAILURE, UPSTREAM, Reacting, fed
from tests.support.site import START, Site, sensor


@pytest.fixture
def site(reacting: Reacting) -> Site:
    """The location whose sensors are called for events."""
    return reacting.site


class TestDelivering:
    def test_an_event_becomes_a_reaction_that_waits(self, site: Site, reacting: Reacting):
        """With the event as it was read, its run and its time."""
        reacting.happen("r")
        assert reacting.listen() == 1
        (reaction,) = reacting.of()
        (event,) = reaction.events
        assert (reaction.state, reaction.attempt, reaction.created_at) == ("waiting", 0, START)
        assert (event.location, event.run_id, event.at) == (UPSTREAM, "r", START)
        assert reacting.places(reaction.ident) == {"react_outbox"}

    def test_each_event_is_a_call_of_its_own(self, reacting: Reacting):
        """In the order in which they happened, also if there are many in one millisecond."""
        run_ids = [f"r{n}" for n in range(12)]
        reacting.happened(*run_ids)
        assert reacting.runs() == [[run_id] for run_id in run_ids]
        assert reacting.take() == [each.ident for each in reacting.of()]

    def test_what_two_listeners_read_is_delivered_once(self, reacting: Reacting):
        """The second finds that somebody was here before, and changes nothing."""
        reacting.happen("r")
        first, second = reacting.read(), reacting.read()
        assert reacting.deliver(first) == 1
        assert reacting.deliver(second) is None
        assert reacting.runs() == [["r"]]

    def test_a_listener_that_was_slow_delivers_nothing_old(self, reacting: Reacting):
        """Not even if it read less than the other did since."""
        reacting.happen("r1")
        slow = reacting.read()
        reacting.happen("r2")
        reacting.listen()
        assert reacting.deliver(slow) is None
        assert reacting.runs() == [["r1"], ["r2"]]

    def test_a_stream_is_read_in_parts(self, reacting: Reacting):
        """Each part from where the one before has ended."""
        for n in range(5):
            reacting.happen(f"r{n}")
        for _ in range(3):
            reacting.deliver(reacting.read(limit=2))
        assert reacting.runs() == [[f"r{n}"] for n in range(5)]

    def test_the_position_moves_past_what_is_for_nobody(self, site: Site, reacting: Reacting):
        """It is not read again and again."""
        last = reacting.happen("r", FAILURE)
        assert reacting.listen() == 0
        (state,) = site.store.deliveries.read_states([site.name]).values()
        assert state.positions == {UPSTREAM: last}

    def test_streams_have_positions_of_their_own(self, reacting: Reacting):
        """What is read of one says nothing of another."""
        reacting.happen("r1")
        reacting.listen()
        reacting.happen("r2", source="other")
        reacting.happen("r3")
        assert reacting.listen("other") == 1
        assert reacting.listen() == 1

    def test_a_name_with_spaces_is_one_too(self, reacting: Reacting):
        """A code location may be called so, also in a replay."""
        until = reacting.happen("r", source="other place")
        assert reacting.listen("other place") == 1
        reacting.replay("", until, source="other place")
        assert reacting.listen_to_replays() == 1

    def test_rules_that_are_out_of_date_deliver_nothing(self, site: Site, reacting: Reacting):
        """The listener reads them anew, and delivers by those."""
        reacting.happen("r", FAILURE)
        reading = reacting.read()
        site.register(fed(kinds=[FAILURE]))
        with pytest.raises(RulesChanged):
            reacting.deliver(reading)
        assert reacting.listen() == 1

    def test_only_locations_with_such_sensors_have_rules(self, site: Site, reacting: Reacting):
        """Nobody reads streams for the others."""
        other = Site(site.store, site.prefix, "other")
        other.register(sensor())
        assert set(site.store.deliveries.rules(["loc", "other", "unknown"])) == {"loc"}

    def test_how_much_waits_for_a_worker_is_told(self, site: Site, reacting: Reacting):
        """To be sent, or sent and not begun: a listener reads no further if it is too much."""
        first, *_ = reacting.happened("r1", "r2", "r3")
        reacting.take(limit=2)
        reacting.begin(first)
        (state,) = site.store.deliveries.read_states([site.name]).values()
        assert state.waiting == 2


class TestSensorsThatAreOff:
    def test_a_fresh_sensor_gets_what_happens_from_now_on(self, site: Site, reacting: Reacting):
        """Not the past, which nobody has read before it."""
        reacting.happen("old", at=START - 1)
        reacting.happen("new")
        reacting.listen()
        assert reacting.runs() == [["new"]]

    def test_one_that_is_new_beside_another_does_not_get_the_past_either(
        self, site: Site, reacting: Reacting
    ):
        """Each goes by its own start."""
        site.now += 10
        site.register(fed(), fed("new"))
        reacting.happen("old", at=START + 9)
        reacting.listen()
        assert (reacting.runs(), reacting.runs("new")) == ([["old"]], [])

    def test_gets_nothing_while_it_is_off(self, site: Site, reacting: Reacting):
        """And nothing of that when it is started: it begins with what happens from then on."""
        site.switch(False)
        reacting.happened("off")
        reacting.happen("unread")
        site.now += 10
        site.switch(True)
        reacting.happen("on")
        reacting.listen()
        assert reacting.runs() == [["on"]]

    def test_is_not_started_by_being_registered(self, site: Site, reacting: Reacting):
        """An operator's word outlasts a deployment."""
        site.switch(False)
        site.register(fed(), version="2")
        reacting.happen("off")
        assert reacting.listen() == 0

    def test_one_that_is_started_twice_keeps_its_start(self, site: Site, reacting: Reacting):
        """What has not been read yet is its own all the same."""
        reacting.happen("r")
        site.now += 10
        site.switch(True)
        assert reacting.listen() == 1

    def test_one_that_its_code_starts_begins_now(self, site: Site, reacting: Reacting):
        """As if an operator had."""
        site.register(fed("t", running_by_default=False))
        reacting.happen("before")
        site.now += 10
        site.register(fed("t"))
        reacting.happen("after")
        reacting.listen()
        assert reacting.runs("t") == [["after"]]


class TestBatches:
    @pytest.fixture
    def reacting(self, reacting: Reacting) -> Reacting:
        """With a sensor that is called for up to three events."""
        reacting.site.register(fed(batch_size=3))
        return reacting

    def test_fill_up_while_they_wait(self, reacting: Reacting):
        """One call for each three events, in order."""
        reacting.happened(*"abcdefg")
        assert reacting.runs() == [list("abc"), list("def"), ["g"]]

    def test_go_on_filling_when_they_were_sent(self, reacting: Reacting):
        """The message only names the reaction."""
        reacting.happened("a")
        reacting.take()
        (ident,) = reacting.happened("b")
        assert reacting.places(ident) == {"react_sent"}
        start = reacting.begin(ident)
        assert start is not None
        assert [event.run_id for event in start.events] == ["a", "b"]

    def test_close_when_they_begin(self, reacting: Reacting):
        """Whoever asks for them again gets the same events."""
        ident = reacting.begun("a")
        reacting.happened("b")
        start = reacting.begin(ident)
        assert start is not None
        assert [event.run_id for event in start.events] == ["a"]
        assert reacting.runs() == [["a"], ["b"]]

    def test_are_tried_again_as_they_were(self, reacting: Reacting):
        """What happened meanwhile is the next call's."""
        ident = reacting.begun("a")
        reacting.fail(ident)
        reacting.happened("b")
        assert reacting.runs() == [["a"], ["b"]]

    def test_are_not_larger_than_the_code_says_now(self, site: Site, reacting: Reacting):
        """One that has begun to fill takes no more if there is a new size."""
        reacting.happened("a", "b")
        site.register(fed(batch_size=2))
        reacting.happened("c", "d", "e")
        assert reacting.runs() == [["a", "b"], ["c", "d"], ["e"]]

    def test_that_were_skipped_take_no_more(self, site: Site, reacting: Reacting):
        """The next event makes a new one."""
        reacting.happened("a")
        reacting.skip()
        site.now += 10
        reacting.happened("b")
        assert reacting.runs() == [["b"]]


class TestTrimming:
    def test_what_somebody_is_to_read_stays(
        self, store_with: StoreWith, site: Site, reacting: Reacting
    ):
        """However many they are; the rest goes down to the number that is kept."""
        store = store_with(events_max_count=2)
        idents = [reacting.happen(f"r{n}") for n in range(12)]
        assert store.events.trim_events(UPSTREAM, idents[8], now_ms=site.now) == 9
        assert store.events.trim_events(UPSTREAM, idents[8], now_ms=site.now) == 0
        assert [e.ident for e in store.events.events(UPSTREAM)] == idents[9:]

    def test_as_many_as_are_kept_stay(self, store_with: StoreWith, site: Site, reacting: Reacting):
        """Also if everybody has read them, or nobody reads."""
        store = store_with(events_max_count=2)
        idents = [reacting.happen(f"r{n}") for n in range(12)]
        assert store.events.trim_events(UPSTREAM, None, now_ms=site.now) == 10
        assert store.client.xlen(LocationKeys(site.prefix, UPSTREAM).events) == 2
        assert store.events.trim_events(UPSTREAM, idents[-1], now_ms=site.now) == 0
