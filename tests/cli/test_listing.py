"""``sensors list``."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sensors_app.cli.listing import called_of
from sensors_app.model.joins import JoinRules
from sensors_app.model.locations import Role
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.sensors import SensorOptions
from sensors_app.model.ticks import TickFailure, TickResult, Timing
from sensors_app.storage.store import Store
from tests.cli.conftest import Sensors, words
from tests.cli.fake_worker import show_alive
from tests.support.reacting import FAILURE, SUCCESS, fed
from tests.support.site import BOOM, HOLDER, Site, request, sensor


def test_a_sensor_that_never_ran(sensors: Sensors, site: Site):
    """A sensor is shown with its location, its state and its interval."""
    heading, row = words(sensors("list"))
    assert heading[:4] == ["LOCATION", "SENSOR", "STATE", "CALLED"]
    assert row == ["loc", "s", "on", "every", "30s", "now"]


def test_a_sensor_whose_rests_differ(sensors: Sensors, site: Site):
    """Both ends of its interval are shown."""
    site.register(sensor(options=SensorOptions(jitter_seconds=5)))
    assert words(sensors("list"))[1][3:7] == ["every", "30s", "to", "35s"]


def test_a_sensor_that_events_feed(sensors: Sensors, store: Store, site: Site):
    """It shows what it is called for, and is never due; who is missing for it is said."""
    show_alive(store)
    site.register(fed(kinds=(FAILURE, SUCCESS)))
    result = sensors("list")
    assert words(result)[1] == ["loc", "s", "on", "on", "SUCCESS,", "FAILURE"]
    assert "loc: no react worker for an hour or more" in result.stderr
    assert "no listener is alive" in result.stderr
    (found,) = json.loads(sensors("list", "--json").stdout)
    assert set(found["event_types"]) == {"RUN_SUCCESS", "RUN_FAILURE"}


@pytest.mark.parametrize(
    ("rules", "called"),
    [
        ({"join": JoinRules(("/a", "/b"), "day", 5000)}, "on SUCCESS of 2 jobs together"),
        ({"join": JoinRules(("/a", "/b"), "", 5, "MISSING")}, "without SUCCESS of 2 jobs together"),
        ({"absent_after_ms": 3_600_000}, "without SUCCESS for 1h"),
        ({"kinds": ("SENSOR_FAILURE",)}, "on SENSOR_FAILURE"),
    ],
)
def test_what_a_sensor_is_called_for(rules: dict[str, Any], called: str):
    """Several events together, none for a while, or sensors themselves."""
    usual = ReactionRules((SUCCESS,))
    assert called_of(sensor(reacts_to=replace(usual, **rules))) == called


def test_who_is_there_is_not_missed(sensors: Sensors, store: Store, site: Site):
    """With a listener and a react worker there is no complaint."""
    site.register(fed())
    show_alive(store, *Role)
    store.sensors.listener_heartbeat("listener:1")
    assert sensors("list").stderr == ""


def test_the_last_tick_and_why(sensors: Sensors, site: Site):
    """The last tick is shown with its status, its age, and its reason."""
    site.commit(site.begun(), skip_reason="no files")
    (_, row) = sensors("list").stdout.splitlines()
    assert "SKIPPED" in row
    assert " ago " in row
    assert " in 29s " in row or " in 30s " in row
    assert row.endswith("no files")


def test_failures_in_a_row(sensors: Sensors, site: Site):
    """A sensor that fails shows how often in a row, and its error's first line."""
    for _ in range(3):
        site.fail(site.begun())
    (_, row) = sensors("list").stdout.splitlines()
    assert row.split()[-3:] == ["3", "ValueError:", "boom"]


def test_a_switch_by_hand_shows(sensors: Sensors, site: Site):
    """What an operator decided is told apart from the default of the code."""
    site.switch(False)
    assert "off (by hand)" in sensors("list").stdout
    site.switch(None)
    assert "(by hand)" not in sensors("list").stdout


def test_a_tick_under_way(sensors: Sensors, site: Site):
    """A sensor that is claimed or running says so instead of when it is due."""
    claim = site.claim()
    assert "waits for a worker" in sensors("list").stdout
    site.begin(claim)
    assert "running" in sensors("list").stdout


def test_a_late_sensor(sensors: Sensors, site: Site):
    """A sensor that should have been evaluated says for how long it has been waiting."""
    site.now -= 60_000
    site.register(sensor("late"))
    assert "late 1m" in sensors("list").stdout


def test_one_that_fails_again_and_again_is_said_to_back_off(sensors: Sensors, site: Site):
    """So that nobody wonders why it is due so late."""
    for _ in range(12):
        site.fail(site.begun())
    assert "(backing off)" in sensors("list").stdout
    (found,) = json.loads(sensors("list", "--json").stdout)
    assert (found["failures"], found["backing_off"]) == (12, True)
    site.poke()
    assert "backing off" not in sensors("list").stdout


def test_how_long_it_takes_and_whether_alone(sensors: Sensors, site: Site):
    """Nothing is said before the first tick, nor after a failure."""
    for outcome, said, takes_ms, quick in (
        (TickResult(timing=Timing(0.0, 2400.0)), "2.4s (alone)", 2400.0, False),
        (TickFailure(BOOM), "", None, False),
        (TickResult(timing=Timing(0.0, 0.31)), "0.3ms", 0.31, True),
    ):
        claim = site.begun()
        site.store.ticks.finish_ticks("loc", [(claim, outcome)], HOLDER, now_ms=site.now)
        assert said in sensors("list").stdout
        (found,) = json.loads(sensors("list", "--json").stdout)
        assert (found["takes_ms"], found["quick"]) == (takes_ms, quick)


def test_one_location(sensors: Sensors, site: Site, other: Site):
    """The list can be narrowed to a code location."""
    assert {row[0] for row in words(sensors("list"))[1:]} == {"loc", "other"}
    assert {row[0] for row in words(sensors("list", "--location", "other"))[1:]} == {"other"}


def test_workers_that_are_gone(sensors: Sensors, store: Store, site: Site):
    """A location whose workers are gone is named, with the command that starts some."""
    show_alive(store, Role.EVALUATE)
    complaint = sensors("list").stderr
    assert "loc: no launch worker for an hour or more" in complaint
    assert "sensors worker --location loc --role launch" in complaint
    assert "evaluate" not in complaint
    assert "beat" not in complaint


def test_no_beat(sensors: Sensors, store: Store, site: Site):
    """If no beat is alive the list says so."""
    show_alive(store, beat=False)
    assert "no beat is alive" in sensors("list").stderr


def test_nothing_there(sensors: Sensors):
    """An empty store is explained."""
    assert "registers" in sensors("list").stdout


def test_for_programs(sensors: Sensors, site: Site):
    """``--json`` gives every sensor with its last tick, and nothing else on stdout."""
    site.switch(True)
    commit = site.tick(request("r1", "a"), cursor="7")
    (found,) = json.loads(sensors("list", "--json").stdout)
    assert found["location"] == "loc"
    assert found["name"] == "s"
    assert found["running"] is True
    assert found["override"] is True
    assert found["running_by_default"] is True
    assert found["interval_seconds"] == 30.0
    assert found["next_due"].endswith("Z")
    assert found["failures"] == 0
    assert found["last_tick"]["status"] == "SUCCESS"
    assert found["last_tick"]["run_ids"] == list(commit.run_ids)
