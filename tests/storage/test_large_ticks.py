"""Ticks that request many runs: put by, committed in one step, created part by part."""

import pytest

from sensors_app.model.ticks import Claim, DroppedRequest, TickResult, TickStatus
from sensors_app.operating.unfolding import Unfolding
from sensors_app.storage import staging
from sensors_app.storage.commits import Commit
from sensors_app.storage.large_ticks import LargeTickStore
from tests.support.reacting import fed
from tests.support.site import HOLDER, OTHER_HOLDER, START, Site, request, sensor

COUNT = 25


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick of a dozen requests is large here, and its parts are of ten."""
    monkeypatch.setattr(staging, "PART_REQUESTS", 10)
    monkeypatch.setattr("sensors_app.storage.staging.STAGE_ABOVE", 12)


def many(count: int = COUNT, prefix: str = "r"):
    return [request(f"{prefix}{n}", f"k{n}") for n in range(count)]


@pytest.fixture
def large(site: Site) -> LargeTickStore:
    return site.store.large_ticks


def staged(site: Site, *runs, cursor: str | None = "after") -> tuple[Claim, TickResult, int]:
    claim, result = site.begun(), TickResult(runs or many(), cursor=cursor)
    parts = site.store.large_ticks.stage_requests(site.name, claim, result.runs, HOLDER)
    assert parts is not None
    return claim, result, parts


def committed(site: Site, *runs, cursor: str | None = "after") -> Claim:
    claim, result, parts = staged(site, *runs, cursor=cursor)
    decided = site.store.large_ticks.commit_staged(
        site.name, claim, result, parts, HOLDER, now_ms=site.now
    )
    assert decided is None
    return claim


def unfold(site: Site, claim: Claim, holder: str = ""):
    return site.store.large_ticks.unfold(
        site.name, claim.sensor, claim.token, holder, now_ms=site.now
    )


class TestALargeTick:
    def test_is_as_a_small_one_to_who_commits_it(self, site: Site):
        """All runs are made, in order; the tick is kept; the next one is due."""
        claim = site.begun()
        site.now += 40
        answer = site.commit(claim, *many(), cursor="c")
        assert answer == Commit(True, COUNT, [f"r{n}" for n in range(COUNT)], ())
        assert site.state().cursor == "c"
        assert site.state().last_run_key == f"k{COUNT - 1}"
        assert site.places() == {"due"}
        (tick,) = site.store.ticks.ticks(site.name, "s")
        assert (tick.status, tick.requested, tick.created) == (TickStatus.SUCCESS, COUNT, COUNT)
        assert (tick.started_at, tick.ended_at) == (START, START + 40)
        assert (tick.cursor_before, tick.cursor_after) == (None, "c")
        assert list(tick.run_keys) == [f"k{n}" for n in range(COUNT)]
        assert len(site.store.outbox.take_outbox(site.name)) == COUNT
        run = site.store.runs.run(site.name, "r20")
        assert run is not None
        assert (run.sensor_name, run.tick_id) == ("s", str(claim.token))

    def test_creates_no_run_for_a_key_that_was_used(self, site: Site):
        """Used by an earlier tick, or earlier in this one: in whatever part it is."""
        site.tick(request("old", "k3"))
        runs = [*many(), request("again", "k4")]
        answer = site.tick(*runs)
        assert answer.created == COUNT - 1
        assert set(answer.dropped) == {DroppedRequest("k3", "old"), DroppedRequest("k4", "r4")}
        assert site.status("r3") is site.status("again") is None

    def test_lists_some_and_counts_all(self, site: Site, store_with):
        """The lists are cut as those of any tick."""
        few = site.through(store_with(tick_max_listed=2))
        answer = few.tick(*many())
        assert (answer.created, answer.run_ids) == (COUNT, ["r0", "r1"])

    def test_leaves_nothing_behind(self, site: Site):
        """What was put by is gone, and nothing is to be unfolded."""
        site.tick(*many())
        client = site.store.client
        assert not client.exists(site.keys.staged("s"), site.keys.unfolding, site.keys.held)

    def test_keeps_keys_and_texts_that_are_no_unicode(self, site: Site):
        """They travel as JSON, and come out as they were."""
        odd = 'caf\udce9-ü-\ud83d\0"\\'
        site.tick(*many(), request("odd", odd, tags='{"ü":"\\"\\n"}'))
        run = site.store.runs.run(site.name, "odd")
        assert run is not None
        assert run.tags == {"ü": '"\n'}
        assert site.store.run_keys.used(site.name, "s", [odd]) == {odd: "odd"}

    def test_one_of_requests_without_keys_makes_them_all(self, site: Site):
        """No key, no deduplication."""
        assert site.tick(*[request(f"r{n}") for n in range(COUNT)]).created == COUNT

    def test_one_whose_requests_are_all_dropped_is_skipped(self, site: Site):
        """Nothing came of it."""
        site.tick(*many())
        assert site.tick(*many(prefix="s")).created == 0
        assert site.store.ticks.ticks(site.name, "s")[0].status is TickStatus.SKIPPED

    def test_small_ones_of_the_same_message_are_committed_before_it(self, site: Site):
        """Each outcome gets its own answer, in order; none waits for a large one."""
        site.register(*map(sensor, "abc"))
        claims = [site.begun(name) for name in "abc"]
        results = TickResult([request("a", "k")]), TickResult(many()), TickResult(cursor="c")
        answers = site.store.ticks.finish_ticks(
            site.name, list(zip(claims, results, strict=True)), HOLDER, now_ms=site.now
        )
        assert [answer.created for answer in answers] == [1, COUNT, 0]
        assert site.state("c").cursor == "c"

    def test_many_small_ones_are_committed_in_several_steps(self, site: Site):
        """No step creates more runs than one may."""
        names = [f"s{n}" for n in range(5)]
        site.register(*map(sensor, names))
        outcomes = [
            (site.begun(name), TickResult([request(f"{name}-{n}") for n in range(6)]))
            for name in names
        ]
        answers = site.store.ticks.finish_ticks(site.name, outcomes, HOLDER, now_ms=site.now)
        assert [answer.run_ids[0] for answer in answers] == [f"{name}-0" for name in names]
        assert len(site.store.runs.runs(site.name)) == 30


class TestUntilItIsCommitted:
    def test_nothing_shows(self, site: Site):
        """Requests that are put by are no runs, and no run key is used."""
        staged(site)
        assert site.store.runs.runs(site.name) == []
        assert site.store.run_keys.some(site.name, "s") == {}
        assert site.places() == {"running"}

    def test_what_is_put_by_is_kept_for_a_while_only(self, site: Site):
        """Whoever put it by may be dead."""
        staged(site)
        assert 0 < site.store.client.pttl(site.keys.staged("s")) <= staging.STAGE_LIFE_MS

    def test_it_may_expire_as_any_tick(self, site: Site, large: LargeTickStore):
        """Then its commit is stale, and nothing was created."""
        claim, result, parts = staged(site)
        site.now += 1_000_000
        assert site.expire_claims() == [("s", HOLDER)]
        answer = large.commit_staged(site.name, claim, result, parts, HOLDER, now_ms=site.now)
        assert answer == Commit(accepted=False)
        assert site.store.runs.runs(site.name) == []

    def test_a_later_tick_begins_anew(self, site: Site):
        """What a dead one had put by is not among what the next one commits."""
        staged(site, *many(prefix="dead"))
        site.now += 1_000_000
        site.expire_claims()
        assert site.tick(*many()).run_ids == [f"r{n}" for n in range(COUNT)]

    def test_putting_by_again_changes_nothing(self, site: Site, large: LargeTickStore):
        """A call whose answer was lost may be repeated."""
        claim, result, parts = staged(site)
        assert large.stage_requests(site.name, claim, result.runs, HOLDER) == parts
        assert site.commit(claim, *result.runs).created == COUNT

    def test_only_its_holder_puts_by_and_commits(self, site: Site, large: LargeTickStore):
        """The claim is its holder's alone."""
        claim, result, parts = staged(site)
        before = site.contents()
        assert large.stage_requests(site.name, claim, result.runs, OTHER_HOLDER) is None
        answer = large.commit_staged(site.name, claim, result, parts, OTHER_HOLDER)
        assert answer == Commit(accepted=False)
        assert site.contents() == before

    def test_a_part_that_is_missing_forbids_it(self, site: Site, large: LargeTickStore):
        """All or nothing: what was dropped meanwhile cannot be committed."""
        claim, result, parts = staged(site)
        site.store.client.hdel(site.keys.staged("s"), "2")
        answer = large.commit_staged(site.name, claim, result, parts, HOLDER, now_ms=site.now)
        assert answer == Commit(accepted=False)


class TestOnceItIsCommitted:
    def test_the_cursor_has_moved_and_the_claim_is_over(self, site: Site):
        """Nothing can fail it any more, however long the rest takes."""
        committed(site)
        assert site.state().cursor == "after"
        assert site.state().activity == "unfolding"
        assert site.places() == set()
        site.now += 1_000_000
        assert site.expire_claims(["worker@host"]) == []

    def test_runs_come_part_by_part(self, site: Site):
        """A step makes those of a part, and tells how many there are."""
        claim = committed(site)
        assert [unfold(site, claim).created for _ in range(3)] == [10, 20, COUNT]
        assert site.places() == {"due"}

    def test_anybody_may_go_on(self, site: Site):
        """Two at once do not make a run twice; who committed it learns what it came to."""
        claim = committed(site)
        unfold(site, claim, HOLDER)
        unfold(site, claim)
        last = unfold(site, claim)
        assert last.over
        assert last.commit.created == COUNT
        assert unfold(site, claim).commit == Commit(accepted=False)
        assert unfold(site, claim, HOLDER).commit == last.commit
        assert len(site.store.runs.runs(site.name)) == COUNT

    def test_a_repeat_of_the_commit_says_the_same(self, site: Site, large: LargeTickStore):
        """While it is unfolded, and later."""
        claim, result, parts = staged(site)
        for _ in range(2):
            answer = large.commit_staged(site.name, claim, result, parts, HOLDER, now_ms=site.now)
            assert answer is None
        unfold(site, claim)
        first = site.commit(claim, *result.runs, cursor="after")
        assert first.created == COUNT
        before = site.contents()
        assert site.commit(claim, *result.runs, cursor="after") == first
        assert site.contents() == before

    def test_a_dead_process_cannot_fail_it(self, site: Site):
        """Its parent reports the tick, which is committed."""
        claim = committed(site)
        assert not site.fail(claim).accepted
        assert site.begin(claim) is None

    def test_it_is_left_behind_after_a_while(self, site: Site, large: LargeTickStore):
        """So others do not take part while somebody is at it."""
        claim = committed(site)
        assert large.left_behind(site.name, now_ms=site.now) == []
        site.now += staging.TAKE_OVER_MS
        assert large.left_behind(site.name, now_ms=site.now) == [("s", claim.token)]
        unfold(site, claim)
        assert large.left_behind(site.name, now_ms=site.now) == []

    def test_what_was_pushed_and_seen_goes_with_its_end(self, site: Site):
        """Events wait until the tick that saw them has ended; later ones are seen by the next."""
        push = site.store.inbox.push
        push(site.name, "s", "1", event_id="1", max_waiting=9, per_second=9, now_ms=site.now)
        claim = committed(site)
        push(site.name, "s", "2", event_id="2", max_waiting=9, per_second=9, now_ms=site.now)
        while not unfold(site, claim).over:
            pass
        waiting = site.store.inbox.waiting(site.name, "s")
        assert [each.payload for each in waiting] == [2]
        assert site.state().next_due == site.now


def finish(site: Site, claim: Claim) -> None:
    while not unfold(site, claim).over:
        pass


class TestOperatorsMeanwhile:
    @pytest.mark.parametrize("cursor", ["mine", None, ""])
    def test_a_cursor_that_is_set_stays(self, site: Site, cursor: str | None):
        """The commit has moved the cursor before; the runs it promised are created all the same."""
        claim = committed(site)
        assert site.set_cursor(cursor) == "after"
        finish(site, claim)
        assert site.state().cursor == cursor
        assert len(site.store.runs.runs(site.name)) == COUNT

    def test_stopped_it_ends_and_rests(self, site: Site):
        """Stopping a sensor takes nothing back that was committed."""
        claim = committed(site)
        site.switch(False)
        finish(site, claim)
        assert site.places() == set()
        assert len(site.store.runs.runs(site.name)) == COUNT

    @pytest.mark.parametrize("again", [False, True])
    def test_gone_from_the_code_it_ends(self, site: Site, again: bool):
        """And is due again only if it is there again."""
        claim = committed(site)
        snapshot = site.state().snapshot
        site.register()
        if again:
            site.register(snapshot)
        assert site.places() == set()
        finish(site, claim)
        assert site.places() == ({"due"} if again else set())
        assert len(site.store.runs.runs(site.name)) == COUNT

    def test_asked_for_an_evaluation_it_follows_at_once(self, site: Site):
        """A poke is not lost, and does not begin a second tick."""
        claim = committed(site)
        site.poke()
        assert site.claim_due().claims == []
        finish(site, claim)
        assert site.state().next_due == site.now

    def test_run_keys_that_are_forgotten_are_those_there_are(self, site: Site):
        """What is still to be created is not used yet."""
        claim = committed(site)
        unfold(site, claim)
        assert site.store.run_keys.forget_matching(site.name, "s", "*") == 10
        finish(site, claim)
        assert len(site.store.run_keys.some(site.name, "s")) == COUNT - 10

    @pytest.mark.parametrize("back", [False, True])
    def test_called_for_events_from_now_on_its_runs_still_come(self, site: Site, back: bool):
        """Its history is of the other kind by then, so the tick is not in it."""
        claim, polled = committed(site), site.state().snapshot
        site.register(fed("s"))
        if back:
            site.register(polled)
        finish(site, claim)
        assert len(site.store.runs.runs(site.name)) == COUNT
        assert site.store.ticks.ticks(site.name, "s") == []
        assert site.places() == ({"due"} if back else set())
        assert site.state().activity == "idle"


class TestWhoGoesOn:
    def test_a_beat_creates_what_nobody_does(self, site: Site):
        """As soon as whoever committed it must be taken for dead, and not before."""
        committed(site)
        unfolding = Unfolding(site.store, 10)
        unfolding.look([site.name], now_ms=site.now)
        assert not unfolding.step(now_ms=site.now)
        assert site.store.runs.runs(site.name) == []
        site.now += staging.TAKE_OVER_MS
        unfolding.look([site.name], now_ms=site.now)
        assert not unfolding.step(now_ms=site.now)
        assert len(site.store.runs.runs(site.name)) == COUNT

    def test_a_step_takes_a_bounded_time(self, site: Site):
        """A beat has other work: with no time left it does nothing, and says that there is more."""
        committed(site)
        site.now += staging.TAKE_OVER_MS
        unfolding = Unfolding(site.store, 0)
        unfolding.look([site.name], now_ms=site.now)
        assert unfolding.step(now_ms=site.now)
        assert site.store.runs.runs(site.name) == []

    def test_two_beats_take_turns(self, site: Site):
        """Both may be at it; each part is created once, and both find the end."""
        committed(site)
        site.now += staging.TAKE_OVER_MS
        beats = [Unfolding(site.store, 0.0005) for _ in range(2)]
        for beat in beats:
            beat.look([site.name], now_ms=site.now)
        going = True
        while going:
            steps = [beat.step(now_ms=site.now) for beat in beats]
            going = any(steps)
        assert len(site.store.runs.runs(site.name)) == COUNT
        assert site.places() == {"due"}
