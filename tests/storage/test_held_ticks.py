"""Ticks that request too much: held until somebody says yes or no."""

from collections.abc import Callable, Sequence

import pytest

from sensors_app.model.held import HeldTick, given_up_reason
from sensors_app.model.sensors import SensorOptions
from sensors_app.model.ticks import Claim, RunToCreate, TickResult, TickStatus
from sensors_app.storage.base import DAY_MS
from sensors_app.storage.commits import Commit
from tests.support.site import HOLDER, START, Site, request, sensor

HELD = Commit(accepted=True, held=True)
Hold = Callable[..., Claim]


def many(count: int, prefix: str = "r") -> Sequence[RunToCreate]:
    return [request(f"{prefix}{n}", f"{prefix}{n}") for n in range(count)]


@pytest.fixture
def few(site: Site, store_with) -> Site:
    """The location; a tick may ask for twenty runs, or for more than five if that is usual."""
    limits = {"max_requests": 20, "unusual_factor": 3, "unusual_floor": 5}
    return site.through(store_with(**limits))


@pytest.fixture
def hold(few: Site) -> Hold:
    """Has a tick held that asks for 25 runs."""

    def hold(cursor: str | None = "after") -> Claim:
        claim = few.begun()
        assert few.commit(claim, *many(25), cursor=cursor) == HELD
        return claim

    return hold


def unfold(site: Site, claim: Claim) -> None:
    large = site.store.large_ticks
    while not large.unfold(site.name, claim.sensor, claim.token, now_ms=site.now).over:
        pass


def runs_of(site: Site) -> int:
    return len(site.store.runs.runs(site.name, limit=1000))


class TestWhatIsHeld:
    def test_a_tick_that_requests_more_than_is_allowed(self, site: Site, few: Site, hold: Hold):
        """Nothing is launched, nothing moves, and the reason says why."""
        claim = hold()
        assert runs_of(site) == 0
        assert site.store.run_keys.some(site.name, "s") == {}
        state = site.state()
        assert (state.activity, state.cursor, site.places()) == ("held", None, set())
        assert state.held == HeldTick(str(claim.token), START, 25, most=20)
        assert "25 runs" in state.held.reason
        assert "20" in state.held.reason
        assert site.store.held.held(site.name) == {"s": state.held}

    def test_not_one_that_requests_just_as_many(self, few: Site):
        """The limit is what may be asked for."""
        assert few.tick(*many(20)).created == 20

    @pytest.mark.parametrize(
        ("most", "count", "held"), [(3, 4, True), (3, 3, False), (30, 25, False)]
    )
    def test_what_the_sensor_says_counts_more(self, few: Site, most: int, count: int, held: bool):
        """Its own number may be lower or higher than that of all."""
        few.register(sensor(options=SensorOptions(max_requests_per_tick=most)))
        assert few.tick(*many(count)).held is held
        assert runs_of(few) == (0 if held else count)

    def test_requests_whose_keys_were_used_do_not_count(self, few: Site):
        """Only what would be launched does."""
        few.tick(*many(15))
        claim, dropped = few.begun(), few.store.run_keys.used(few.name, "s", ["r1", "r2"])
        assert len(dropped) == 2
        result = TickResult(many(12, "new"))
        (answer,) = few.store.ticks.finish_ticks(
            few.name, [(claim, result)], HOLDER, now_ms=few.now
        )
        assert answer.created == 12

    def test_a_repeat_says_the_same(self, site: Site, few: Site, hold: Hold):
        """Who lost the reply is told again that it is held."""
        claim = hold()
        before = site.contents()
        assert few.commit(claim, *many(25), cursor="after") == HELD
        assert site.contents() == before

    def test_a_small_one_that_is_held_says_the_same(self, few: Site):
        """Also if it goes the way of small ticks first."""
        few.register(sensor(options=SensorOptions(max_requests_per_tick=3)))
        claim = few.begun()
        assert few.commit(claim, *many(4)) == few.commit(claim, *many(4)) == HELD

    def test_its_first_requests_can_be_seen(self, site: Site, hold: Hold):
        """Whoever decides sees what it is about."""
        hold()
        assert site.store.held.first_requests(site.name, "s") == many(25)


class TestWhatIsUnusual:
    def test_many_times_the_most_of_late_are_held(self, few: Site):
        """Two runs are usual; seven are more than three times as many."""
        few.tick(*many(2))
        claim = few.begun()
        assert few.commit(claim, *many(7, "x")) == HELD
        assert few.state().held == HeldTick(str(claim.token), few.now, 7, usual=2)

    def test_a_first_tick_has_no_usual_number(self, few: Site):
        """What is there at the start may be much."""
        assert few.tick(*many(19)).created == 19

    def test_ticks_that_request_little_do_not_make_a_large_one_unusual(self, few: Site):
        """A sensor with one large tick a day is as it always is."""
        few.tick(*many(15))
        for n in range(30):
            few.tick(*many(1, f"small{n}-"))
        assert few.tick(*many(15, "again")).created == 15

    def test_the_most_of_long_ago_is_forgotten(self, few: Site):
        """It halves each week."""
        few.tick(*many(15))
        few.now += 42 * DAY_MS
        assert few.tick(*many(6, "x")).held

    def test_few_are_never_unusual(self, few: Site):
        """Up to the floor nobody is asked."""
        few.tick(*many(1))
        assert few.tick(*many(5, "x")).created == 5

    def test_none_is_if_nobody_wants_that(self, site: Site, store_with):
        """A factor of 0 asks never."""
        own = site.through(store_with(unusual_factor=0, unusual_floor=5))
        own.tick(*many(1))
        assert own.tick(*many(19, "x")).created == 19


class TestYes:
    def test_the_runs_are_created(self, site: Site, hold: Hold):
        """As those of any tick that was committed; somebody else does it."""
        claim = hold()
        assert site.store.held.release(site.name, "s", str(claim.token), now_ms=site.now)
        assert (site.state().activity, site.state().held) == ("unfolding", None)
        left = site.store.large_ticks.left_behind(site.name, now_ms=site.now)
        assert left == [("s", claim.token)]
        unfold(site, claim)
        assert (runs_of(site), site.state().cursor, site.places()) == (25, "after", {"due"})
        (tick,) = site.store.ticks.ticks(site.name, "s")
        assert (tick.status, tick.created, tick.cursor_after) == (TickStatus.SUCCESS, 25, "after")

    def test_said_twice_it_counts_once(self, site: Site, hold: Hold):
        """The second one is told that nothing is held."""
        claim = hold()
        assert site.store.held.release(site.name, "s", str(claim.token), now_ms=site.now)
        assert not site.store.held.release(site.name, "s", str(claim.token), now_ms=site.now)

    def test_it_is_about_the_tick_that_was_seen(self, site: Site, hold: Hold):
        """Not about one that was held meanwhile."""
        claim = hold()
        before = site.contents()
        assert not site.store.held.release(site.name, "s", str(claim.token - 1))
        assert not site.store.held.discard(site.name, "s", str(claim.token - 1), "no")
        assert site.contents() == before

    def test_a_cursor_set_meanwhile_stays(self, site: Site, hold: Hold):
        """Whoever set it knew better than the tick."""
        claim = hold()
        site.set_cursor("mine")
        site.store.held.release(site.name, "s", str(claim.token), now_ms=site.now)
        unfold(site, claim)
        assert site.state().cursor == "mine"

    def test_time_spent_waiting_is_not_the_ticks(self, site: Site, hold: Hold):
        """It took as long as its evaluation, however late somebody came."""
        claim = hold()
        site.now += DAY_MS
        site.store.held.release(site.name, "s", str(claim.token), now_ms=site.now)
        unfold(site, claim)
        (tick,) = site.store.ticks.ticks(site.name, "s")
        assert tick.duration_ms == 0
        assert site.state().next_due == site.now + 30_000


class TestNo:
    WHY = given_up_reason(25, "me", "a typo")

    def discard(self, site: Site, claim: Claim, *, move_on: bool = False) -> bool:
        return site.store.held.discard(
            site.name, "s", str(claim.token), self.WHY, move_on=move_on, now_ms=site.now
        )

    def test_the_requests_are_given_up_and_the_tick_says_so(self, site: Site, hold: Hold):
        """No run, no key; the next tick finds what this one found."""
        claim = hold()
        assert self.discard(site, claim)
        assert (runs_of(site), site.state().cursor, site.places()) == (0, None, {"due"})
        assert (site.state().activity, site.state().held) == ("idle", None)
        (tick,) = site.store.ticks.ticks(site.name, "s")
        assert (tick.status, tick.skip_reason) == (TickStatus.SKIPPED, self.WHY)
        assert (tick.requested, tick.created, tick.cursor_after) == (25, 0, None)
        assert not site.store.client.exists(site.keys.staged("s"), site.keys.held)

    def test_the_sensor_moves_on_if_that_is_wanted(self, site: Site, hold: Hold):
        """Its cursor goes to where the tick left it."""
        assert self.discard(site, hold(), move_on=True)
        assert site.state().cursor == "after"
        assert site.store.ticks.ticks(site.name, "s")[0].cursor_after == "after"

    @pytest.mark.parametrize(("move_on", "waiting"), [(False, [1]), (True, [])])
    def test_pushed_events_stay_with_the_cursor(self, few: Site, move_on: bool, waiting: list[int]):
        """They are seen again by the next tick, unless the sensor moves on."""
        few.store.inbox.push(
            few.name, "s", "1", event_id="1", max_waiting=9, per_second=9, now_ms=few.now
        )
        claim = few.begun()
        few.commit(claim, *many(25))
        self.discard(few, claim, move_on=move_on)
        left = few.store.inbox.waiting(few.name, "s")
        assert [each.payload for each in left] == waiting

    def test_said_twice_it_counts_once(self, site: Site, hold: Hold):
        """The tick is kept once."""
        claim = hold()
        assert self.discard(site, claim)
        assert not self.discard(site, claim)
        assert len(site.store.ticks.ticks(site.name, "s")) == 1

    def test_a_late_repeat_of_the_commit_is_told_that_nothing_came_of_it(
        self, few: Site, hold: Hold
    ):
        """It is over, as any tick that made no run."""
        claim = hold()
        self.discard(few, claim)
        assert few.commit(claim, *many(25), cursor="after") == Commit(True, 0, [], ())


class TestMeanwhile:
    def test_the_sensor_is_not_evaluated(self, site: Site, hold: Hold):
        """Not when it is started, poked, nor registered again; nor does its claim run out."""
        hold()
        site.switch(True)
        site.poke()
        site.register(site.state().snapshot)
        site.now += 1_000_000
        assert site.claim_due().claims == []
        assert site.expire_claims(["worker@host"]) == []
        assert site.state().activity == "held"

    def test_stopped_and_released_it_ends_and_rests(self, site: Site, hold: Hold):
        """Nothing is lost, and no further tick begins."""
        claim = hold()
        site.switch(False)
        site.store.held.release(site.name, "s", str(claim.token), now_ms=site.now)
        unfold(site, claim)
        assert (runs_of(site), site.places()) == (25, set())

    def test_gone_from_the_code_it_can_still_be_decided(self, site: Site, hold: Hold):
        """Its runs are of jobs that may still be there."""
        claim = hold()
        site.register()
        assert list(site.store.held.held(site.name)) == ["s"]
        assert site.store.held.release(site.name, "s", str(claim.token), now_ms=site.now)
        unfold(site, claim)
        assert (runs_of(site), site.places()) == (25, set())
