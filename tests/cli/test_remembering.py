"""``sensors cursor`` and ``sensors run-keys``."""

import json

import pytest

from tests.cli.conftest import Sensors, words
from tests.support.site import Site, request


def test_none_and_empty_cursor_differ(sensors: Sensors, site: Site):
    """No cursor shows as None, the empty one as two quotes."""
    assert sensors("cursor", "s").stdout == "None\n"
    site.set_cursor("")
    assert sensors("cursor", "s").stdout == '""\n'


def test_cursor_for_programs(sensors: Sensors, site: Site):
    """``--json`` tells None from the empty text as null and ''."""
    assert json.loads(sensors("cursor", "s", "--json").stdout)["cursor"] is None
    site.set_cursor("")
    assert json.loads(sensors("cursor", "s", "--json").stdout)["cursor"] == ""


def test_set_cursor(sensors: Sensors, site: Site):
    """A cursor that is set shows the old one and the new one."""
    site.set_cursor("1")
    assert sensors("cursor", "s", "--set", "2").stdout == '"1" -> "2"\n'
    assert site.state().cursor == "2"


def test_set_the_empty_cursor(sensors: Sensors, site: Site):
    """The empty text can be set; it is no reset."""
    assert sensors("cursor", "s", "--set", "").stdout == 'None -> ""\n'
    assert site.state().cursor == ""


def test_reset_cursor(sensors: Sensors, site: Site):
    """A reset leaves no cursor at all."""
    site.set_cursor("1")
    assert sensors("cursor", "s", "--reset").stdout == '"1" -> None\n'
    assert site.state().cursor is None


def test_set_and_reset_exclude_each_other(sensors: Sensors, site: Site):
    """Both at once is wrong usage."""
    sensors("cursor", "s", "--set", "1", "--reset", code=2)
    assert site.state().cursor is None


def test_a_cursor_too_large(sensors: Sensors, site: Site, monkeypatch: pytest.MonkeyPatch):
    """What no tick may leave, an operator may not set either."""
    monkeypatch.setenv("SENSORS_CURSOR_MAX_BYTES", "3")
    assert "SENSORS_CURSOR_MAX_BYTES" in sensors("cursor", "s", "--set", "long", code=2).stderr


def test_run_keys(sensors: Sensors, site: Site):
    """The run keys are shown with the run that each made."""
    site.tick(request("r1", "a"), request("r2", "b"))
    assert words(sensors("run-keys", "s"))[1:] == [["a", "r1"], ["b", "r2"]]
    assert json.loads(sensors("run-keys", "s", "--json").stdout) == [
        {"run_key": "a", "run_id": "r1"},
        {"run_key": "b", "run_id": "r2"},
    ]


def test_more_run_keys_than_shown(sensors: Sensors, site: Site):
    """Where not all are shown, that is said."""
    site.tick(request("r1", "a"), request("r2", "b"))
    assert "There are more" in sensors("run-keys", "s", "--limit", "1").stdout
    assert "There are more" not in sensors("run-keys", "s", "--limit", "2").stdout


def test_clear_some_run_keys(sensors: Sensors, site: Site):
    """Keys that are named are forgotten, the others stay."""
    site.tick(request("r1", "a"), request("r2", "b"), request("r3", "c"))
    result = sensors("run-keys", "s", "--clear", "a", "--clear", "b")
    assert result.stdout == "loc/s: 2 run keys forgotten\n"
    assert site.store.run_keys.some("loc", "s") == {"c": "r3"}


def test_clear_all_run_keys(sensors: Sensors, site: Site):
    """All keys are forgotten only on demand."""
    site.tick(request("r1", "a"), request("r2", "b"))
    assert "2 run keys forgotten" in sensors("run-keys", "s", "--clear-all").stdout
    assert site.store.run_keys.some("loc", "s") == {}


def test_run_keys_that_fit_a_pattern(sensors: Sensors, site: Site):
    """They are shown, or forgotten."""
    site.tick(request("r1", "a-1"), request("r2", "a-2"), request("r3", "b-1"))
    found = json.loads(sensors("run-keys", "s", "--match", "a-*", "--json").stdout)
    assert [each["run_key"] for each in found] == ["a-1", "a-2"]
    assert "no run key that fits c*" in sensors("run-keys", "s", "--match", "c*").stdout
    result = sensors("run-keys", "s", "--match", "a-*", "--clear-all")
    assert result.stdout == "loc/s: 2 run keys forgotten\n"
    assert site.store.run_keys.some("loc", "s") == {"b-1": "r3"}


def test_a_key_and_a_pattern_exclude_each_other(sensors: Sensors, site: Site):
    """A key that is named is meant as it is."""
    assert "exclude" in sensors("run-keys", "s", "--clear", "a", "--match", "a*", code=2).stderr


def test_clear_an_unknown_run_key(sensors: Sensors, site: Site):
    """A key that was never used is an error that offers the nearest; nothing is forgotten."""
    site.tick(request("r1", "report.csv"), request("r2", "b"))
    result = sensors("run-keys", "s", "--clear", "b", "--clear", "reprot.csv", code=2)
    assert "Did you mean report.csv?" in result.stderr
    assert len(site.store.run_keys.some("loc", "s")) == 2


def test_no_run_keys(sensors: Sensors, site: Site):
    """A sensor without run keys says so."""
    assert "no run key" in sensors("run-keys", "s").stdout
