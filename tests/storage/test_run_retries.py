"""A failed run that asks for it is run again, as a new run, in the same step as it fails."""

import json
from uuid import UUID

import pytest

from sensors_app.model.events import DagsterEventType
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunsFilter
from tests.support.site import OTHER_HOLDER, Site, request

S = DagsterRunStatus


def promise(site: Site, run_id: str = "r", **tags: str) -> None:
    """Commit a tick that makes this run, for the key ``k``."""
    site.poke()
    site.tick(request(run_id, "k", run_config='{"a":1}', tags=json.dumps(tags)))


def asking(number: int, **tags: str) -> dict[str, str]:
    """Return the tags of a run that may be retried so often."""
    return {"dagster/max_retries": str(number), **tags}


def take(site: Site) -> list[str]:
    return [e.ident for e in site.store.outbox.take_outbox(site.name, now_ms=site.now)]


def fail(site: Site, run_id: str = "r") -> DagsterRun:
    """Take a run up and have it fail; return it."""
    assert site.start_run(run_id) is not None
    assert site.finish_run(run_id, S.FAILURE, message="boom")
    return kept(site, run_id)


def kept(site: Site, run_id: str) -> DagsterRun:
    run = site.store.runs.run(site.name, run_id)
    assert run is not None
    return run


def retry_of(site: Site, run: DagsterRun) -> DagsterRun:
    return kept(site, run.tags["dagster/auto_retry_run_id"])


class TestARetry:
    def test_is_the_same_run_once_more(self, site: Site):
        """Its job, config, tags, sensor and tick; without the run key, which made the first."""
        promise(site, team="x", **asking(1))
        first = fail(site)
        retry = retry_of(site, first)
        assert retry.status is S.QUEUED
        assert (retry.job_name, retry.run_config, retry.tags["team"]) == ("job", {"a": 1}, "x")
        assert (retry.sensor_name, retry.tick_id) == (first.sensor_name, first.tick_id)
        assert (first.run_key, retry.run_key) == ("k", None)
        assert UUID(retry.run_id)
        assert [r.run_id for r in site.store.runs.runs(site.name, sensor="s")].count(
            retry.run_id
        ) == 1

    def test_knows_where_it_comes_from(self, site: Site):
        """Each retry names the run before it and the first one."""
        promise(site, **asking(2))
        first = fail(site)
        second = retry_of(site, first)
        third = retry_of(site, fail(site, second.run_id))
        assert (second.parent_run_id, second.root_run_id, second.retry_number) == ("r", "r", 1)
        assert (third.parent_run_id, third.root_run_id) == (second.run_id, "r")
        assert third.retry_number == 2
        assert (first.parent_run_id, first.root_run_id, first.retry_number) == (None, None, 0)
        line = site.store.runs.runs(
            site.name, filters=RunsFilter(tags={"dagster/root_run_id": "r"})
        )
        assert {run.run_id for run in line} == {second.run_id, third.run_id}

    def test_is_sent_like_any_run(self, site: Site):
        """At once, if there is no delay."""
        promise(site, **asking(1))
        take(site)
        assert take(site) == []
        retry = retry_of(site, fail(site))
        assert take(site) == [retry.run_id]

    def test_comes_after_its_delay(self, site: Site):
        """Counted from the failure; its priority is that of the run."""
        promise(site, **asking(1), **{"sensors_app/retry_delay": "1.5", "dagster/priority": "1"})
        take(site)
        retry = retry_of(site, fail(site))
        site.now += 1499
        assert take(site) == []
        site.poke()
        site.tick(request("other"))
        site.now += 1
        assert take(site) == [retry.run_id, "other"]

    def test_is_made_once(self, site: Site):
        """A repeated report of the failure makes no other."""
        promise(site, **asking(3))
        fail(site)
        before = site.contents()
        assert site.finish_run("r", S.FAILURE, message="boom")
        assert site.contents() == before

    def test_canceled_while_it_is_put_off(self, site: Site):
        """It is never sent."""
        promise(site, **asking(1), **{"sensors_app/retry_delay": "60"})
        take(site)
        retry = retry_of(site, fail(site))
        site.store.runs.cancel_run(site.name, retry.run_id, S.CANCELED, "Why.", now_ms=site.now)
        site.now += 60_000
        assert take(site) == []


class TestWillRetry:
    def test_is_known_when_the_failure_is(self, site: Site):
        """Who reads the run for its failure finds the answer there."""
        promise(site, **asking(1))
        first = fail(site)
        assert first.will_retry
        last = fail(site, retry_of(site, first).run_id)
        assert not last.will_retry
        assert last.tags["dagster/will_retry"] == "false"
        assert "dagster/auto_retry_run_id" not in last.tags

    def test_the_failure_is_told_before_the_retry(self, site: Site):
        """In the order in which they happen."""
        promise(site, **asking(1))
        retry = retry_of(site, fail(site))
        events = [fields for _, fields in site.store.client.xrange(site.keys.events)][-2:]
        assert [(e["type"], e["run"]) for e in events] == [
            (DagsterEventType.RUN_FAILURE.value, "r"),
            (DagsterEventType.RUN_ENQUEUED.value, retry.run_id),
        ]

    def test_is_not_said_of_a_run_that_asked_for_none(self, site: Site):
        """Its tags stay as they were."""
        promise(site, team="x")
        assert fail(site).tags == {"team": "x"}


class TestWhatIsRetried:
    def test_a_run_whose_worker_died(self, site: Site):
        """It asked for it: then it is safe to repeat."""
        promise(site, **asking(1))
        site.start_run("r")
        site.now += 1_000_000
        assert site.expire_runs()
        assert retry_of(site, kept(site, "r")).status is S.QUEUED

    def test_not_a_run_that_went_well(self, site: Site):
        """There is nothing to repeat."""
        promise(site, **asking(1))
        site.start_run("r")
        site.finish_run("r")
        assert len(site.store.runs.runs(site.name)) == 1
        assert "dagster/will_retry" not in kept(site, "r").tags

    def test_not_a_run_that_was_canceled(self, site: Site):
        """Somebody did not want it."""
        promise(site, **asking(1))
        site.start_run("r")
        site.store.runs.cancel_run(site.name, "r", S.CANCELED, "Why.", now_ms=site.now)
        assert len(site.store.runs.runs(site.name)) == 1

    def test_not_a_run_of_a_process_of_its_own(self, site: Site):
        """No worker knows how that came about."""
        site.store.runs.create_run(site.name, DagsterRun("job", "own", tags=asking(1)))
        site.mark_started("own", OTHER_HOLDER)
        site.finish_run("own", S.FAILURE, OTHER_HOLDER)
        assert len(site.store.runs.runs(site.name)) == 1

    @pytest.mark.parametrize("number", ["0", "many", "-1", "nan", "inf", ""])
    def test_not_for_a_number_that_is_none(self, site: Site, number: str):
        """It counts as none."""
        promise(site, **{"dagster/max_retries": number})
        assert not fail(site).will_retry
        assert len(site.store.runs.runs(site.name)) == 1

    @pytest.mark.parametrize("delay", ["soon", "-1", "nan", "1.2.3", ""])
    def test_at_once_for_a_delay_that_is_none(self, site: Site, delay: str):
        """It counts as none."""
        promise(site, **asking(1), **{"sensors_app/retry_delay": delay})
        take(site)
        retry = retry_of(site, fail(site))
        assert take(site) == [retry.run_id]
