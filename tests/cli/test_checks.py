"""What ``sensors doctor`` thinks of what it finds."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from sensors_app.cli import checks
from sensors_app.model.locations import LocationState, Role, WorkerInfo
from sensors_app.operating.server_checks import Check, Level, check_server
from sensors_app.settings import Settings
from sensors_app.storage.client import ServerReport
from tests.support.site import location, sensor

GOOD = ServerReport("7.2.4", "noeviction", True, "everysec", 3)
WORKER = WorkerInfo("w@h:1", (Role.EVALUATE, Role.LAUNCH), 2, 1, "1")
SERVED = LocationState(location(sensor()), 0, [WORKER])


def of_server(**fields: object) -> dict[str, Check]:
    """Return the checks of a server that differs in these fields from a good one."""
    return {check.name: check for check in check_server(replace(GOOD, **fields))}


def levels(*found: Check) -> list[Level]:
    """Return how bad findings are."""
    return [check.level for check in found]


def test_a_good_server():
    """A server that keeps what it is given passes every check."""
    assert set(levels(*of_server().values())) == {Level.OK}


@pytest.mark.parametrize(
    ("version", "level"),
    [("6.0.16", Level.FAIL), ("6.2.0", Level.OK), ("8.1", Level.OK), ("255.255.255", Level.OK)],
)
def test_server_version(version: str, level: Level):
    """A server without the commands that the scripts use fails."""
    assert of_server(version=version)["server version"].level is level


@pytest.mark.parametrize(
    ("policy", "level"), [("allkeys-lru", Level.FAIL), ("unknown", Level.WARN)]
)
def test_eviction(policy: str, level: Level):
    """A server that may throw cursors and run keys away fails."""
    assert of_server(maxmemory_policy=policy)["eviction"].level is level


@pytest.mark.parametrize(
    ("persistent", "fsync", "level", "lost"),
    [
        (False, None, Level.WARN, "lost when it stops"),
        (True, None, Level.WARN, "the last one is lost"),
        (True, "no", Level.WARN, "30 s"),
        (True, "everysec", Level.OK, "up to a second"),
        (True, "always", Level.OK, "nothing is lost"),
    ],
)
def test_persistence(persistent: bool, fsync: str | None, level: Level, lost: str):
    """What may be lost when the server dies is said plainly."""
    check = of_server(persistent=persistent, appendfsync=fsync)["persistence"]
    assert check.level is level
    assert lost in check.found


def test_clock():
    """Clocks that differ by more than a second are a warning, with the direction."""
    assert "behind" in of_server(clock_skew_ms=5000)["clock"].found
    assert "ahead of" in of_server(clock_skew_ms=-5000)["clock"].found
    assert of_server(clock_skew_ms=-5000)["clock"].level is Level.WARN


def test_package_versions():
    """A package that is missing or too old fails, with the command that helps."""
    assert checks.check_package("celery", "5.7.0").level is Level.OK
    assert checks.check_package("celery", "5.10.1").level is Level.OK
    old = checks.check_package("celery", "5.6.9")
    assert old.level is Level.FAIL
    assert "pip install 'celery>=5.7'" in old.remedy
    assert checks.check_package("celery", None).level is Level.FAIL


def test_minimum_versions_are_those_of_the_package():
    """The versions that are asked for are those in pyproject.toml."""
    root = Path(__file__).parents[2]
    wanted = tomllib.loads((root / "pyproject.toml").read_text())["project"]["dependencies"]
    versions = dict(re.match(r"([a-z0-9-]+)(?:\[\w+\])?>=(.+)", text).groups() for text in wanted)
    for name, minimum in checks.MINIMUM_VERSIONS.items():
        assert checks.version_tuple(versions[name])[: len(minimum)] == minimum


def test_mistyped_variables():
    """A variable that is no setting is named, with the setting that was meant."""
    (check,) = checks.check_environment(["SENSORS_REDIS_URI", "PATH", "_SENSORS_COMPLETE"])
    assert check.level is Level.WARN
    assert "SENSORS_REDIS_URL" in check.remedy


def test_known_variables():
    """Settings are no finding, however they are written."""
    names = ["SENSORS_REDIS_URL", "sensors_locations", "SENSORS_TASK_EVENTS"]
    assert levels(*checks.check_environment(names)) == [Level.OK]


def test_broker_in_the_database_of_the_state():
    """A broker that shares the state's database is a danger to it."""
    same = Settings(redis_url="redis://h/0", broker_url="redis://h/0")
    assert checks.check_urls(same).level is Level.WARN
    assert checks.check_urls(Settings(redis_url="redis://h/0")).level is Level.OK


def test_a_location_that_is_served():
    """A location with workers of both roles passes."""
    found = checks.check_location("loc", "package.module", SERVED)
    assert set(levels(*found)) == {Level.OK}


def test_a_location_that_never_registered():
    """A location that is configured and never started fails."""
    (check,) = checks.check_location("loc", "package.module", None)
    assert check.level is Level.FAIL
    assert "sensors worker --location loc" in check.remedy


def test_workers_for_slow_sensors():
    """They are shown where there are some; nobody has to have any."""
    slow = replace(WORKER, roles=(Role.SLOW,))
    shown = checks.check_location("loc", None, replace(SERVED, workers=[WORKER, slow]))
    assert "slow workers of loc" in {check.name for check in shown}
    assert "slow workers of loc" not in {
        check.name for check in checks.check_location("loc", None, SERVED)
    }


def test_a_role_that_nobody_serves():
    """A role without a living worker fails, with the command that starts one."""
    dead = replace(WORKER, roles=(Role.LAUNCH,), alive=False)
    state = replace(SERVED, workers=[replace(WORKER, roles=(Role.EVALUATE,)), dead])
    (failed,) = [
        check
        for check in checks.check_location("loc", "package.module", state)
        if check.level is Level.FAIL
    ]
    assert "sensors worker --location loc --role launch" in failed.remedy


def test_a_location_left_over():
    """A location that nobody configures and nobody serves is a warning."""
    found = checks.check_location("loc", None, replace(SERVED, workers=[]))
    assert levels(*found) == [Level.WARN]


def test_another_module():
    """A location that is configured otherwise here than for its workers is a warning."""
    assert Level.WARN in levels(*checks.check_location("loc", "package.elsewhere", SERVED))


def test_workers_with_old_code():
    """Workers that have loaded different code are a warning."""
    state = replace(SERVED, workers=[WORKER, replace(WORKER, node="x", version="2")])
    assert levels(*checks.check_location("loc", "package.module", state))[-1] is Level.WARN


def test_beats():
    """Without a beat nothing is evaluated."""
    assert checks.check_beats([]).level is Level.FAIL
    assert checks.check_beats(["h:1", "h:2"]).level is Level.OK


def test_backlog():
    """Much to send, or something sent long ago that nobody took up, is a warning."""
    assert checks.check_backlog({"loc": (3, 4)}, {"loc": 500}).level is Level.OK
    assert checks.check_backlog({"loc": (3000, 0)}, {}).level is Level.WARN
    assert checks.check_backlog({"loc": (0, 9)}, {"loc": 90_000}).level is Level.WARN
