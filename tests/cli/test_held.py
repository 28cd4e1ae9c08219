"""``sensors held``, ``release`` and ``discard``."""

import json

import pytest
from click.testing import CliRunner

from sensors_app.cli import cli
from sensors_app.model.sensors import SensorOptions
from tests.cli.conftest import Sensors, words
from tests.support.site import Site, request, sensor


@pytest.fixture
def tick_id(site: Site) -> str:
    """A tick is held that asks for three runs, where two are allowed."""
    site.register(sensor(options=SensorOptions(max_requests_per_tick=2)))
    claim = site.begun()
    assert site.commit(claim, *[request(f"r{n}", f"k{n}") for n in range(3)], cursor="c").held
    return str(claim.token)


def test_none(sensors: Sensors):
    """None is a sentence for people and an empty list for programs."""
    assert sensors("held").stdout == "No tick is held.\n"
    assert json.loads(sensors("held", "--json").stdout) == []


def test_a_list(sensors: Sensors, tick_id: str):
    """Each with how many runs it asks for, and why it is held."""
    (row,) = words(sensors("held"))[1:]
    assert row[:3] == ["loc", "s", tick_id]
    (found,) = json.loads(sensors("held", "--json").stdout)
    assert (found["requests"], found["most"], found["tick_id"]) == (3, 2, tick_id)
    assert "max_requests_per_tick is 2" in found["reason"]


def test_one_with_what_it_asks_for(sensors: Sensors, tick_id: str):
    """Whoever decides sees the first of its requests."""
    shown = sensors("held", "s").stdout
    assert tick_id in shown
    assert "k2" in shown
    detail = json.loads(sensors("held", "loc/s", "--json").stdout)
    assert [each["run_key"] for each in detail["first_requests"]] == ["k0", "k1", "k2"]


def test_a_sensor_without_one(site: Site):
    """There is nothing to show or to decide."""
    for command in ("held", "release", "discard"):
        refused = CliRunner().invoke(cli, [command, f"{site.name}/s"])
        assert refused.exit_code == 2
        assert "No tick of loc/s is held." in refused.stderr


def test_yes(sensors: Sensors, site: Site, tick_id: str):
    """Asked once more, with the number; then the runs are to be created."""
    refused = CliRunner().invoke(cli, ["release", "s"], input="n\n")
    assert "Launch 3 runs of loc/s?" in refused.stderr
    assert site.state().activity == "held"
    assert sensors("release", "s", "--yes").stdout == "loc/s: 3 runs to be launched.\n"
    assert site.store.large_ticks.left_behind(site.name) == [("s", int(tick_id))]
    (entry,) = site.store.audit.entries(site.name)
    assert (entry.action, entry.target) == ("release", "s")


def test_no(sensors: Sensors, site: Site, tick_id: str):
    """The tick says who gave its requests up, and why; so does the audit trail."""
    refused = CliRunner().invoke(cli, ["discard", "s"], input="n\n")
    assert "Give up 3 requests of loc/s?" in refused.stderr
    done = sensors("discard", "s", "--why", "wrong folder", "--move-on", "--yes")
    assert done.stdout == "loc/s: 3 requests given up.\n"
    tick = site.store.ticks.tick(site.name, "s", tick_id)
    assert tick is not None
    assert (tick.skip_reason or "").endswith(": wrong folder")
    assert site.state().cursor == "c"
    (entry,) = site.store.audit.entries(site.name)
    assert entry.action == "discard"
    assert "wrong folder" in entry.detail


def test_the_list_of_sensors_says_so(sensors: Sensors, tick_id: str):
    """Instead of when it is due next."""
    (row,) = words(sensors("list"))[1:]
    assert "held" in row
    (found,) = json.loads(sensors("list", "--json").stdout)
    assert (found["activity"], found["next_due"]) == ("held", None)
    assert "3 runs" in found["held"]


def test_who_waits_for_an_evaluation_is_told(sensors: Sensors, tick_id: str):
    """None follows before somebody has decided."""
    refused = CliRunner().invoke(cli, ["evaluate", "s", "--wait", "--timeout", "0.1"])
    assert refused.exit_code == 1
    assert "A tick of it is held" in refused.stderr
    assert "sensors release loc/s" in refused.stderr
