"""Runs whose worker is gone fail; runs that ended go, and their traces with them."""

from sensors_app.model.cancellation import RunWish
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.storage.base import StoreLimits
from sensors_app.storage.runs import WORKER_LOST
from tests.support.site import HOLDER, OTHER_HOLDER, Site, request
from tests.support.waiting import wait_until

CLAIM_MS = StoreLimits().run_claim_ms


def started(site: Site, *run_ids: str, holder: str = HOLDER) -> None:
    site.poke()
    site.tick(*[request(run_id) for run_id in run_ids])
    for run_id in run_ids:
        assert site.start_run(run_id, holder)


class TestExpireRuns:
    def test_a_silent_run_fails_with_the_reason(self, site: Site):
        """Its worker gave no sign of life for the length of its claim."""
        started(site, "r")
        site.now += CLAIM_MS - 1
        assert site.expire_runs() == []
        site.now += 1
        assert site.expire_runs() == [("r", HOLDER)]
        run = site.store.runs.run(site.name, "r")
        assert run is not None
        assert (run.status, run.error) == (DagsterRunStatus.FAILURE, WORKER_LOST)
        assert run.ended_at == site.now / 1000

    def test_it_fails_once(self, site: Site):
        """A second beat finds nothing."""
        started(site, "r")
        site.now += CLAIM_MS
        site.expire_runs()
        assert site.expire_runs() == []

    def test_a_heartbeat_keeps_a_run_alive(self, site: Site):
        """Each extends the claim from its own time on."""
        started(site, "r")
        for _ in range(3):
            site.now += CLAIM_MS - 1
            assert site.heartbeat("r")
            assert site.expire_runs() == []

    def test_heartbeats_tell_which_runs_are_lost(self, site: Site):
        """The worker stops what is not its own any more."""
        started(site, "mine")
        started(site, "other's", holder=OTHER_HOLDER)
        beats = [(run_id, HOLDER) for run_id in ("mine", "other's", "unknown")]
        wishes = site.store.runs.heartbeat_runs(site.name, beats, now_ms=site.now)
        assert wishes == [RunWish.OK, RunWish.LOST, RunWish.LOST]

    def test_no_heartbeat_without_runs(self, site: Site):
        """An idle worker has nothing to say."""
        assert site.store.runs.heartbeat_runs(site.name, []) == []

    def test_a_run_that_waits_for_a_worker_does_not_expire(self, site: Site):
        """It may wait as long as it takes."""
        site.tick(request("r"))
        site.now += 1000 * CLAIM_MS
        assert site.expire_runs() == []

    def test_a_run_that_ended_does_not_expire(self, site: Site):
        """Its claim is gone."""
        started(site, "r")
        site.finish_run("r")
        site.now += CLAIM_MS
        assert site.expire_runs() == []

    def test_thousands_at_once(self, site: Site):
        """A machine with many runs may go."""
        started(site, *[f"r{n}" for n in range(3000)])
        site.now += CLAIM_MS
        assert len(site.expire_runs()) == 3000


class TestTheLifeOfAnEndedRun:
    def test_run_and_log_are_kept_for_the_set_time(self, site: Site, store_with):
        """From the end on, and not while it is under way."""
        site = site.through(store_with(run_max_age_ms=60_000))
        started(site, "r")
        own = [site.keys.run("r"), site.keys.run_events("r")]
        assert [site.store.client.pttl(key) for key in own] == [-1, -1]
        site.finish_run("r")
        assert all(0 < site.store.client.pttl(key) <= 60_000 for key in own)

    def test_also_of_one_that_expired(self, site: Site):
        """A lost run is kept as long as any."""
        started(site, "r")
        site.now += CLAIM_MS
        site.expire_runs()
        assert site.store.client.pttl(site.keys.run("r")) > 0
        assert site.store.client.pttl(site.keys.run_events("r")) > 0

    def test_the_indexes_forget_runs_that_are_gone(self, site: Site, store_with):
        """As new runs end, old ones leave the lists: these do not grow without end."""
        site = site.through(store_with(run_max_age_ms=1))
        for n in range(20):
            site.now += 1
            started(site, f"r{n:02}")
            site.finish_run(f"r{n:02}")
            wait_until(lambda n=n: not site.status(f"r{n:02}"), "the run's life to end")
        indexes = site.keys.runs, site.keys.runs_of("s"), site.keys.runs_in("SUCCESS")
        assert [site.store.client.zcard(index) for index in indexes] == [1, 1, 1]

    def test_they_keep_those_that_are_not(self, site: Site):
        """A run that is kept is listed."""
        for n in range(5):
            started(site, f"r{n}")
            site.finish_run(f"r{n}")
        assert len(site.store.runs.runs(site.name, sensor="s")) == 5
