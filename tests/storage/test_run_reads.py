"""Reading runs and their logs."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from sensors_app.model.cancellation import RunWish
from sensors_app.model.events import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    EventSpecificData,
)
from sensors_app.model.runs import DagsterRunStatus, RunsFilter
from sensors_app.storage.run_reads import PAGE, RunReads
from tests.support.site import BOOM, HOLDER, OTHER_HOLDER, START, Site, request, sensor


def make(site: Site, *run_ids: str, name: str = "s", **fields: str) -> None:
    """Commit a tick that makes these runs, a millisecond after what was before."""
    site.now += 1
    site.poke(name)
    site.tick(*[request(run_id, **fields) for run_id in run_ids], name=name)


def listed(site: Site, **options) -> list[str]:
    return [run.run_id for run in site.store.runs.runs(site.name, **options)]


class TestRuns:
    def test_newest_first(self, site: Site):
        """As people look for them."""
        make(site, "a")
        make(site, "b")
        assert listed(site) == ["b", "a"]

    def test_of_one_sensor(self, site: Site):
        """Each sensor has its own list."""
        site.register(sensor(), sensor("t"))
        make(site, "a")
        make(site, "b", name="t")
        assert listed(site, sensor="t") == ["b"]

    @pytest.mark.parametrize(
        ("filters", "wanted"),
        [
            (RunsFilter(), {"a", "b"}),
            (RunsFilter(run_ids=("a",)), {"a"}),
            (RunsFilter(job_name="other"), {"b"}),
            (RunsFilter(tags={"k": "v"}), {"b"}),
            (RunsFilter(statuses=(DagsterRunStatus.STARTING,)), {"a"}),
            (RunsFilter(statuses=(DagsterRunStatus.STARTING, DagsterRunStatus.QUEUED)), {"a", "b"}),
        ],
    )
    def test_by_other_criteria(self, site: Site, filters: RunsFilter, wanted: set[str]):
        """A criterion left out does not narrow."""
        make(site, "a")
        make(site, "b", job_name="other", tags='{"k":"v"}')
        site.start_run("a")
        assert set(listed(site, filters=filters)) == wanted

    def test_no_more_than_the_limit(self, site: Site):
        """The rest is older."""
        make(site, *[f"r{n:03}" for n in range(PAGE + 50)])
        assert len(listed(site, limit=PAGE + 10)) == PAGE + 10
        assert listed(site, limit=1) == [f"r{PAGE + 49:03}"]

    def test_those_created_meanwhile_move_none(self, site: Site, monkeypatch: pytest.MonkeyPatch):
        """A list that is read in parts has each of the older ones, and none twice."""
        older = {f"r{n:03}" for n in range(PAGE + 50)}
        make(site, *older)
        read = RunReads._read

        def meanwhile(self: RunReads, location: str, run_ids: Sequence[str]) -> Any:
            make(site, f"new of {run_ids[0]}")
            return read(self, location, run_ids)

        monkeypatch.setattr(RunReads, "_read", meanwhile)
        found = listed(site, limit=1000)
        assert len(found) == len(older)
        assert set(found) == older

    def test_counted_by_state(self, site: Site):
        """States without runs are left out."""
        make(site, "a", "b")
        site.start_run("a")
        assert site.store.runs.count_runs(site.name) == {
            DagsterRunStatus.QUEUED: 1,
            DagsterRunStatus.STARTING: 1,
        }

    def test_one_that_does_not_exist(self, site: Site):
        """There is nothing to show."""
        assert site.store.runs.run(site.name, "nothing") is None


def entry(message: str, **fields) -> EventLogEntry:
    return EventLogEntry("r", "job", START / 1000, message, **fields)


def append(site: Site, first: int, *messages: str, holder: str = HOLDER) -> bool:
    entries = [entry(message) for message in messages]
    wish = site.store.runs.append_run_entries(site.name, "r", holder, first, entries)
    return wish is RunWish.OK


def log(site: Site) -> list[EventLogEntry]:
    """Return the run's log without the moves of the run."""
    run = site.store.runs.run(site.name, "r")
    assert run is not None
    return site.store.runs.run_log(site.name, run)[2:]


class TestAppendRunEntries:
    @pytest.fixture(autouse=True)
    def _a_run_under_way(self, site: Site):
        make(site, "r")
        site.start_run("r")

    def test_entries_are_kept_in_order(self, site: Site):
        """Batch after batch."""
        assert append(site, 0, "a", "b")
        assert append(site, 2, "c")
        assert [e.user_message for e in log(site)] == ["a", "b", "c"]

    def test_a_repeated_batch_is_written_once(self, site: Site):
        """Whoever lost the reply sends it again."""
        append(site, 0, "a", "b")
        assert append(site, 0, "a", "b")
        assert [e.user_message for e in log(site)] == ["a", "b"]

    def test_an_overlapping_batch_adds_what_is_missing(self, site: Site):
        """The repeat may have grown meanwhile."""
        append(site, 0, "a", "b")
        append(site, 1, "b", "c")
        append(site, 0, "a")
        append(site, 3, "d")
        assert [e.user_message for e in log(site)] == ["a", "b", "c", "d"]

    def test_only_the_holder_writes(self, site: Site):
        """Who lost the run writes nothing more."""
        assert not append(site, 0, "a", holder=OTHER_HOLDER)
        assert log(site) == []

    def test_nothing_is_written_after_the_end(self, site: Site):
        """An ended run's log is closed."""
        site.finish_run("r")
        assert not append(site, 0, "late")

    def test_entries_come_back_as_they_were(self, site: Site):
        """Level, step, event and what only some events carry."""
        failure = DagsterEvent(
            DagsterEventType.STEP_FAILURE.value, "job", "step", "boom", EventSpecificData(BOOM)
        )
        output = DagsterEvent(
            DagsterEventType.STEP_OUTPUT.value,
            "job",
            "step",
            "done",
            EventSpecificData(output_name="result"),
        )
        entries = [
            entry("line ü\n", level=logging.WARNING),
            entry("done", step_key="step", dagster_event=output),
            entry("boom", level=logging.ERROR, step_key="step", dagster_event=failure),
        ]
        site.store.runs.append_run_entries(site.name, "r", HOLDER, 0, entries)
        assert log(site) == entries
