"""The units of systemd: as far as they can be held true without it."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from sensors_app.cli.root import cli
from sensors_app.model.locations import Role
from sensors_app.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
ROLES = [role.value for role in Role]
SERVICES = sorted(path.name for path in FOLDER.glob("*.service"))
SECONDS = {"": 1, "min": 60, "h": 3600}


def options(name: str) -> dict[str, list[str]]:
    """Return the values of each option of a unit, whose sections share no names."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in (FOLDER / name).read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[key].append(value)
    return found


def test_each_process_has_a_unit():
    """Workers a template each: its instance is the code location."""
    workers = [f"sensors-{role}@.service" for role in ROLES]
    others = [f"sensors-{name}.service" for name in ("beat", "listener", "web")]
    assert sorted([*workers, *others]) == SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_it_starts_what_exists(name: str):
    """And what its name says."""
    (line,) = options(name)["ExecStart"]
    program, command, *arguments = line.split()
    assert program.endswith("/sensors")
    assert command in cli.commands
    if "@" in name:
        role = name.removeprefix("sensors-").partition("@")[0]
        assert command == "worker"
        assert arguments[:4] == ["--location", "%i", "--role", role]
    else:
        assert name == f"sensors-{command}.service"


@pytest.mark.parametrize("name", SERVICES)
def test_it_stops_in_good_order(name: str):
    """Told once, with time to finish; whoever was to be told by a person is not started again."""
    unit = options(name)
    assert unit["KillMode"] == ["mixed"]
    assert unit["Restart"] == ["always"]
    assert unit["RestartPreventExitStatus"] == ["2"]
    assert unit["PartOf"] == unit["WantedBy"] == ["sensors.target"]


@pytest.mark.parametrize("role", ROLES)
def test_workers_have_time_to_finish(role: str):
    """More than a sensor's usual limit with its margin."""
    (text,) = options(f"sensors-{role}@.service")["TimeoutStopSec"]
    number, unit = re.fullmatch(r"(\d+)(\w*)", text).groups()  # type: ignore[union-attr]
    assert int(number) * SECONDS[unit] > 60 + Settings().hard_limit_margin_seconds


@pytest.mark.parametrize("name", SERVICES)
def test_it_is_confined(name: str):
    """It is not root, cannot become it, and writes nowhere but to its own folder."""
    unit = options(name)
    assert unit["User"] == ["sensors"]
    assert unit["NoNewPrivileges"] == unit["PrivateTmp"] == unit["ProtectHome"] == ["yes"]
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["CapabilityBoundingSet"] == [""]
