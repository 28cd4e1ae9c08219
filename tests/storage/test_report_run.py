"""Runs of other systems, as they are reported."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors_app.engine.schedule import lanes
from sensors_app.errors import ExternalEventError
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.model.selectors import JobSelector
from sensors_app.storage.external import MAX_REFUSED
from sensors_app.storage.store import Store
from tests.conftest import StoreWith
from tests.support.site import START, Site

ENDED = (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
REPORTED = (
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    *ENDED,
)


def report(store: Store, status: str, run_id: str = "r", now: int = START, **more: Any) -> None:
    event = ExternalRunEvent("billing", "charge", run_id, DagsterRunStatus(status), **more)
    store.external.report_run(event, now_ms=now)


def kinds(store: Store) -> list[str]:
    return [event.kind for event in store.events.events("billing")]


def run_of(store: Store, run_id: str = "r") -> DagsterRun:
    run = store.runs.run("billing", run_id)
    assert run is not None
    return run


class TestMoves:
    def test_a_run_from_its_start_to_its_end(self, store: Store):
        """It reads as a run of ours does: state, times, log, and the index of its state."""
        report(store, "STARTED", now=START)
        report(store, "SUCCESS", now=START + 2000)
        run = run_of(store)
        assert (run.status, run.job_name, run.location) == (ENDED[0], "charge", "billing")
        assert (run.created_at, run.started_at, run.ended_at) == (
            START / 1000,
            START / 1000,
            START / 1000 + 2,
        )
        log = [entry.dagster_event_type for entry in store.runs.run_log("billing", run)]
        assert [kind.value for kind in log if kind] == ["PIPELINE_START", "PIPELINE_SUCCESS"]
        assert store.runs.count_runs("billing") == {DagsterRunStatus.SUCCESS: 1}

    def test_an_end_without_a_start(self, store: Store):
        """Steps that were not reported are not made up."""
        report(store, "SUCCESS")
        assert kinds(store) == ["PIPELINE_SUCCESS"]
        assert run_of(store).started_at is None

    def test_what_is_late_changes_nothing(self, store: Store):
        """Neither a start after the end nor another end."""
        report(store, "SUCCESS")
        report(store, "STARTED", tags={"late": "1"})
        report(store, "FAILURE", error="late")
        run = run_of(store)
        assert (run.status, run.error, run.tags) == (DagsterRunStatus.SUCCESS, None, {})
        assert kinds(store) == ["PIPELINE_SUCCESS"]

    @given(st.lists(st.sampled_from(REPORTED), min_size=1, max_size=8))
    def test_no_order_of_reports_moves_a_run_back(self, reports: list[DagsterRunStatus]):
        """The events are those reports that were further than all before, one end at most."""
        store = self.store
        run_id = f"r{self.number}"
        self.__class__.number += 1
        for status in reports:
            report(store, status.value, run_id)
        wanted: list[DagsterRunStatus] = []
        for status in reports:
            rank = min(REPORTED.index(status), 3)
            if not wanted or rank > min(REPORTED.index(wanted[-1]), 3):
                wanted.append(status)
        log = store.runs.run_log("billing", run_of(store, run_id))
        assert len(log) == len(wanted)
        assert run_of(store, run_id).status is wanted[-1]

    number = 0

    @pytest.fixture(autouse=True)
    def _store(self, store: Store) -> None:
        self.store = store


class TestWhatIsKept:
    def test_a_failure_with_its_error(self, store: Store):
        """In the run, in its log, and in the event for sensors."""
        error = SerializableErrorInfo("CardError: refused\n", ("frame\n",), "CardError")
        report(store, "FAILURE", error=error)
        run = run_of(store)
        assert run.error == 'Execution of run for "charge" failed. CardError: refused'
        (entry,) = store.runs.run_log("billing", run)
        assert entry.dagster_event is not None
        assert entry.dagster_event.event_specific_data is not None
        assert entry.dagster_event.event_specific_data.error == error
        (event,) = store.events.events("billing")
        assert (event.run_id, event.job_name) == ("r", "charge")
        assert "CardError" in event.fields["extra"]

    def test_tags_of_later_reports_are_added(self, store: Store):
        """The later value of a tag wins."""
        report(store, "STARTED", tags={"a": "1", "b": "é\n"})
        report(store, "SUCCESS", tags={"a": "2", "c": ""})
        assert run_of(store).tags == {"a": "2", "b": "é\n", "c": ""}

    def test_times_of_its_own(self, store: Store):
        """What the other system says of when is what a run's duration is worked out from."""
        report(store, "STARTED", timestamp=1000.5)
        report(store, "SUCCESS", timestamp=1003)
        run = run_of(store)
        assert (run.started_at, run.ended_at) == (1000.5, 1003)
        assert run.created_at == START / 1000

    def test_selectors_accept_it(self, store: Store):
        """By the names it was reported under."""
        report(store, "STARTED")
        (event,) = store.events.events("billing")
        selector = JobSelector(location_name="billing", job_name="charge")
        assert selector.accepts(event.location, event.job_name or "")

    def test_it_lives_on_from_the_last_report(self, store_with: StoreWith):
        """Nobody may ever report its end."""
        store = store_with(run_max_age_ms=1_000_000)
        report(store, "STARTED")
        keys = [f"{store._context.prefix}:{{billing}}:{kind}:r" for kind in ("run", "run_events")]
        for key in keys:
            store.client.pexpire(key, 5000)
        report(store, "STARTED")
        assert all(store.client.pttl(key) > 900_000 for key in keys)

    def test_an_end_is_not_prolonged(self, store_with: StoreWith):
        """By who reports it again and again."""
        store = store_with(run_max_age_ms=1_000_000)
        report(store, "SUCCESS")
        key = store._context.keys("billing").run("r")
        store.client.pexpire(key, 5000)
        report(store, "SUCCESS")
        assert store.client.pttl(key) <= 5000

    def test_indexes_forget_runs_that_are_gone(self, store: Store):
        """Also of runs that were never reported to have ended."""
        report(store, "STARTED", "old")
        store.client.delete(store._context.keys("billing").run("old"))
        report(store, "STARTED", "new")
        assert store.runs.count_runs("billing") == {DagsterRunStatus.STARTED: 1}


class TestNames:
    def test_a_code_locations_name_is_refused(self, site: Site):
        """Only its workers move its runs."""
        before = site.contents()
        event = ExternalRunEvent("loc", "job", "r", DagsterRunStatus.STARTED)
        with pytest.raises(ExternalEventError, match="location is 'loc', which is a code location"):
            site.store.external.report_run(event)
        assert site.contents() == before

    def test_the_name_is_known_and_has_no_code(self, site: Site):
        """Whoever goes through all names finds it; whoever goes through definitions does not."""
        report(site.store, "STARTED")
        store = site.store
        assert store.sensors.location_names() == ["billing", "loc"]
        assert [each.snapshot.name for each in store.sensors.locations()] == ["loc"]

    def test_a_beat_finds_nothing_to_do_there(self, store: Store):
        """What it does for each name does no harm where there is no code."""
        report(store, "QUEUED")
        workers = store.sensors.workers()["billing"]
        room = lanes(workers, 16, 50)
        due = store.ticks.claim_due("billing", limit=10, window=room.quick, slow_window=room.slow)
        assert due.claims == []
        assert store.outbox.take_outbox("billing", limit=10) == []
        assert store.outbox.oldest_sent_ms("billing") is None
        assert store.runs.expire_runs("billing") == []
        assert run_of(store).status is DagsterRunStatus.QUEUED


class TestRefused:
    def test_the_last_ones_are_kept(self, store: Store):
        """The last one first, with what is wrong."""
        for number in range(MAX_REFUSED + 5):
            store.external.keep_refused(f"body {number}", "no JSON")
        assert [(r.body, r.reason) for r in store.external.refused(limit=2)] == [
            (f"body {MAX_REFUSED + 4}", "no JSON"),
            (f"body {MAX_REFUSED + 3}", "no JSON"),
        ]
        assert len(store.external.refused(limit=10_000)) == MAX_REFUSED

    def test_a_long_one_is_cut(self, store: Store):
        """It is kept to be looked at."""
        store.external.keep_refused("x" * 1_000_000, "no JSON")
        (kept,) = store.external.refused()
        assert len(kept.body) < 20_000
