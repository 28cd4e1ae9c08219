"""``sensors events``."""

import json

import pytest

from sensors_app.cli import events as module
from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRunStatus
from tests.cli.conftest import Sensors
from tests.cli.following import ctrl_c_possible, once_it_waits
from tests.support.site import Site, request
from tests.support.waiting import wait_until

RUN_1 = "11111111-aaaa-4000-8000-000000000001"
RUN_2 = "22222222-bbbb-4000-8000-000000000002"


def happened(sensors: Sensors, *args: str) -> list[tuple[str, str]]:
    """Return run and status of the events that are shown."""
    lines = map(json.loads, sensors("events", *args, "--json").stdout.splitlines())
    return [(line["run_id"], line["status"]) for line in lines]


def let_time_pass(site: Site) -> None:
    """Have what happens next be of a later millisecond: within one, streams have no order."""
    now = site.store.now_ms()
    wait_until(lambda: site.store.now_ms() > now, "the next millisecond", pause=0.001)


def test_all_locations_by_time(sensors: Sensors, site: Site, other: Site):
    """The streams of all locations are merged, the latest event last."""
    site.tick(request(RUN_1))
    let_time_pass(site)
    other.tick(request(RUN_2))
    let_time_pass(site)
    site.start_run(RUN_1)
    assert happened(sensors) == [(RUN_1, "QUEUED"), (RUN_2, "QUEUED"), (RUN_1, "STARTING")]
    (*_, last) = sensors("events").stdout.splitlines()
    assert "STARTING" in last
    assert f"loc/job {RUN_1}" in last
    assert last.endswith(site.store.events.latest("loc", limit=1)[0].ident)


def test_an_event_for_programs(sensors: Sensors, site: Site):
    """The names in the JSON of an event are a contract."""
    site.tick(request(RUN_1))
    (event,) = site.store.events.events("loc")
    found = json.loads(sensors("events", "--json").stdout)
    assert found.pop("at").endswith("Z")
    assert found == {
        "id": event.ident,
        "location": "loc",
        "event_type": "RUN_ENQUEUED",
        "status": "QUEUED",
        "run_id": RUN_1,
        "job_name": "job",
        "sensor": None,
        "message": "The run waits for a worker.",
    }


def test_filters(sensors: Sensors, site: Site, other: Site):
    """Events can be narrowed by location, job, and kind under any of its names."""
    site.tick(request(RUN_1), request("r3", job_name="second_job"))
    other.tick(request(RUN_2))
    let_time_pass(site)
    site.start_run(RUN_1)
    assert happened(sensors, "--location", "other") == [(RUN_2, "QUEUED")]
    assert happened(sensors, "--job", "second_job") == [("r3", "QUEUED")]
    for name in ("starting", "RUN_STARTING", "PIPELINE_STARTING"):
        assert happened(sensors, "--kind", name) == [(RUN_1, "STARTING")]
    assert len(happened(sensors, "--status", "STARTING", "--status", "QUEUED")) == 4
    assert happened(sensors, "--limit", "1") == [(RUN_1, "STARTING")]


def test_old_events_are_looked_for_page_by_page(
    sensors: Sensors, site: Site, monkeypatch: pytest.MonkeyPatch
):
    """One that is wanted is found behind many that are not."""
    monkeypatch.setattr(module, "PAGE", 2)
    site.tick(*(request(f"r{n}") for n in range(5)))
    site.start_run("r0")
    for n in range(5):
        site.tick(request(f"q{n}"))
    assert happened(sensors, "--kind", "STARTING") == [("r0", "STARTING")]
    assert len(happened(sensors, "--limit", "8")) == 8


def test_follow(sensors: Sensors, site: Site):
    """What happens is shown as it happens, also of a system heard of meanwhile; Ctrl-C ends it."""
    site.tick(request(RUN_1), request(RUN_2))
    report = ExternalRunEvent("billing", "charge", "Order-7", DagsterRunStatus.STARTED)

    def both() -> None:
        site.store.external.report_run(report)
        site.start_run(RUN_2)

    with (
        ctrl_c_possible() as ctrl_c,
        once_it_waits(site.store, lambda: site.start_run(RUN_1), both, ctrl_c),
    ):
        found = happened(sensors, "--follow", "--limit", "1")
    assert found[:2] == [(RUN_2, "QUEUED"), (RUN_1, "STARTING")]
    assert set(found[2:]) <= {(RUN_2, "STARTING"), ("Order-7", "STARTED")}


def test_follow_is_quiet_at_ctrl_c(sensors: Sensors, site: Site):
    """Its usual end is no error."""
    with ctrl_c_possible() as ctrl_c, once_it_waits(site.store, ctrl_c):
        result = sensors("events", "--follow")
    assert (result.stdout, result.stderr) == ("", "")


def test_no_events(sensors: Sensors, site: Site):
    """None is a sentence for people and nothing for programs; an unknown name is an error."""
    assert sensors("events").stdout == "No such event.\n"
    assert sensors("events", "--json").stdout == ""
    assert "Did you mean FAILURE" in sensors("events", "--kind", "failur", code=2).stderr
    assert "Did you mean job?" in sensors("events", "--job", "jbo", code=2).stderr


def test_what_happens_to_sensors(sensors: Sensors, site: Site):
    """Streams also tell of sensors that fail: such an event has no run."""
    site.fail(site.begun())
    (found,) = map(json.loads, sensors("events", "--json").stdout.splitlines())
    assert (found["event_type"], found["sensor"]) == ("SENSOR_FAILURE", "s")
    assert (found["status"], found["run_id"]) == (None, None)
    assert "SENSOR_FAILURE loc/s" in sensors("events", "--kind", "sensor_failure").stdout
