"""Calls for events that request many runs: put by, committed in one step, created part by part."""

import pytest

from sensors_app.model.reactions import ReactionEnd
from sensors_app.model.ticks import DroppedRequest, RunToCreate, TickResult, TickStatus
from sensors_app.operating.unfolding import Unfolding
from sensors_app.storage import staging
from sensors_app.storage.commits import Commit
from sensors_app.storage.large_calls import LargeCallStore
from tests.support.reacting import UPSTREAM, Reacting, fed
from tests.support.site import HOLDER, OTHER_HOLDER, Site, request, sensor

COUNT = 25
IDS = [f"r{n}" for n in range(COUNT)]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call of a dozen requests is large here, and its parts are of ten."""
    monkeypatch.setattr(staging, "PART_REQUESTS", 10)
    monkeypatch.setattr(staging, "STAGE_ABOVE", 12)


@pytest.fixture
def reacting(site: Site) -> Reacting:
    """A sensor of the site that is called for each success."""
    site.register(fed())
    Site(site.store, site.prefix, UPSTREAM).register()
    return Reacting(site)


@pytest.fixture
def large(site: Site) -> LargeCallStore:
    return site.store.large_calls


def many(prefix: str = "r") -> list[RunToCreate]:
    return [request(f"{prefix}{n}", f"k{n}") for n in range(COUNT)]


def decided(reacting: Reacting, *runs: RunToCreate) -> str:
    """Put by and commit what a call requests, but create nothing of it; return the reaction."""
    ident, result = reacting.begun(), TickResult(runs or many())
    site, end = reacting.site, ReactionEnd("s", ident, result, lineage="loc/s")
    parts = site.store.large_calls.stage_call(site.name, ident, result.runs, HOLDER)
    assert parts is not None
    assert site.store.large_calls.commit_staged_call(
        site.name, end, result, parts, HOLDER, now_ms=site.now
    ).accepted
    return ident


def unfold(reacting: Reacting, ident: str) -> bool:
    site = reacting.site
    return site.store.large_calls.unfold_call(site.name, "s", ident, now_ms=site.now)


def run_ids(reacting: Reacting) -> list[str]:
    """Return the runs that there are, oldest first."""
    return [run.run_id for run in reacting.site.store.runs.runs(reacting.site.name)][::-1]


class TestALargeCall:
    def test_is_as_a_small_one_to_who_commits_it(self, site: Site, reacting: Reacting):
        """All runs are made and promised; the call is over, and among the sensor's ticks."""
        ident = reacting.begun()
        assert reacting.commit(ident, *many()) == Commit(True, COUNT, IDS, ())
        assert sorted(run_ids(reacting)) == sorted(IDS)
        assert len(site.store.outbox.take_outbox(site.name)) == COUNT
        assert reacting.of() == []
        (tick,) = site.store.ticks.ticks(site.name, "s")
        assert (tick.status, tick.requested, tick.created) == (TickStatus.SUCCESS, COUNT, COUNT)

    def test_its_runs_name_the_tick_and_what_led_to_it(self, site: Site, reacting: Reacting):
        """As those of a small one do."""
        ident = decided(reacting)
        while not unfold(reacting, ident):
            pass
        (tick,) = site.store.ticks.ticks(site.name, "s")
        runs = site.store.runs.runs(site.name)
        assert {run.tick_id for run in runs} == {tick.tick_id}
        assert {run.sensor_name for run in runs} == {"s"}
        assert {run.lineage for run in runs} == {("loc/s",)}

    def test_creates_no_run_for_a_key_that_was_used(self, site: Site, reacting: Reacting):
        """By an earlier call, or by another request of this one; the tick says so."""
        reacting.commit(reacting.begun("a"), request("old", "k3"))
        answer = reacting.commit(reacting.begun("b"), *many(), request("again", "k4"))
        assert answer.created == COUNT - 1
        assert list(answer.dropped) == [DroppedRequest("k3", "old"), DroppedRequest("k4", "r4")]
        tick = site.store.ticks.ticks(site.name, "s")[0]
        assert (tick.requested, tick.created) == (COUNT + 1, COUNT - 1)

    def test_whose_requests_are_all_dropped_is_skipped(self, site: Site, reacting: Reacting):
        """Nothing is to be put by then."""
        reacting.commit(reacting.begun("a"), *many())
        answer = reacting.commit(reacting.begun("b"), *many("x"))
        assert (answer.accepted, answer.created, len(answer.dropped)) == (True, 0, COUNT)
        assert site.store.ticks.ticks(site.name, "s")[0].status is TickStatus.SKIPPED

    def test_leaves_nothing_behind(self, site: Site, reacting: Reacting):
        """What was put by is gone, and nothing is to be unfolded."""
        ident = reacting.begun()
        reacting.commit(ident, *many())
        assert not site.store.client.exists(site.keys.staged_call(ident), site.keys.unfolding_calls)

    def test_small_ones_of_the_same_message_are_kept_too(self, reacting: Reacting):
        """Each answer is at its own place."""
        first, second = reacting.happened("a", "b")
        reacting.take()
        reacting.begin_together(("s", first), ("s", second))
        ends = [
            ReactionEnd("s", first, TickResult(many())),
            ReactionEnd("s", second, TickResult([request("one")])),
        ]
        site = reacting.site
        answers = site.store.reactions.finish_reactions(site.name, ends, HOLDER, now_ms=site.now)
        assert [answer.created for answer in answers] == [COUNT, 1]


class TestUntilItIsCommitted:
    def test_what_is_put_by_is_kept_for_a_while_only(self, site: Site, reacting: Reacting):
        """Nobody may come back to it."""
        ident = reacting.begun()
        site.store.large_calls.stage_call(site.name, ident, many(), HOLDER)
        assert run_ids(reacting) == []
        left = site.store.client.pttl(site.keys.staged_call(ident))
        assert 0 < left <= staging.STAGE_LIFE_MS

    def test_it_is_lost_as_any_call(self, site: Site, reacting: Reacting, large: LargeCallStore):
        """And the next attempt puts by anew."""
        ident = reacting.begun()
        large.stage_call(site.name, ident, many("lost"), HOLDER)
        reacting.lose(("s", ident))
        assert reacting.again(ident, OTHER_HOLDER) is not None
        assert reacting.commit(ident, *many(), holder=OTHER_HOLDER).run_ids == IDS
        assert sorted(run_ids(reacting)) == sorted(IDS)

    def test_only_its_holder_puts_by_and_commits(self, reacting: Reacting):
        """A late process changes nothing."""
        ident = reacting.begun()
        assert not reacting.commit(ident, *many(), holder=OTHER_HOLDER).accepted
        assert reacting.states() == ["running"]

    def test_a_part_that_is_missing_forbids_it(self, site: Site, reacting: Reacting):
        """What was put by may have been lost with the server's memory."""
        ident = reacting.begun()
        parts = site.store.large_calls.stage_call(site.name, ident, many(), HOLDER)
        assert parts == 3
        site.store.client.hdel(site.keys.staged_call(ident), "2")
        end = ReactionEnd("s", ident, TickResult(many()))
        answer = site.store.large_calls.commit_staged_call(
            site.name, end, TickResult(many()), parts, HOLDER, now_ms=site.now
        )
        assert not answer.accepted
        assert reacting.states() == ["running"]


class TestOnceItIsCommitted:
    def test_runs_come_part_by_part(self, reacting: Reacting):
        """Each step holds the server for a few milliseconds only."""
        ident, found = decided(reacting), []
        for _ in range(3):
            over = unfold(reacting, ident)
            found.append((over, len(run_ids(reacting))))
        assert found == [(False, 10), (False, 20), (True, COUNT)]
        assert unfold(reacting, ident)

    def test_a_repeat_of_the_commit_goes_on_with_it(self, reacting: Reacting):
        """Its answer was lost: it says the same, and creates what is left."""
        ident = decided(reacting)
        unfold(reacting, ident)
        answer = reacting.commit(ident, *many(), lineage="loc/s")
        assert (answer.accepted, answer.created) == (True, COUNT)
        assert sorted(run_ids(reacting)) == sorted(IDS)

    def test_a_dead_process_cannot_fail_it(self, site: Site, reacting: Reacting):
        """The call is over: its runs come."""
        ident = decided(reacting)
        reacting.lose(("s", ident))
        assert reacting.expire("worker@host") == []
        assert [tick.error for tick in site.store.ticks.ticks(site.name, "s")] == [None]

    def test_others_go_on_after_a_while(
        self, site: Site, reacting: Reacting, large: LargeCallStore
    ):
        """Whoever committed it has died."""
        ident = decided(reacting)
        assert large.left_behind(site.name, now_ms=site.now) == []
        site.now += staging.TAKE_OVER_MS
        assert large.left_behind(site.name, now_ms=site.now) == [("s", ident)]
        unfold(reacting, ident)
        assert large.left_behind(site.name, now_ms=site.now) == []

    def test_a_beat_creates_what_nobody_does(self, site: Site, reacting: Reacting):
        """Two may be at it at once."""
        decided(reacting)
        site.now += staging.TAKE_OVER_MS
        beats = [Unfolding(site.store, 10), Unfolding(site.store, 0)]
        for beat in beats[::-1]:
            beat.look([site.name], now_ms=site.now)
        for beat in beats[::-1]:
            beat.step(now_ms=site.now)
        assert sorted(run_ids(reacting)) == sorted(IDS)

    def test_a_key_that_another_call_uses_meanwhile_makes_one_run(self, reacting: Reacting):
        """Whoever comes first makes it."""
        ident = decided(reacting)
        assert reacting.commit(reacting.begun("b"), request("other", "k24")).created == 1
        while not unfold(reacting, ident):
            pass
        assert sorted(run_ids(reacting)) == sorted([*IDS[:-1], "other"])

    def test_gone_from_the_code_its_runs_still_come(self, site: Site, reacting: Reacting):
        """They were requested before."""
        ident = decided(reacting)
        site.register(sensor("another"))
        while not unfold(reacting, ident):
            pass
        assert len(run_ids(reacting)) == COUNT


class TestTooMany:
    @pytest.fixture
    def strict(self, site: Site, store_with) -> Reacting:
        """No more than 20 requests of a tick are allowed."""
        site.store = store_with(max_requests=20)
        site.register(fed())
        Site(site.store, site.prefix, UPSTREAM).register()
        return Reacting(site)

    def test_are_held_as_a_dead_letter_with_the_reason(self, strict: Reacting):
        """Nothing is launched; trying again would be of no use."""
        ident = strict.begun()
        assert not strict.commit(ident, *many()).accepted
        assert run_ids(strict) == []
        (letter,) = strict.of()
        assert letter.state == "dead"
        assert letter.error is not None
        assert "Sensor 's' requests 25 runs at once" in letter.error.message
        assert "SENSORS_MAX_REQUESTS_PER_TICK is 20" in letter.error.message

    def test_those_with_used_keys_do_not_count(self, strict: Reacting):
        """They make no run."""
        strict.commit(strict.begun("a"), *many()[:10])
        assert strict.commit(strict.begun("b"), *many("x")).created == COUNT - 10
