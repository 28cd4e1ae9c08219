"""commit_tick: cursor, run keys, runs, tick and promise to launch, together or not at all."""

import pytest

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.ticks import DroppedRequest, TickResult, TickStatus, all_dropped
from sensors_app.storage.commits import Commit
from sensors_app.storage.run_keys import PREFILTER_FROM
from tests.support.site import HOLDER, OTHER_HOLDER, START, Site, request


class TestTheRuns:
    def test_each_request_becomes_a_queued_run_in_the_outbox(self, site: Site):
        """A run is created with what was asked for, and its launch is promised."""
        config, tags = '{"ops":{"a":1}}', '{"team":"x"}'
        site.tick(request("r", "k", run_config=config, tags=tags, job_name="other"))
        run = site.store.runs.run(site.name, "r")
        assert run is not None
        assert run.status is DagsterRunStatus.QUEUED
        assert run.job_name == "other"
        assert (run.run_config, run.tags) == ({"ops": {"a": 1}}, {"team": "x"})
        assert (run.sensor_name, run.run_key, run.tick_id) == ("s", "k", str(START))
        assert run.created_at == START / 1000
        assert site.store.client.zrange(site.keys.outbox, 0, -1) == ["launch:r"]

    def test_the_answer_counts_and_names_them(self, site: Site):
        """The commit says what it made, in the order of the requests."""
        answer = site.tick(request("r2"), request("r1"))
        assert answer == Commit(True, 2, ["r2", "r1"], ())

    def test_a_request_without_key_makes_a_run_each_time(self, site: Site):
        """No key, no deduplication."""
        site.tick(request("r1"), request("r2"))
        site.tick(request("r3"))
        assert len(site.store.runs.runs(site.name)) == 3

    def test_the_empty_key_is_a_key(self, site: Site):
        """An empty run key and none differ."""
        site.tick(request("r1", ""))
        assert site.tick(request("r2", "")).dropped == (DroppedRequest("", "r1"),)

    def test_a_key_used_by_an_earlier_tick_makes_no_run(self, site: Site):
        """The request is dropped, and the run that the key made earlier is named."""
        site.tick(request("r1", "k"))
        answer = site.tick(request("r2", "k"), request("r3", "fresh"))
        assert answer == Commit(True, 1, ["r3"], (DroppedRequest("k", "r1"),))
        assert site.status("r2") is None

    def test_a_key_used_twice_in_one_tick_makes_one_run(self, site: Site):
        """The first request wins."""
        answer = site.tick(request("r1", "k"), request("r2", "k"))
        assert answer == Commit(True, 1, ["r1"], (DroppedRequest("k", "r1"),))

    def test_other_sensors_keys_do_not_count(self, site: Site):
        """Run keys are unique for each sensor."""
        site.tick(request("r1", "k"))
        other = Site(site.store, site.prefix, "elsewhere")
        other.register(site.state().snapshot)
        assert other.tick(request("r2", "k")).created == 1

    def test_keys_may_hold_what_is_no_unicode(self, site: Site):
        """A file name with undecodable bytes dedupes like any other."""
        key = "caf\udce9-ü-\ud83d"
        site.tick(request("r1", key))
        assert site.tick(request("r2", key)).dropped == (DroppedRequest(key, "r1"),)

    def test_last_run_key_is_that_of_the_last_run_made(self, site: Site):
        """Dropped requests and those without a key do not move it."""
        site.tick(request("r1", "a"), request("r2", "b"), request("r3"), request("r4", "a"))
        assert site.state().last_run_key == "b"


class TestTheCursor:
    @pytest.mark.parametrize("cursor", ["", "=", "x", "ü\n{}", None])
    def test_is_what_the_tick_left(self, site: Site, cursor: str | None):
        """None takes the cursor away; everything else is kept as it is."""
        site.tick(cursor="before")
        site.tick(cursor=cursor)
        assert site.state().cursor == cursor
        (tick, _) = site.store.ticks.ticks(site.name, "s")
        assert (tick.cursor_before, tick.cursor_after) == ("before", cursor)


class TestTheTick:
    def test_is_kept_with_its_times_and_worker(self, site: Site):
        """It began when it was begun, not when it was claimed."""
        claim = site.claim()
        site.now += 5
        site.begin(claim)
        site.now += 100
        site.commit(claim, request("r", "k"))
        tick = site.store.ticks.tick(site.name, "s", str(claim.token))
        assert tick is not None
        assert (tick.status, tick.worker) == (TickStatus.SUCCESS, HOLDER)
        assert (tick.started_at, tick.duration_ms) == (START + 5, 100)
        assert (tick.requested, tick.created) == (1, 1)
        assert (tick.run_keys, tick.run_ids) == (("k",), ("r",))

    @pytest.mark.parametrize("reason", [None, "", "nothing new"])
    def test_without_requests_it_is_skipped(self, site: Site, reason: str | None):
        """The reason is kept, an empty one too."""
        site.commit(site.begun(), skip_reason=reason)
        (tick,) = site.store.ticks.ticks(site.name, "s")
        assert (tick.status, tick.skip_reason) == (TickStatus.SKIPPED, reason)

    def test_whose_requests_were_all_dropped_it_is_skipped(self, site: Site):
        """Nothing came of it, and the reason says why."""
        site.tick(request("r1", "k"))
        site.tick(request("r2", "k"))
        tick = site.store.ticks.ticks(site.name, "s")[0]
        assert (tick.status, tick.skip_reason) == (TickStatus.SKIPPED, all_dropped(1))

    def test_lists_are_cut_and_counts_whole(self, site: Site, store_with):
        """However many requests there are, a tick stays small."""
        few = site.through(store_with(tick_max_listed=2))
        few.tick(*[request(f"a{n}", f"k{n}") for n in range(3)])
        answer = few.tick(*[request(f"b{n}", f"k{n}") for n in range(5)])
        assert (answer.created, answer.run_ids) == (2, ["b3", "b4"])
        tick = few.store.ticks.ticks(few.name, "s")[0]
        assert (tick.requested, tick.created) == (5, 2)
        assert [len(part) for part in (tick.run_keys, tick.run_ids, tick.dropped)] == [2, 2, 2]

    def test_ends_a_row_of_failures(self, site: Site):
        """Failures in a row are counted from the last good tick."""
        site.fail(site.begun())
        assert site.state().failures == 1
        site.tick()
        assert site.state().failures == 0


class TestTheNextTick:
    def test_is_due_an_interval_after_the_end(self, site: Site):
        """The interval counts from the end of the tick, however long it took."""
        claim = site.begun()
        site.now += 45_000
        site.commit(claim)
        assert site.places() == {"due"}
        assert site.state().next_due == START + 45_000 + 30_000
        assert site.state().last_tick_at == START + 45_000

    def test_none_is_due_if_the_sensor_was_stopped(self, site: Site):
        """A sensor stopped meanwhile may commit, and then rests."""
        claim = site.begun()
        site.switch(False)
        assert site.commit(claim, request("r")).created == 1
        assert site.places() == set()


class TestRepeats:
    def test_the_same_commit_gives_the_same_answer_and_changes_nothing(self, site: Site):
        """A client that lost the reply cannot tell, so it may ask again."""
        site.tick(request("r0", "used"))
        claim = site.begun()
        runs = request("r1", "k"), request("r2", "used")
        first = site.commit(claim, *runs, cursor="c")
        before = site.contents()
        assert site.commit(claim, *runs, cursor="c") == first
        assert site.contents() == before

    def test_also_after_the_sensor_was_claimed_and_evaluated_again(self, site: Site):
        """A repeat may come late: two ticks on, the answer is still the first one."""
        claim = site.begun()
        first = site.commit(claim, request("r1", "k"))
        site.tick(cursor="later")
        site.tick(cursor="still later")
        assert site.commit(claim, request("r1", "k")) == first
        assert site.state().cursor == "still later"


class TestStaleTokens:
    def refused(self, site: Site, *args, **kwargs) -> None:
        before = site.contents()
        assert site.commit(*args, **kwargs) == Commit(accepted=False)
        assert site.contents() == before

    def test_a_claim_never_begun_commits_nothing(self, site: Site):
        """Only a running tick commits."""
        self.refused(site, site.claim(), request("r"), cursor="c")

    def test_another_holder_commits_nothing(self, site: Site):
        """The claim is its holder's alone."""
        self.refused(site, site.begun(), request("r"), cursor="c", holder=OTHER_HOLDER)

    def test_an_expired_claim_commits_nothing(self, site: Site):
        """Who lost the claim hears so, though the tick's token has not been replaced yet."""
        claim = site.begun()
        site.now += 1_000_000
        assert site.expire_claims() == [("s", HOLDER)]
        self.refused(site, claim, request("r"), cursor="c")

    def test_a_failed_tick_commits_nothing(self, site: Site):
        """What was recorded as a failure stays one."""
        claim = site.begun()
        site.fail(claim)
        self.refused(site, claim, request("r"), cursor="c")

    def test_an_older_token_commits_nothing(self, site: Site):
        """After an expiry the next tick has the word."""
        old = site.begun()
        site.now += 1_000_000
        site.expire_claims()
        site.poke()
        site.begun(holder=OTHER_HOLDER)
        self.refused(site, old, request("r"), cursor="c")


class TestLargeTicks:
    COUNT = 2 * PREFILTER_FROM

    def test_keys_known_before_are_looked_up_only_if_it_pays(self, site: Site):
        """Few are left to the commit, which looks for itself."""
        keys = [f"k{n}" for n in range(self.COUNT)]
        site.tick(*[request(f"r{n}", key) for n, key in enumerate(keys)])
        known = site.store.run_keys.known
        assert known(site.name, "s", keys[: PREFILTER_FROM - 1]) == {}
        assert known(site.name, "s", [*keys, "new"]) == {
            f"k{n}": f"r{n}" for n in range(self.COUNT)
        }

    def test_requests_dropped_before_count_as_the_others(self, site: Site):
        """Neither the answer nor the tick shows who found the key used."""
        site.tick(request("r1", "a"), request("r2", "b"))
        result = TickResult(
            [request("r3", "b"), request("r4")], dropped=[DroppedRequest("a", "r1")]
        )
        (answer,) = site.store.ticks.finish_ticks(
            site.name, [(site.begun(), result)], HOLDER, now_ms=site.now
        )
        dropped = (DroppedRequest("a", "r1"), DroppedRequest("b", "r2"))
        assert answer == Commit(True, 1, ["r4"], dropped)
        tick = site.store.ticks.ticks(site.name, "s")[0]
        assert (tick.requested, tick.created, tick.dropped) == (3, 1, dropped)
        assert tick.run_keys == ("a", "b")

    def test_ten_thousand_runs_at_once(self, site: Site):
        """No limit of Lua's is in the way."""
        answer = site.tick(*[request(f"r{n}", f"k{n}") for n in range(10_000)])
        assert answer.created == 10_000
        assert site.store.client.zcard(site.keys.outbox) == 10_000
