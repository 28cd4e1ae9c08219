"""``sensors re-execute``."""

import json

import pytest

from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from tests.cli.conftest import Sensors
from tests.cli.fake_worker import show_alive
from tests.support.site import Site, request

RUN_1 = "11111111-aaaa-4000-8000-000000000001"


@pytest.fixture
def ended(site: Site) -> Site:
    """A site with a run that failed, and workers."""
    show_alive(site.store)
    site.tick(request(RUN_1, "a", tags='{"team":"x"}'))
    site.start_run(RUN_1)
    site.finish_run(RUN_1, DagsterRunStatus.FAILURE)
    return site


def new_runs(site: Site) -> list[DagsterRun]:
    return [run for run in site.store.runs.runs("loc") if run.run_id != RUN_1]


def test_a_new_run(sensors: Sensors, ended: Site):
    """It has the tags of the other, those that are given, and no run key."""
    shown = sensors("re-execute", "111111", "--tag", "by=me", "--tag", "why=a=b").stdout
    (new,) = new_runs(ended)
    assert shown == f"{RUN_1} is run again as {new.run_id}.\n"
    assert new.parent_run_id == RUN_1
    assert new.run_key is None
    assert {name: new.tags[name] for name in ("team", "by", "why")} == {
        "team": "x",
        "by": "me",
        "why": "a=b",
    }


def test_for_programs(sensors: Sensors, ended: Site):
    """The new run, as 'sensors run --json' has it."""
    found = json.loads(sensors("re-execute", RUN_1, "--json").stdout)
    (new,) = new_runs(ended)
    assert (found["run_id"], found["status"]) == (new.run_id, "QUEUED")


@pytest.mark.parametrize(
    ("status", "code"), [(DagsterRunStatus.SUCCESS, 0), (DagsterRunStatus.FAILURE, 1)]
)
def test_wait_for_its_end(
    sensors: Sensors,
    ended: Site,
    monkeypatch: pytest.MonkeyPatch,
    status: DagsterRunStatus,
    code: int,
):
    """``--wait`` ends with the exit code that says how the new run ended."""

    def work(_seconds: float) -> None:
        (new,) = new_runs(ended)
        ended.start_run(new.run_id)
        ended.finish_run(new.run_id, status)

    monkeypatch.setattr("time.sleep", work)
    assert f"ended: {status.value}" in sensors("re-execute", RUN_1, "--wait", code=code).stdout


def test_wait_in_vain(sensors: Sensors, ended: Site):
    """A run that goes on is exit code 1, and how to look after it."""
    shown = sensors("re-execute", RUN_1, "--wait", "--timeout", "0", code=1).stderr
    assert "--follow" in shown


def test_one_that_has_not_ended(sensors: Sensors, site: Site):
    """Only a run that has ended is run again."""
    site.tick(request(RUN_1))
    assert "is QUEUED: only a run that has ended" in sensors("re-execute", RUN_1, code=1).stderr
    assert new_runs(site) == []


def test_a_run_of_another_system(sensors: Sensors, site: Site):
    """Nobody here has its code."""
    report = ExternalRunEvent("billing", "charge", "Order-7", DagsterRunStatus.SUCCESS)
    site.store.external.report_run(report)
    assert "no code location of ours" in sensors("re-execute", "Order-7", code=1).stderr
    assert len(site.store.runs.runs("billing")) == 1


def test_a_job_that_is_gone(sensors: Sensors, site: Site):
    """A run of a job that the code has no more would wait, and fail."""
    site.tick(request(RUN_1, job_name="old_job"))
    site.start_run(RUN_1)
    site.finish_run(RUN_1)
    assert "no job 'old_job' any more" in sensors("re-execute", RUN_1, code=1).stderr


def test_nobody_to_run_it(sensors: Sensors, ended: Site):
    """Without a launch worker it waits, and that is said."""
    ended.store.client.delete(ended.keys.workers)
    assert "--role launch" in sensors("re-execute", RUN_1).stderr


@pytest.mark.parametrize("tag", ["team", "=x"])
def test_a_tag_that_is_none(sensors: Sensors, ended: Site, tag: str):
    """A tag has a name and a value."""
    assert "NAME=VALUE" in sensors("re-execute", RUN_1, "--tag", tag, code=2).stderr
