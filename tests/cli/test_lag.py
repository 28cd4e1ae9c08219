"""``sensors lag``."""

import json

import pytest

from sensors_app.operating import lag
from tests.cli.conftest import Sensors, words
from tests.support.reacting import FAILURE, Reacting, fed
from tests.support.site import Site, sensor


def test_events_that_no_listener_has_read(sensors: Sensors, reacting: Reacting):
    """They are counted, and the oldest tells for how long they have waited."""
    reacting.site.now -= 90_000
    reacting.happen("r1")
    reacting.happen("r2")
    row = words(sensors("lag"))[1]
    assert row[:4] == ["loc", "s", "on", "2"]
    assert row[4] in {"1m", "30s"}
    reacting.listen()
    assert words(sensors("lag"))[1] == ["loc", "s", "on", "0", "2", "0", "0", "0"]


def test_only_its_own_events(sensors: Sensors, reacting: Reacting):
    """What a sensor is not called for is nothing that it is behind of."""
    reacting.site.register(fed(), fed("t", kinds=(FAILURE,)))
    reacting.happen("r1")
    found = {each["sensor"]: each["unread"] for each in lags(sensors)}
    assert found == {"s": 1, "t": 0}


def test_what_it_will_not_get(sensors: Sensors, reacting: Reacting):
    """A sensor that is off is behind nothing, nor is one behind what came before its start."""
    reacting.happen("r1", at=reacting.site.now - 60_000)
    reacting.site.switch(False)
    assert lags(sensors)[0]["unread"] == 0
    reacting.site.switch(True)
    assert lags(sensors)[0]["unread"] == 0
    reacting.site.now += 1
    reacting.happen("r2")
    assert lags(sensors)[0]["unread"] == 1


def lags(sensors: Sensors, *args: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(sensors("lag", *args, "--json").stdout)
    return found


def test_its_reactions_by_state(sensors: Sensors, reacting: Reacting):
    """What waits, runs, is held and is dead; the names in the JSON are a contract."""
    reacting.died()
    reacting.happened("r2")
    (ident,) = reacting.take()
    reacting.begin(ident)
    reacting.happen("r3")
    (found,) = lags(sensors)
    assert isinstance(found.pop("oldest_unread_ms"), int)
    assert str(found.pop("oldest_unread_at")).endswith("Z")
    assert found == {
        "location": "loc",
        "sensor": "s",
        "running": True,
        "unread": 1,
        "more_unread": False,
        "replays": 0,
        "reactions": {"waiting": 0, "running": 1, "held": 0, "dead": 1},
    }


def test_very_many(sensors: Sensors, reacting: Reacting, monkeypatch: pytest.MonkeyPatch):
    """Of very many events some are looked at, and that there are more is said."""
    monkeypatch.setattr(lag, "UNREAD_MAX", 2)
    for n in range(3):
        reacting.happen(f"r{n}")
    assert words(sensors("lag"))[1][3] == "2+"
    assert lags(sensors)[0]["more_unread"] is True


def test_a_replay_that_is_to_be_read(sensors: Sensors, reacting: Reacting):
    """Old events that are to be delivered once more are no lag, but work to come."""
    reacting.happened("r1")
    sensors("replay", "s", "--since", "1h")
    assert "0 and a replay" in sensors("lag").stdout
    assert lags(sensors)[0]["replays"] == 1


def test_one_location(sensors: Sensors, reacting: Reacting, other: Site):
    """The list can be narrowed to a code location."""
    other.register(fed())
    assert [each["location"] for each in lags(sensors)] == ["loc", "other"]
    assert [each["location"] for each in lags(sensors, "--location", "other")] == ["other"]


def test_none_that_events_feed(sensors: Sensors, site: Site):
    """Without such a sensor that is said, and nobody is missed."""
    result = sensors("lag")
    assert result.stdout == "No sensor is called for events.\n"
    assert result.stderr == ""


def test_who_is_missing(sensors: Sensors, reacting: Reacting):
    """A listener, and react workers."""
    missing = sensors("lag").stderr
    assert "sensors listener" in missing
    assert "--role react" in missing


def test_polled_sensors_that_no_worker_could_take_yet(sensors: Sensors, site: Site):
    """By lane: how many are due, how many claimed, and for how long the first has been due."""
    site.now -= 90_000
    site.register(sensor("s"), sensor("quick"))
    site.now += 90_000
    site.tick(name="quick")
    quick, slow = json.loads(sensors("lag", "--polled", "--json").stdout)
    assert quick == {"location": "loc", "lane": "quick", "due": 0, "claimed": 0, "lag_ms": 0}
    assert (slow["lane"], slow["due"], slow["claimed"]) == ("slow", 1, 0)
    none, some = words(sensors("lag", "--polled"))[1:]
    assert none == ["loc", "quick", "0", "0"]
    assert some[:4] == ["loc", "slow", "1", "0"]
    assert len(some) > 4
