"""``sensors run --follow``."""

import json

import pytest

from sensors_app.cli.failure import ExitCode
from sensors_app.model.events import EventLogEntry
from sensors_app.model.runs import DagsterRunStatus
from tests.cli.conftest import Sensors
from tests.cli.following import ctrl_c_possible, once_it_waits
from tests.support.site import HOLDER, Site, request

RUN_1 = "11111111-aaaa-4000-8000-000000000001"


def log(site: Site, text: str) -> None:
    entry = EventLogEntry(RUN_1, "job", site.now / 1000, text)
    site.store.runs.append_run_entries("loc", RUN_1, HOLDER, 0, [entry])


@pytest.fixture
def waiting(site: Site) -> Site:
    """A site with a run that no worker has taken up."""
    site.tick(request(RUN_1))
    return site


def test_the_log_as_it_is_written(sensors: Sensors, waiting: Site):
    """What was written before, and then each entry as it comes, until the run has ended."""
    with once_it_waits(
        waiting.store,
        lambda: waiting.start_run(RUN_1),
        lambda: log(waiting, "reading"),
        lambda: waiting.finish_run(RUN_1),
    ):
        shown = sensors("run", RUN_1, "--follow").stdout
    words = ["RUN_ENQUEUED", "RUN_STARTING", "reading", "RUN_SUCCESS", "ended: SUCCESS"]
    places = [shown.index(word) for word in words]
    assert places == sorted(places)
    assert all(shown.count(word) == 1 for word in words)


@pytest.mark.parametrize(
    ("status", "code"), [(DagsterRunStatus.FAILURE, 1), (DagsterRunStatus.CANCELED, 4)]
)
def test_the_exit_code_says_how_it_ended(
    sensors: Sensors, waiting: Site, status: DagsterRunStatus, code: int
):
    """1 if it failed, 4 if it was canceled; also for one that had ended before."""
    waiting.start_run(RUN_1)
    waiting.finish_run(RUN_1, status)
    assert f"ended: {status.value}" in sensors("run", RUN_1, "--follow", code=code).stdout


def test_for_programs(sensors: Sensors, waiting: Site):
    """One entry a line as it comes, and the run as the last line."""
    waiting.start_run(RUN_1)
    with once_it_waits(waiting.store, lambda: waiting.finish_run(RUN_1)):
        shown = sensors("run", RUN_1, "-f", "--json").stdout
    *entries, run = map(json.loads, shown.splitlines())
    assert [entry["event_type"] for entry in entries][-1] == "RUN_SUCCESS"
    assert (run["run_id"], run["status"]) == (RUN_1, "SUCCESS")


def test_ctrl_c(sensors: Sensors, waiting: Site):
    """Who does not want to wait any longer gets an exit code of its own, and no message."""
    with ctrl_c_possible() as ctrl_c, once_it_waits(waiting.store, ctrl_c):
        result = sensors("run", RUN_1, "--follow", code=ExitCode.INTERRUPTED)
    assert result.stderr == ""


def test_a_run_that_is_run_again(sensors: Sensors, site: Site):
    """A failed run that asked for retries names the run that takes its place."""
    site.tick(request(RUN_1, tags='{"dagster/max_retries":"1"}'))
    site.start_run(RUN_1)
    site.finish_run(RUN_1, DagsterRunStatus.FAILURE)
    (retry,) = [run for run in site.store.runs.runs("loc") if run.run_id != RUN_1]
    shown = sensors("run", RUN_1, "--follow", code=1).stdout
    assert f"run again as {retry.run_id}" in shown
