"""``sensors reactions``."""

import json

from sensors_app.model.locations import Role
from tests.cli.conftest import Sensors, words
from tests.cli.fake_worker import show_alive
from tests.support.reacting import Reacting, fed
from tests.support.site import Site, sensor


def test_what_waits_runs_and_failed(sensors: Sensors, reacting: Reacting):
    """Each reaction is shown with its state, what it is for, and why it failed last."""
    first, second, _ = reacting.happened("r1", "r2", "r3")
    reacting.take()
    for ident in (first, second):
        assert reacting.begin(ident)
    reacting.fail(first)
    shown = sensors("reactions", "s").stdout
    assert "loc/s: 2 waiting, 1 running" in shown
    rows = [row for row in words(sensors("reactions", "s")) if row and row[0].startswith("loc/")]
    assert rows[1][:2] == ["loc/1", "waiting"]
    assert "(retry in" in shown
    assert "SUCCESS of upstream/job r1" in shown
    assert "ValueError: boom" in shown
    assert rows[2][:2] == ["loc/2", "running"]
    assert rows[3][:2] == ["loc/3", "waiting"]


def test_its_last_calls(sensors: Sensors, reacting: Reacting):
    """What became of calls is shown below, newest first; each can be looked at."""
    reacting.commit(reacting.begun("r1"), skip_reason="nothing to do")
    shown = sensors("reactions", "s").stdout
    assert "nothing waits" in shown
    assert "nothing to do" in shown
    (call,) = reacting.site.store.ticks.ticks("loc", "s")
    assert "nothing to do" in sensors("tick", "s", call.tick_id).stdout


def test_calls_that_ended_at_the_same_time(sensors: Sensors, reacting: Reacting):
    """Their ids have two numbers; they can be looked at like any."""
    first, second = reacting.happened("r1", "r2")
    reacting.take()
    for ident, reason in ((first, "one"), (second, "two")):
        assert reacting.begin(ident)
        reacting.commit(ident, skip_reason=reason)
    last, before = reacting.site.store.ticks.ticks("loc", "s")
    assert last.tick_id.endswith("-1")
    assert "two" in sensors("tick", "s", last.tick_id).stdout
    assert before.tick_id in sensors("ticks", "s", "--before", last.tick_id).stdout


def test_held(sensors: Sensors, reacting: Reacting):
    """While the sensor is off its calls are held, and the way to let them go is named."""
    (ident,) = reacting.happened("r1")
    reacting.take()
    reacting.site.switch(False)
    assert reacting.begin(ident) is None
    result = sensors("reactions", "s")
    assert "1 held" in result.stdout
    assert "sensors start loc/s" in result.stderr


def test_who_is_missing(sensors: Sensors, reacting: Reacting):
    """Without a listener or a react worker nothing is called, and that is said."""
    missing = sensors("reactions", "s").stderr
    assert "sensors listener" in missing
    assert "--role react" in missing
    show_alive(reacting.site.store, *Role)
    reacting.site.store.sensors.listener_heartbeat("listener:1")
    assert sensors("reactions", "s").stderr == ""


def test_a_batch(sensors: Sensors, reacting: Reacting):
    """One call for several events names the first of them."""
    reacting.site.register(fed(batch_size=10))
    reacting.happened("r1", "r2", "r3")
    assert "SUCCESS of upstream/job r1 and 2 more" in sensors("reactions", "s").stdout


def test_for_programs(sensors: Sensors, reacting: Reacting):
    """The names in the JSON are a contract."""
    (ident,) = reacting.happened("r1")
    found = json.loads(sensors("reactions", "s", "--json").stdout)
    assert found["counts"] == {"waiting": 1, "running": 0, "held": 0, "dead": 0}
    assert found["calls"] == []
    (reaction,) = found["reactions"]
    (event,) = reaction.pop("events")
    assert event["run_id"] == "r1"
    assert reaction.pop("created_at").endswith("Z")
    assert reaction == {
        "id": f"loc/{int(ident)}",
        "location": "loc",
        "sensor": "s",
        "state": "waiting",
        "attempts": 0,
        "retry_at": None,
        "died_at": None,
        "error": None,
    }


def test_a_sensor_that_is_polled(sensors: Sensors, site: Site):
    """It has ticks, and no reactions."""
    site.register(sensor())
    assert "sensors ticks loc/s" in sensors("reactions", "s", code=2).stderr


def test_one_that_events_fed_once(sensors: Sensors, reacting: Reacting):
    """What is left of that time is shown, can be retried, and given up."""
    reacting.died()
    reacting.happened("r2")
    reacting.site.register(sensor(), version="2")
    result = sensors("reactions", "s")
    assert "1 waiting, 1 dead" in result.stdout
    assert "not called for events any more" in result.stderr
    assert "loc/1" in sensors("dead-letters", "s").stdout
    assert "1 call that waited given up" in sensors("skip", "s").stdout
