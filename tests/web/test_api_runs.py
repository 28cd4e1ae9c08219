"""/api/v1/runs and /api/v1/locations: what was launched, and who serves it."""

import pytest

from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.locations import Role, WorkerInfo
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.web.api.common import written
from tests.support.site import HOLDER, Site, materialized, request, sensor
from tests.web.api import Api


def ended(site: Site, run_id: str = "r", status: DagsterRunStatus = DagsterRunStatus.SUCCESS):
    site.start_run(run_id)
    site.mark_started(run_id)
    site.finish_run(run_id, status)


class TestRuns:
    def test_are_listed_by_page_newest_first(self, site: Site, api: Api):
        """Of all code locations."""
        for n in range(3):
            site.now += 1000
            site.tick(request(f"r{n}", f"k{n}"))
        pages = api.pages("/runs", limit=2)
        assert [[each["run_id"] for each in page] for page in pages] == [["r2", "r1"], ["r0"]]

    @pytest.mark.parametrize("path", ["/runs", "/audit", "/dead-letters"])
    @pytest.mark.parametrize("place", ["", "x", "1", [], ["loc"], [1, 2], ["loc", "x"], 1])
    def test_know_no_cursor_of_others(self, api: Api, path: str, place: object):
        """Nor do other lists: whoever follows one would begin anew without noticing."""
        answer = api.get(path, 400, cursor=written(place))
        assert "not from this list" in answer["detail"]

    def test_are_filtered(self, site: Site, api: Api):
        """By sensor, job, states, and tags with a value or without."""
        site.tick(request("a", tags='{"team":"x"}'), request("b", job_name="other"))
        ended(site, "b")

        def found(**query: object) -> set[str]:
            return {run["run_id"] for run in api.get("/runs", **query)["items"]}

        assert found() == {"a", "b"}
        assert found(job="other") == {"b"}
        assert found(status=["SUCCESS", "FAILURE"]) == {"b"}
        assert found(tag="team") == found(tag="team=x") == {"a"}
        assert found(tag="team=y") == found(sensor="none") == set()
        api.get("/runs", 404, location="none")

    def test_one_is_shown_with_its_log(self, site: Site, api: Api):
        """A part at a time, until it has ended."""
        site.tick(request("r"))
        site.start_run("r")
        site.mark_started("r")
        site.store.runs.append_run_entries("loc", "r", HOLDER, 0, [materialized("r", "a")])
        assert api.get("/runs/r")["status"] == "STARTED"
        log = api.get("/runs/r/log")
        assert log["entries"][-1]["event_type"] == "ASSET_MATERIALIZATION"
        assert not log["ended"]
        site.finish_run("r")
        more = api.get("/runs/r/log", after=log["after"])
        assert [each["event_type"] for each in more["entries"]] == ["RUN_SUCCESS"]
        assert more["ended"]
        assert "no run 'none'" in api.get("/runs/none", 404)["detail"]

    def test_one_is_canceled(self, site: Site, api: Api):
        """And what came of it is said."""
        site.tick(request("r"))
        answer = api.post("/runs/r/cancel")
        assert (answer["outcome"], answer["status"]) == ("canceled", "CANCELED")
        assert api.post("/runs/r/cancel")["outcome"] == "ended"

    def test_one_is_run_again_once_it_has_ended(self, site: Site, api: Api):
        """As a new run, with what is to differ."""
        site.tick(request("r"))
        assert "is QUEUED" in api.post("/runs/r/re-execute", status=409)["detail"]
        ended(site)
        new = api.post("/runs/r/re-execute", {"tags": {"why": "x"}, "run_config": {"a": 1}}, 201)
        assert new["tags"]["why"] == "x"
        assert new["tags"]["dagster/parent_run_id"] == "r"
        assert new["run_config"] == {"a": 1}

    def test_those_of_other_systems_are_theirs(self, site: Site, api: Api):
        """Shown, whatever their ids are; neither ended nor run again from here."""
        report = ExternalRunEvent("billing", "charge", "a/b", DagsterRunStatus.STARTED)
        site.store.external.report_run(report)
        assert api.get("/runs/a/b")["location"] == "billing"
        assert "another system's" in api.post("/runs/a/b/cancel", status=409)["detail"]
        assert "of ours" in api.post("/runs/a/b/re-execute", status=409)["detail"]
        assert api.get("/locations/billing")["sensors"] == []


class TestTheDeployment:
    def test_locations_and_workers(self, site: Site, api: Api):
        """With what they do, and beats and listeners beside them."""
        site.store.sensors.worker_heartbeat("loc", WorkerInfo("w", [Role.LAUNCH], 4, 1, "1"))
        site.store.sensors.beat_heartbeat("b")
        assert [each["name"] for each in api.get("/locations")] == ["loc"]
        assert api.get("/locations/loc")["capacity"]["launch"] == 4
        found = api.get("/workers")
        assert [each["node"] for each in found["workers"]] == ["w"]
        assert [(each["name"], each["alive"]) for each in found["beats"]] == [("b", True)]
        assert "no code location 'none'" in api.get("/locations/none", 404)["detail"]

    def test_health_and_limits(self, site: Site, api: Api):
        """What is wrong, what waits, and what is used up."""
        site.register(sensor(), limits=[ConcurrencyLimit(1)])
        found = api.get("/health")
        assert not found["ok"]
        assert "No beat is alive" in found["trouble"][0]
        (limit,) = api.get("/limits")
        assert (limit["limit"], limit["limit_for"], limit["running"]) == (1, "all runs", 0)

    def test_the_audit_trail(self, site: Site, api: Api):
        """By page, of one who did it, or to whom it was done."""
        for n in range(3):
            site.store.audit.record("loc", f"a{n}", "start", "s")
        pages = api.pages("/audit", limit=2)
        assert [[each["actor"] for each in page] for page in pages] == [["a2", "a1"], ["a0"]]
        assert len(api.get("/audit", actor="a1")["items"]) == 1
        assert api.get("/audit", target="t")["items"] == []
