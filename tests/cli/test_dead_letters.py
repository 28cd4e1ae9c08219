"""``sensors dead-letters``."""

import json

import pytest
from click.testing import CliRunner

from sensors_app.cli import cli
from tests.cli.conftest import Sensors, words
from tests.support.reacting import Reacting, fed
from tests.support.site import Site


def die(reacting: Reacting, *run_ids: str, name: str = "s") -> None:
    """Have a sensor called for these runs, and fail for good."""
    for run_id in run_ids:
        reacting.happen(run_id)
    reacting.listen()
    reacting.take()
    for each in reacting.of(name):
        if each.state == "waiting" and reacting.begin(each.ident, name=name):
            reacting.fail(each.ident, name=name, final=True)


def letters(sensors: Sensors, *args: str) -> list[str]:
    """Return the runs that the dead letters are for."""
    found = json.loads(sensors("dead-letters", *args, "--json").stdout)
    return sorted(event["run_id"] for each in found for event in each["events"])


def test_a_list(sensors: Sensors, reacting: Reacting):
    """Each with what it was for, how often it was tried, and its error."""
    die(reacting, "r1", "r2")
    rows = words(sensors("dead-letters"))[1:]
    assert {row[0] for row in rows} == {"loc/1", "loc/2"}
    assert rows[0][1:4] == ["s", "SUCCESS", "of"]
    assert rows[0][-2:] == ["ValueError:", "boom"]


def test_of_one_sensor(sensors: Sensors, reacting: Reacting):
    """The list can be narrowed to a sensor, and be bounded."""
    reacting.site.register(fed(), fed("t"))
    die(reacting, "r1", "r2")
    die(reacting, name="t")
    assert letters(sensors) == ["r1", "r1", "r2", "r2"]
    assert letters(sensors, "t") == ["r1", "r2"]
    assert "These are 1 of 2" in sensors("dead-letters", "t", "--limit", "1").stdout


def test_none(sensors: Sensors, reacting: Reacting):
    """None is a sentence for people and an empty list for programs."""
    assert sensors("dead-letters").stdout == "No dead letters.\n"
    assert letters(sensors) == []


def test_one_in_full(sensors: Sensors, reacting: Reacting):
    """With its events, its attempts, and the frames of the user's code."""
    die(reacting, "r1")
    shown = sensors("dead-letters", "--show", "1").stdout
    assert "loc/s" in shown
    assert "SUCCESS of upstream/job r1" in shown
    assert "ValueError: boom" in shown
    assert "frame" in shown
    found = json.loads(sensors("dead-letters", "--show", "loc/1", "--json").stdout)
    assert (found["state"], found["attempts"]) == ("dead", 1)
    assert found["error"]["message"] == "ValueError: boom\n"


def test_retry(sensors: Sensors, reacting: Reacting):
    """Those that are named are tried anew, with all attempts."""
    die(reacting, "r1", "r2", "r3")
    assert sensors("dead-letters", "--retry", "1", "loc/2").stdout == "2 dead letters tried anew.\n"
    assert letters(sensors) == ["r3"]
    assert [each.attempt for each in reacting.of() if each.state == "waiting"] == [0, 0]


def test_retry_all(sensors: Sensors, reacting: Reacting):
    """All, or all of a sensor."""
    reacting.site.register(fed(), fed("t"))
    die(reacting, "r1")
    die(reacting, name="t")
    assert json.loads(sensors("dead-letters", "t", "--retry", "--all", "--json").stdout) == {
        "retried": 1
    }
    assert reacting.states("s") == ["dead"]
    sensors("dead-letters", "--retry", "--all")
    assert reacting.states("s") == ["waiting"]


def test_drop(sensors: Sensors, reacting: Reacting):
    """They are given up once somebody has said yes."""
    die(reacting, "r1", "r2")
    refused = CliRunner().invoke(cli, ["dead-letters", "--drop", "1"], input="n\n")
    assert "Give up 1 dead letter?" in refused.stderr
    assert letters(sensors) == ["r1", "r2"]
    assert CliRunner().invoke(cli, ["dead-letters", "--drop", "1"], input="y\n").exit_code == 0
    assert letters(sensors) == ["r2"]
    assert sensors("dead-letters", "--drop", "--all", "--yes").stdout == "1 dead letter dropped.\n"
    assert reacting.of() == []


def test_nothing_changes_if_an_id_is_wrong(sensors: Sensors, reacting: Reacting):
    """An id that is none, or of a reaction that is not dead, ends the command before that."""
    die(reacting, "r1")
    reacting.happened("r2")
    assert "no reaction '77'" in sensors("dead-letters", "--retry", "1", "77", code=2).stderr
    assert "loc/2 is no dead letter: it is waiting" in (
        sensors("dead-letters", "--drop", "1", "2", "--yes", code=2).stderr
    )
    assert letters(sensors) == ["r1"]


def test_an_id_of_two_locations(sensors: Sensors, reacting: Reacting, other: Site):
    """It must say which is meant."""
    other.register(fed())
    there = Reacting(other)
    there.happened("r1")
    die(reacting, "r2")
    asked = sensors("dead-letters", "--show", "1", code=2).stderr
    assert "loc/1 or other/1" in asked
    assert "other/s" in sensors("dead-letters", "--show", "other/1").stdout


@pytest.mark.parametrize(
    "args",
    [
        ["--retry"],
        ["--retry", "--drop", "1"],
        ["--show"],
        ["s", "s"],
        ["--drop", "s", "s", "--all"],
    ],
)
def test_what_cannot_be_meant(sensors: Sensors, reacting: Reacting, args: list[str]):
    """Neither ids nor --all, or two things at once, is an error, and not all of them."""
    assert "Usage:" in sensors("dead-letters", *args, code=2).stderr


def test_who_is_missing_for_a_retry(sensors: Sensors, reacting: Reacting):
    """It waits for a react worker, and that is said."""
    die(reacting, "r1")
    assert "--role react" in sensors("dead-letters", "--retry", "1").stderr
