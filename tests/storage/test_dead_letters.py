"""Reactions that fail: tried again, and in the end kept as dead letters."""

import pytest

from sensors_app.model.ticks import TickStatus
from tests.support.reacting import PAUSE_MS, Reacting, fed
from tests.support.site import BOOM, HOLDER, LOST, OTHER_HOLDER, Site

OVER_MS = 60_000 + 30_000
"""The time limit of a call, and the grace on top of it."""


@pytest.fixture
def site(reacting: Reacting) -> Site:
    """The location whose sensors are called for events."""
    return reacting.site


def tick_of(site: Site):
    """Return the last call of the sensor that is kept."""
    return site.store.ticks.ticks(site.name, "s")[0]


class TestFail:
    def test_it_is_tried_again_after_its_pause(self, site: Site, reacting: Reacting):
        """Not before; then it is sent, and its attempt has the next number."""
        ident = reacting.begun()
        assert reacting.fail(ident)
        assert (reacting.states(), reacting.places(ident)) == (["waiting"], {"react_later"})
        site.now += PAUSE_MS - 1
        assert reacting.take() == []
        site.now += 1
        assert reacting.take() == [ident]
        start = reacting.begin(ident, OTHER_HOLDER)
        assert start is not None
        assert (start.attempt, [event.run_id for event in start.events]) == (2, ["r"])

    def test_each_attempt_has_a_pause_of_its_own(self, site: Site, reacting: Reacting):
        """As many retries as there are pauses, then it is a dead letter."""
        site.register(fed(retry_delays_ms=[10, 2000, 300]))
        ident = reacting.begun()
        for pause in (10, 2000, 300):
            reacting.fail(ident)
            later = site.store.client.zscore(site.keys.react_later, ident)
            assert later == site.now + pause
            site.now += pause
            reacting.take()
            assert reacting.begin(ident) is not None
        reacting.fail(ident)
        (dead,) = reacting.of()
        assert (dead.state, dead.attempt, dead.died_at) == ("dead", 4, site.now)
        assert reacting.places(ident) == {"dead"}

    @pytest.mark.parametrize("final", [True, False])
    def test_without_use_or_pauses_it_is_a_dead_letter_at_once(
        self, site: Site, reacting: Reacting, final: bool
    ):
        """It is kept, with why it failed."""
        site.register(fed(retry_delays_ms=[10] if final else []))
        ident = reacting.begun()
        reacting.fail(ident, final=final)
        (dead,) = site.store.reactions.dead_letters(site.name)
        assert (dead.ident, dead.error) == (ident, BOOM)

    def test_the_call_is_kept_as_a_failed_tick(self, site: Site, reacting: Reacting):
        """With the error; the reaction has it too."""
        ident = reacting.begun()
        reacting.fail(ident)
        tick = tick_of(site)
        assert (tick.status, tick.error, tick.worker) == (TickStatus.FAILURE, BOOM, HOLDER)
        reaction = site.store.reactions.reaction(site.name, ident)
        assert reaction is not None
        assert (reaction.error, reaction.attempt) == (BOOM, 1)

    def test_asked_again_it_fails_no_second_time(self, site: Site, reacting: Reacting):
        """Who lost the answer gets it."""
        ident = reacting.begun()
        reacting.fail(ident)
        before = site.contents()
        assert reacting.fail(ident)
        assert site.contents() == before

    def test_who_is_not_its_holder_cannot(self, site: Site, reacting: Reacting):
        """Neither another, nor anybody once it is done."""
        ident = reacting.begun()
        assert not reacting.fail(ident, OTHER_HOLDER)
        reacting.commit(ident)
        assert not reacting.fail(ident)
        assert reacting.of() == []


class TestExpire:
    def test_a_call_whose_time_is_over_has_failed(self, site: Site, reacting: Reacting):
        """Its limit and the grace on top; it is tried again."""
        ident = reacting.begun()
        site.now += OVER_MS - 1
        assert reacting.expire() == []
        site.now += 1
        assert reacting.expire() == [("s", HOLDER)]
        assert tick_of(site).error == LOST
        assert reacting.places(ident) == {"react_later"}

    def test_a_call_of_a_dead_worker_has_failed_at_once(self, site: Site, reacting: Reacting):
        """Those of the living go on."""
        first, second = reacting.happened("a", "b")
        reacting.take()
        reacting.begin(first)
        reacting.begin(second, OTHER_HOLDER)
        assert reacting.expire("worker@host") == [("s", HOLDER)]
        assert reacting.states() == ["waiting", "running"]

    def test_each_call_fails_once(self, site: Site, reacting: Reacting):
        """Also if it is late and its worker is dead."""
        reacting.begun()
        site.now += OVER_MS
        assert reacting.expire("worker@host") == [("s", HOLDER)]
        assert reacting.expire("worker@host") == []

    def test_one_that_kills_each_worker_becomes_a_dead_letter(self, site: Site, reacting: Reacting):
        """It does not go round for ever."""
        ident = reacting.begun()
        reacting.expire("worker@host")
        assert reacting.again(ident, OTHER_HOLDER) is not None
        reacting.expire("other@host")
        (dead,) = site.store.reactions.dead_letters(site.name)
        assert (dead.ident, dead.attempt, dead.error) == (ident, 2, LOST)

    def test_also_of_a_sensor_that_is_gone(self, site: Site, reacting: Reacting):
        """What is known of it tells how to go on."""
        ident = reacting.begun()
        site.register()
        assert reacting.expire("worker@host") == [("s", HOLDER)]
        assert reacting.places(ident) == {"react_later"}


class TestDeadLetters:
    def test_newest_first(self, site: Site, reacting: Reacting):
        """And no more than asked for."""
        idents = []
        for _ in range(3):
            idents.append(reacting.happened()[-1])
            reacting.take()
            reacting.begin(idents[-1])
            reacting.fail(idents[-1], final=True)
            site.now += 1
        found = site.store.reactions.dead_letters(site.name, limit=2)
        assert [each.ident for each in found] == idents[:0:-1]

    def test_retried_it_has_all_its_attempts_again(self, site: Site, reacting: Reacting):
        """It is sent at once."""
        ident = reacting.died()
        assert reacting.retry(ident, "unknown") == 1
        assert reacting.take() == [ident]
        start = reacting.begin(ident)
        assert start is not None
        assert start.attempt == 1
        reacting.fail(ident)
        assert reacting.places(ident) == {"react_later"}

    def test_retried_twice_it_is_sent_once(self, reacting: Reacting):
        """The second time it is no dead letter."""
        ident = reacting.died()
        reacting.retry(ident)
        assert reacting.retry(ident) == 0
        assert reacting.take() == [ident]

    def test_retried_while_its_sensor_is_off_it_is_held(self, site: Site, reacting: Reacting):
        """Until the sensor is started."""
        ident = reacting.died()
        site.switch(False)
        reacting.retry(ident)
        reacting.take()
        assert reacting.begin(ident) is None
        assert reacting.states() == ["held"]

    def test_dropped_it_is_gone(self, site: Site, reacting: Reacting):
        """Nothing of it is left."""
        ident = reacting.died()
        assert reacting.drop(ident, "unknown") == 1
        assert reacting.drop(ident) == 0
        assert (reacting.of(), reacting.places(ident)) == ([], set())
        assert not site.store.client.exists(site.keys.reaction(ident))

    def test_only_dead_letters_are_retried_or_dropped(self, reacting: Reacting):
        """What waits or is under way is left alone."""
        first, second = reacting.happened("a", "b")
        reacting.take()
        reacting.begin(first)
        assert reacting.retry(first, second) == reacting.drop(first, second) == 0
        assert reacting.states() == ["running", "waiting"]
