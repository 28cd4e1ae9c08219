"""Run keys: what is known of them, for how long, and forgetting them."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.sensors import SensorOptions
from sensors_app.storage import run_keys
from tests.support.site import Site, request, sensor

MANY = 1000
TTL_S = 100.0


def many(mark: str = "key", number: int = MANY) -> dict[str, str]:
    """Return keys, and a run for each."""
    return {f"{mark}-{n}": f"r-{mark}-{n}" for n in range(number)}


def use(site: Site, keys: Mapping[str, str]) -> list[str]:
    """Have one tick request them; return the runs it made."""
    commit = site.tick(*(request(run_id, key) for key, run_id in keys.items()))
    return list(commit.run_ids)


def used(site: Site, *keys: str) -> dict[str, str]:
    return site.store.run_keys.used("loc", "s", keys)


def found(site: Site, pattern: str = "*") -> dict[str, str]:
    return site.store.run_keys.find("loc", "s", pattern, limit=10**6, now_ms=site.now)[0]


def with_options(site: Site, **options: object) -> None:
    """Register the sensor with these options."""
    site.register(sensor(options=replace(SensorOptions(), **options)))


class TestMany:
    def test_each_of_many_keys_is_found(self, site: Site):
        """They are spread over hashes that stay small, whatever their number."""
        keys = many()
        use(site, keys)
        assert used(site, *keys, "unknown") == keys
        assert site.store.run_keys.count("loc", "s") == MANY
        names = site.store.client.keys(f"{site.keys.run_keys('s')}/0/*")
        assert len(names) > MANY / 70
        sizes = [site.store.client.hlen(name) for name in names]
        assert sum(sizes) == MANY
        assert max(sizes) < 200

    def test_none_of_many_makes_a_second_run(self, site: Site):
        """However the hashes have grown since."""
        keys = many()
        use(site, keys)
        assert use(site, dict.fromkeys(keys, "again")) == []

    def test_text_that_is_no_unicode_is_a_key(self, site: Site):
        """A file's name may be anything."""
        odd = {"a\udcff": "r1", "ü" * 100: "r2", "": "r3"}
        use(site, odd)
        assert used(site, *odd) == odd
        assert found(site) == odd


class TestEarlierLayout:
    @pytest.fixture
    def old(self, site: Site) -> Site:
        """Keys as an earlier version kept them: in one hash."""
        site.store.client.hset(site.keys.run_keys("s"), mapping=many("old", 2500))
        return site

    def test_its_keys_are_known(self, old: Site):
        """They make no second run."""
        assert use(old, {"old-7": "x", "new": "r-new"}) == ["r-new"]
        assert used(old, "old-7", "new") == {"old-7": "r-old-7", "new": "r-new"}
        assert old.store.run_keys.count("loc", "s") == 2501

    def test_its_keys_are_found(self, old: Site):
        """Beside those of today."""
        use(old, {"new": "r-new"})
        assert found(old) == {**many("old", 2500), "new": "r-new"}

    def test_a_search_goes_on_among_them(self, old: Site):
        """In parts, each key in one of them."""
        part, place = old.store.run_keys.find("loc", "s", "*", limit=500)
        assert 500 <= len(part) < 2500
        rest, place = old.store.run_keys.find("loc", "s", "*", after=place, limit=10_000)
        assert place == ""
        assert {*part, *rest} == set(many("old", 2500))

    def test_its_keys_can_be_forgotten(self, old: Site):
        """One, some, all."""
        store = old.store.run_keys
        assert store.forget("loc", "s", ["old-7"]) == 1
        assert store.forget_matching("loc", "s", "old-?") == 9
        assert used(old, "old-7", "old-8", "old-10") == {"old-10": "r-old-10"}
        assert store.forget_matching("loc", "s", "*") == 2490
        assert not old.store.client.exists(old.keys.run_keys("s"))


class TestFinding:
    def test_a_search_finds_the_keys_that_fit_and_their_runs(self, site: Site):
        """A pattern is what Redis takes for one."""
        use(site, {"a/1": "r1", "a/2": "r2", "b/1": "r3"})
        find = site.store.run_keys.find
        assert find("loc", "s", "a/*") == ({"a/1": "r1", "a/2": "r2"}, "")
        assert find("loc", "s", "?/1") == ({"a/1": "r1", "b/1": "r3"}, "")
        assert find("loc", "s", "c*") == ({}, "")

    def test_a_search_goes_on_where_it_ended(self, site: Site):
        """Of many keys, each is found in one of the parts, also if more come meanwhile."""
        keys = many()
        use(site, keys)
        seen, after = site.store.run_keys.find("loc", "s", "*", limit=200)
        assert 200 <= len(seen) < MANY
        use(site, many("later"))
        parts = 1
        while after:
            assert run_keys.PLACE.fullmatch(after)
            more, after = site.store.run_keys.find("loc", "s", "*", after=after, limit=200)
            seen.update(more)
            parts += 1
        assert set(seen) >= set(keys)
        assert parts > 1

    def test_a_search_ends_among_many_keys_that_do_not_fit(self, site: Site, monkeypatch):
        """A million keys must not hold a page up: whoever wants to can go on."""
        monkeypatch.setattr(run_keys, "LOOKS", 1)
        monkeypatch.setattr(run_keys, "BUCKETS_A_LOOK", 3)
        use(site, many())
        none, after = site.store.run_keys.find("loc", "s", "nothing")
        assert none == {}
        assert after == "0.3"

    def test_some_are_cut_at_a_limit(self, site: Site):
        """Large numbers of keys are not read whole."""
        use(site, many())
        assert len(site.store.run_keys.some("loc", "s", limit=3)) == 3


class TestForgetting:
    def test_a_forgotten_key_makes_a_run_again(self, site: Site):
        """The others stay used."""
        use(site, {"a": "r1", "b": "r2"})
        assert site.store.run_keys.forget("loc", "s", ["a", "unknown"]) == 1
        assert use(site, {"a": "r3", "b": "r4"}) == ["r3"]

    def test_all_that_fit_are_forgotten(self, site: Site, monkeypatch):
        """In steps, each of which looks into some hashes only."""
        monkeypatch.setattr(run_keys, "BUCKETS_A_LOOK", 3)
        use(site, {**many("a"), **many("b")})
        assert site.store.run_keys.forget_matching("loc", "s", "a-*") == MANY
        assert found(site) == many("b")
        assert site.store.run_keys.count("loc", "s") == MANY

    def test_once_all_are_forgotten_nothing_is_left(self, site: Site):
        """And it begins anew."""
        use(site, many())
        assert site.store.run_keys.forget_matching("loc", "s", "*") == MANY
        assert site.store.client.keys(f"{site.keys.run_keys('s')}*") == []
        assert use(site, {"key-1": "new"}) == ["new"]
        assert found(site) == {"key-1": "new"}


class TestLife:
    def later(self, site: Site, seconds: float) -> None:
        site.now += round(seconds * 1000)

    def test_a_key_is_remembered_for_its_life_at_least(self, site: Site):
        """And for a quarter more at most; then it makes a run again."""
        with_options(site, run_key_ttl_seconds=TTL_S)
        use(site, {"a": "r1"})
        self.later(site, TTL_S)
        assert use(site, {"a": "r2"}) == []
        self.later(site, TTL_S / 4)
        assert use(site, {"a": "r3"}) == ["r3"]
        assert found(site) == {"a": "r3"}

    def test_keys_of_a_while_end_together(self, site: Site):
        """A handful of generations is alive, however often the sensor is evaluated."""
        with_options(site, run_key_ttl_seconds=TTL_S)
        for n in range(100):
            use(site, {f"k{n}": f"r{n}"})
            self.later(site, TTL_S / 20)
        known = found(site)
        assert {f"k{n}" for n in range(81, 100)} <= set(known) <= {f"k{n}" for n in range(74, 100)}
        assert site.store.client.hlen(f"{site.keys.run_keys('s')}/book") <= 6

    def test_the_server_drops_what_is_over(self, site: Site):
        """Every hash of keys that end has a life of its own: nobody needs to look for them."""
        with_options(site, run_key_ttl_seconds=TTL_S)
        use(site, many())
        names = site.store.client.keys(f"{site.keys.run_keys('s')}/[1-9]*")
        assert len(names) > 10
        lives = [site.store.client.pttl(name) for name in names]
        assert all(0 < life <= 1250 * TTL_S for life in lives)

    def test_how_long_it_is_remembered_is_settled_when_its_run_is_made(self, site: Site):
        """New code is for the keys that come from then on."""
        use(site, {"for ever": "r1"})
        with_options(site, run_key_ttl_seconds=TTL_S)
        use(site, {"for a while": "r2"})
        with_options(site, run_key_ttl_seconds=10 * TTL_S)
        use(site, {"for longer": "r3"})
        assert len(found(site)) == 3
        self.later(site, 2 * TTL_S)
        assert set(found(site)) == {"for ever", "for longer"}
        self.later(site, 20 * TTL_S)
        assert set(found(site)) == {"for ever"}


class TestRetryFailed:
    @pytest.fixture
    def tried(self, site: Site) -> Site:
        """A key makes another run if its run has failed."""
        with_options(site, run_key_policy="retry_failed")
        return site

    def end(self, site: Site, run_id: str, status: DagsterRunStatus) -> None:
        assert site.start_run(run_id) is not None
        site.mark_started(run_id)
        assert site.finish_run(run_id, status)

    def test_a_failed_run_makes_room_for_another(self, tried: Site):
        """One for each failure, however often it is requested: the key stands for the new run."""
        use(tried, {"a": "r1"})
        assert use(tried, {"a": "r2"}) == []
        self.end(tried, "r1", DagsterRunStatus.FAILURE)
        again = tried.tick(request("r3", "a"), request("r4", "a"))
        assert again.run_ids == ["r3"]
        assert use(tried, {"a": "r5"}) == []
        assert found(tried) == {"a": "r3"}
        assert tried.store.run_keys.count("loc", "s") == 1
        self.end(tried, "r3", DagsterRunStatus.FAILURE)
        assert use(tried, {"a": "r6"}) == ["r6"]

    def test_a_run_that_went_well_or_was_canceled_does_not(self, tried: Site):
        """Who cancels a run does not want another one at the next tick."""
        use(tried, {"a": "r1", "b": "r2"})
        self.end(tried, "r1", DagsterRunStatus.SUCCESS)
        tried.request_cancel("r2")
        assert tried.status("r2") is DagsterRunStatus.CANCELED
        assert use(tried, {"a": "r3", "b": "r4"}) == []

    def test_usually_a_key_is_good_for_one_run(self, site: Site):
        """Whatever became of it."""
        use(site, {"a": "r1"})
        self.end(site, "r1", DagsterRunStatus.FAILURE)
        assert use(site, {"a": "r2"}) == []

    def test_an_automatic_retry_stands_for_its_run(self, tried: Site):
        """While it is to come, nothing is made beside it; only when the last one has failed."""
        tried.tick(request("r1", "a", tags='{"dagster/max_retries":"1"}'))
        self.end(tried, "r1", DagsterRunStatus.FAILURE)
        (retry,) = [r.run_id for r in tried.store.run_pages.runs("loc") if r.run_id != "r1"]
        assert use(tried, {"a": "r2"}) == []
        assert tried.store.run_keys.barred("loc", "s", ["a"]) == {"a": "r1"}
        self.end(tried, retry, DagsterRunStatus.FAILURE)
        assert tried.store.run_keys.barred("loc", "s", ["a"]) == {}
        assert use(tried, {"a": "r3"}) == ["r3"]

    def test_a_run_that_is_not_kept_any_more_has_not_failed(self, tried: Site):
        """Nobody can tell."""
        use(tried, {"a": "r1"})
        tried.store.client.delete(tried.keys.run("r1"), tried.keys.run_events("r1"))
        assert use(tried, {"a": "r2"}) == []

    def test_what_is_dropped_unread_is_not_what_may_run_again(self, tried: Site):
        """Workers ask before the commit, if the requests are many."""
        keys = many(number=run_keys.PREFILTER_FROM)
        use(tried, keys)
        self.end(tried, "r-key-3", DagsterRunStatus.FAILURE)
        known = tried.store.run_keys.known("loc", "s", list(keys))
        assert set(keys) - set(known) == {"key-3"}

    def test_a_new_run_begins_a_new_life_of_the_key(self, tried: Site):
        """The key of a retry is remembered from then on."""
        options = {"run_key_policy": "retry_failed", "run_key_ttl_seconds": TTL_S}
        with_options(tried, **options)
        use(tried, {"a": "r1"})
        self.end(tried, "r1", DagsterRunStatus.FAILURE)
        tried.now += round(TTL_S * 1000)
        assert use(tried, {"a": "r2"}) == ["r2"]
        tried.now += round(TTL_S * 1000)
        assert found(tried) == {"a": "r2"}
