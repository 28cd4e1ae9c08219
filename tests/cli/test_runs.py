"""``sensors runs`` and ``sensors run``."""

import json
from typing import Any

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    EventSpecificData,
)
from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRunStatus
from tests.cli.conftest import Sensors, words
from tests.support.site import HOLDER, Site, request

RUN_1 = "11111111-aaaa-4000-8000-000000000001"
RUN_2 = "22222222-bbbb-4000-8000-000000000002"
RUN_3 = "22222222-cccc-4000-8000-000000000003"


def test_runs_of_all_locations_newest_first(sensors: Sensors, site: Site, other: Site):
    """The runs of all locations are merged by the time they were made."""
    site.now = other.now - 5000
    site.tick(request(RUN_1, "a"))
    other.tick(request(RUN_2, "b"))
    rows = words(sensors("runs"))[1:]
    assert [row[0] for row in rows] == [RUN_2, RUN_1]
    assert rows[0][1:6] == ["QUEUED", "job", "other", "s", "b"]


def test_filters(sensors: Sensors, site: Site, other: Site):
    """Runs can be narrowed by sensor, job, status and location."""
    site.tick(request(RUN_1, "a"))
    site.tick(request(RUN_2, "b", job_name="second_job"))
    other.tick(request(RUN_3, "c"))
    site.start_run(RUN_1)

    def shown(*args: str) -> set[str]:
        return {run["run_id"] for run in json.loads(sensors("runs", *args, "--json").stdout)}

    assert shown() == {RUN_1, RUN_2, RUN_3}
    assert shown("--sensor", "loc/s") == {RUN_1, RUN_2}
    assert shown("--sensor", "s", "--location", "loc") == {RUN_1, RUN_2}
    assert shown("--job", "second_job") == {RUN_2}
    assert shown("--status", "starting") == {RUN_1}
    assert shown("--status", "STARTING", "--status", "QUEUED", "--location", "loc") == {
        RUN_1,
        RUN_2,
    }
    assert len(shown("--limit", "2")) == 2


def test_an_unknown_job(sensors: Sensors, site: Site):
    """A job that no location has is an error that offers the nearest."""
    assert "Did you mean job?" in sensors("runs", "--job", "jbo", code=2).stderr


def report(site: Site, run_id: str, status: str = "STARTED", **more: Any) -> None:
    reported = DagsterRunStatus(status)
    site.store.external.report_run(ExternalRunEvent("billing", "charge", run_id, reported, **more))


class TestRunsOfOtherSystems:
    """Runs that were reported are found like ours, by the name of their system."""

    def test_among_all(self, sensors: Sensors, site: Site):
        """With those of our own."""
        site.tick(request(RUN_1))
        report(site, "Order-7")
        found = {row[0]: row[1:4] for row in words(sensors("runs"))[1:]}
        assert found["Order-7"] == ["STARTED", "charge", "billing"]
        assert RUN_1 in found

    def test_by_location_and_job(self, sensors: Sensors, site: Site):
        """A job that was reported is one, even if it has no run in that state."""
        report(site, "Order-7")
        assert "Order-7" in sensors("runs", "--location", "billing").stdout
        assert "Order-7" in sensors("runs", "--job", "charge").stdout
        nothing = sensors("runs", "--job", "charge", "--status", "FAILURE").stdout
        assert nothing == "No such run.\n"
        assert "Did you mean charge?" in sensors("runs", "--job", "chrage", code=2).stderr

    def test_one_with_its_error(self, sensors: Sensors, site: Site):
        """By its id, or the beginning of it, in whatever case."""
        error = SerializableErrorInfo("CardError: no\n", ("in charge\n",), "CardError")
        report(site, "Order-7", "FAILURE", error=error)
        for name in ("Order-7", "order-"):
            shown = sensors("run", name).stdout
            assert "CardError: no" in shown
            assert "in charge" in shown


def test_no_runs(sensors: Sensors, site: Site):
    """No run is an empty list for programs and a sentence for people."""
    assert sensors("runs").stdout == "No such run.\n"
    assert json.loads(sensors("runs", "--json").stdout) == []


def test_a_run_for_programs(sensors: Sensors, site: Site):
    """The names in the JSON of a run are a contract."""
    claim = site.begun()
    site.commit(claim, request(RUN_1, "a", run_config='{"ops":{}}', tags='{"team":"x"}'))
    site.start_run(RUN_1)
    site.finish_run(RUN_1)
    found = json.loads(sensors("run", RUN_1, "--json").stdout)
    times = {name: found[name] for name in ("created_at", "started_at", "ended_at")}
    log = found.pop("log")
    assert found == {
        "run_id": RUN_1,
        "job_name": "job",
        "status": "SUCCESS",
        "location": "loc",
        "sensor_name": "s",
        "run_key": "a",
        "tick_id": str(claim.token),
        **times,
        "tags": {"team": "x"},
        "run_config": {"ops": {}},
        "error": None,
        "worker": HOLDER,
    }
    assert all(time.endswith("Z") for time in times.values())
    assert [entry["event_type"] for entry in log][:2] == ["RUN_ENQUEUED", "RUN_STARTING"]


def test_a_run_that_waits_has_no_times(sensors: Sensors, site: Site):
    """What has not happened is null."""
    site.tick(request(RUN_1))
    found = json.loads(sensors("run", RUN_1, "--json").stdout)
    assert (found["started_at"], found["ended_at"], found["run_key"]) == (None, None, None)


def test_the_event_log(sensors: Sensors, site: Site):
    """A run is shown with its events, what its ops logged, and the stack of a failure."""
    site.tick(request(RUN_1))
    site.start_run(RUN_1)
    error = SerializableErrorInfo("ValueError: boom\n", ('  File "ops.py", line 7\n',))
    failed = DagsterEvent(
        DagsterEventType.STEP_FAILURE.value, "job", "op_1", "It failed.", EventSpecificData(error)
    )
    entries = [
        EventLogEntry(RUN_1, "job", site.now / 1000, "reading", step_key="op_1"),
        EventLogEntry(RUN_1, "job", site.now / 1000, "It failed.", 40, "op_1", failed),
    ]
    site.store.runs.append_run_entries("loc", RUN_1, HOLDER, 0, entries)
    site.finish_run(RUN_1, DagsterRunStatus.FAILURE, message="Step op_1 failed.")
    shown = sensors("run", RUN_1).stdout
    assert "[op_1] reading" in shown
    assert "STEP_FAILURE" in shown
    assert 'File "ops.py", line 7' in shown
    assert "Step op_1 failed." in shown


def test_the_beginning_of_an_id(sensors: Sensors, site: Site):
    """Six characters of a recent run's id are enough, if they are its alone."""
    site.tick(request(RUN_1), request(RUN_2), request(RUN_3))
    assert json.loads(sensors("run", "111111", "--json").stdout)["run_id"] == RUN_1
    several = sensors("run", "222222", code=2).stderr
    assert RUN_2 in several
    assert RUN_3 in several
    assert "6 characters" in sensors("run", "11111", code=2).stderr


def test_an_unknown_run(sensors: Sensors, site: Site):
    """A run that is not kept is an error."""
    assert "There is no run 'abcdef0'" in sensors("run", "abcdef0", code=2).stderr
