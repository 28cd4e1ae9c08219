"""Jobs: all of them, and one."""

import pytest
from fastapi.testclient import TestClient

from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.storage.store import Store
from sensors_app.web.durations import duration_bars, durations_of
from tests.support.site import Site, request, sensor

S = DagsterRunStatus


def ended(seconds: float, status: DagsterRunStatus = S.SUCCESS) -> DagsterRun:
    return DagsterRun("j", "r", status, started_at=100.0, ended_at=100.0 + seconds)


@pytest.fixture
def two(site: Site) -> Site:
    """One run that went well and one that failed, of a job with a limit."""
    site.register(sensor(), limits=[ConcurrencyLimit(3, job_name="job"), ConcurrencyLimit(9)])
    site.tick(request("good"), request("bad"))
    for run_id, status in (("good", S.SUCCESS), ("bad", S.FAILURE)):
        site.start_run(run_id)
        site.mark_started(run_id)
        site.now += 1500
        site.finish_run(run_id, status)
    return site


def test_list_tells_who_requests_a_job_and_how_it_went(two: Site, web: TestClient):
    """In one row."""
    text = web.get("/jobs").text
    for part in (
        'href="/jobs/loc/job"',
        'href="/sensors/loc/s"',
        "last 2 runs: 1 went well, 1 failed",
        "50 %",
    ):
        assert part in text
    assert "No job fits" in web.get("/jobs?q=<other>").text


def test_page_tells_limits_numbers_and_runs(two: Site, web: TestClient):
    """What holds it back, how long it takes."""
    text = web.get("/jobs/loc/job").text
    for part in ("job job: 0 of 3 running", "all runs: 0 of 9", "50 %", "1.50 s"):
        assert part in text
    assert 'href="/runs/good"' in text


def test_job_of_another_system_is_known_by_its_runs(store: Store, site: Site, web: TestClient):
    """It has no definition here."""
    data = {"location": "etl", "job_name": "a/b", "run_id": "1", "status": "SUCCESS"}
    store.external.report_run(ExternalRunEvent.from_data(data))
    assert 'href="/jobs/etl/a/b"' in web.get("/jobs").text
    assert "another system" in web.get("/jobs/etl/a/b").text


def test_there_is_no_page_of_a_job_that_never_was(site: Site, web: TestClient):
    """Nor of a location."""
    assert web.get("/jobs/loc/none").status_code == 404
    assert web.get("/jobs/none/job").status_code == 404


class TestDurations:
    """Numbers and the picture."""

    def test_of_no_runs_there_are_none(self):
        """Nor of one that has not ended."""
        assert durations_of([]).share == ""
        running = DagsterRun("j", "r", S.STARTED, started_at=1.0)
        assert durations_of([running]).ended == 0

    def test_p95_is_exceeded_by_one_of_twenty(self):
        """And the longest by none."""
        found = durations_of([ended(n) for n in range(1, 21)])
        assert (found.p95, found.longest, found.mean) == (19_000, 20_000, 10_500)

    def test_all_well_is_only_what_is_all_well(self):
        """One failure of two hundred is no 100 %."""
        runs = [ended(1)] * 199
        assert durations_of(runs).share == "100 %"
        assert durations_of([*runs, ended(1, S.FAILURE)]).share == "99 %"

    def test_picture_links_to_runs_and_escapes_their_ids(self):
        """Whatever another system calls them."""
        odd = DagsterRun("j", '"><script>', S.FAILURE, started_at=1.0, ended_at=3.0)
        picture = duration_bars([odd], "/root")
        assert "<script>" not in picture
        assert 'class="f"' in picture
        assert "failure after 2.00 s" in picture
