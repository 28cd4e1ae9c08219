"""``sensors skip`` and ``sensors replay``."""

import json

import pytest

from sensors_app.operating import replays
from tests.cli.conftest import Sensors
from tests.support.reacting import FAILURE, Reacting
from tests.support.site import Site


def replayed(reacting: Reacting) -> list[str | None]:
    """Return the runs for which the sensor is called by what is replayed."""
    reacting.listen_to_replays()
    return sorted(str(run) for runs in reacting.runs() for run in runs)


@pytest.fixture
def history(reacting: Reacting) -> list[str]:
    """The ids of events an hour, half an hour and a minute ago, which were read and skipped."""
    now, idents = reacting.site.now, []
    for run_id, ago in (("hour", 3_600_000), ("half", 1_800_000), ("minute", 60_000)):
        reacting.site.now = now - ago
        idents.append(reacting.happen(run_id))
    reacting.site.now = now
    reacting.listen()
    reacting.skip()
    return idents


def test_skip(sensors: Sensors, reacting: Reacting):
    """What waits is given up, and so is what no listener has read."""
    reacting.site.now -= 10_000
    reacting.happened("r1", "r2")
    reacting.happen("unread")
    assert "2 calls that waited given up" in sensors("skip", "s").stdout
    reacting.listen()
    assert reacting.of() == []
    assert json.loads(sensors("skip", "s", "--json").stdout)["skipped"] == 0


def test_replay_since(sensors: Sensors, reacting: Reacting, history: list[str]):
    """Events from a time on are delivered once more."""
    assert "loc/s gets 2 events once more." in sensors("replay", "s", "--since", "45m").stdout
    assert replayed(reacting) == ["half", "minute"]


def test_replay_from_an_event(sensors: Sensors, reacting: Reacting, history: list[str]):
    """That event is among them."""
    sensors("replay", "s", "--from", history[1])
    assert replayed(reacting) == ["half", "minute"]


def test_replay_until(sensors: Sensors, reacting: Reacting, history: list[str]):
    """Up to a time."""
    sensors("replay", "s", "--since", "2h", "--until", "10m")
    assert replayed(reacting) == ["half", "hour"]


def test_replay_counts_what_is_the_sensors(
    sensors: Sensors, reacting: Reacting, history: list[str], monkeypatch: pytest.MonkeyPatch
):
    """Page by page, up to a limit."""
    reacting.happen("bad", FAILURE)
    monkeypatch.setattr(replays, "PAGE", 1)
    assert json.loads(sensors("replay", "s", "--since", "2h", "--json").stdout) == {
        "location": "loc",
        "sensor": "s",
        "events": 3,
        "more": False,
    }
    monkeypatch.setattr(replays, "COUNTED_MAX", 2)
    assert "more than 2 events" in sensors("replay", "s", "--since", "2h").stdout


def test_nothing_to_replay(sensors: Sensors, reacting: Reacting, history: list[str]):
    """No event of that time is said, and nothing is asked of listeners."""
    assert "nothing to replay" in sensors("replay", "s", "--since", "1s").stdout
    assert reacting.site.store.deliveries.read_states(["loc"])["loc"].replays == []


def test_a_sensor_that_is_off(sensors: Sensors, reacting: Reacting, history: list[str]):
    """What it is called for is held, and that is said."""
    reacting.site.switch(False)
    assert "loc/s is off" in sensors("replay", "s", "--since", "2h").stderr


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--since", "1h", "--from", "1-0"],
        ["--since", "yesterday"],
        ["--from", "abc"],
    ],
)
def test_where_from(sensors: Sensors, reacting: Reacting, args: list[str]):
    """A replay needs one beginning, and one that can be read."""
    assert "Usage:" in sensors("replay", "s", *args, code=2).stderr


@pytest.mark.parametrize("command", [("skip", "s"), ("replay", "s", "--since", "1h")])
def test_a_sensor_that_is_polled(sensors: Sensors, site: Site, command: tuple[str, ...]):
    """No event feeds it."""
    assert "is not called for events" in sensors(*command, code=2).stderr
