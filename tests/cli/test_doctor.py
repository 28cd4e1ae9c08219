"""``sensors doctor`` on a real store."""

import json
import socket

import pytest

from sensors_app.cli import event_checks
from sensors_app.cli.doctor import check_broker
from sensors_app.model.locations import Role
from sensors_app.operating.server_checks import Level
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.cli.conftest import Sensors
from tests.cli.fake_worker import show_alive
from tests.support.reacting import Reacting
from tests.support.site import Site


def findings(stdout: str) -> dict[str, str]:
    """Return the level of each check."""
    return {check["name"]: check["level"] for check in json.loads(stdout)["checks"]}


def test_all_is_well(sensors: Sensors, store: Store, site: Site, monkeypatch: pytest.MonkeyPatch):
    """With servers, workers and a beat there is no failure; exit code 0."""
    monkeypatch.setenv("SENSORS_LOCATIONS", "loc=package.module")
    show_alive(store)
    shown = sensors("doctor", "--json")
    assert json.loads(shown.stdout)["ok"] is True
    assert findings(shown.stdout)["beat"] == "ok"
    assert "package.module, 1 sensor" in sensors("doctor").stdout


def test_what_is_missing(sensors: Sensors, site: Site):
    """Missing workers and beats fail, and each says what to start; exit code 1."""
    shown = sensors("doctor", code=1).stdout
    assert "sensors beat" in shown
    assert "sensors worker --location loc --role evaluate" in shown
    assert findings(sensors("doctor", "--json", code=1).stdout)["location other"] == "fail"


def test_no_server(sensors: Sensors, monkeypatch: pytest.MonkeyPatch):
    """Without the server of the state the other checks are still made."""
    monkeypatch.setenv("SENSORS_REDIS_URL", "redis://:s3cret@127.0.0.1:1/0")
    monkeypatch.setenv("SENSORS_BROKER_URL", "")
    shown = sensors("doctor", "--json", code=1).stdout
    found = findings(shown)
    assert found["server of the state"] == "fail"
    assert found["broker"] == "fail"
    assert found["celery"] == "ok"
    assert "s3cret" not in shown
    assert "s3cret" not in sensors("doctor", code=1).stdout


def test_wrong_settings(sensors: Sensors, monkeypatch: pytest.MonkeyPatch):
    """Wrong settings are a finding, not the end of the command."""
    monkeypatch.setenv("SENSORS_TICK_MAX_COUNT", "many")
    assert findings(sensors("doctor", "--json", code=1).stdout)["settings"] == "fail"


def test_a_mistyped_variable(
    sensors: Sensors, store: Store, site: Site, monkeypatch: pytest.MonkeyPatch
):
    """A mistyped variable is found in the environment."""
    monkeypatch.setenv("SENSORS_BROKER_URI", "x")
    assert "Did you mean SENSORS_BROKER_URL?" in sensors("doctor", code=1).stdout


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("redis://:s3cret@127.0.0.1:{port}/1", Level.OK),
        ("redis://127.0.0.1:1/0;amqp://127.0.0.1:{port}//", Level.OK),
        ("redis+socket://{path}", Level.OK),
        ("amqp://u:s3cret@127.0.0.1:1//", Level.FAIL),
        ("redis+socket:///nowhere/redis.sock", Level.FAIL),
        ("redis://127.0.0.1:port/0", Level.FAIL),
        ("memory://", Level.WARN),
    ],
)
def test_broker(url: str, level: Level):
    """A broker is reached if one of its addresses accepts connections; no password is shown."""
    path = ephemeral_url().removeprefix("unix://")
    with socket.create_server(("127.0.0.1", 0)) as server:
        check = check_broker(url.format(port=server.getsockname()[1], path=path))
    assert check.level is level
    assert "s3cret" not in check.found


class TestEvents:
    """Sensors that are called for events need others than those that are polled."""

    def test_who_is_missing(self, sensors: Sensors, reacting: Reacting):
        """A listener, and a react worker where such a sensor lives, and there only."""
        show_alive(reacting.site.store)
        found = findings(sensors("doctor", "--json", code=1).stdout)
        assert found["listener"] == "fail"
        assert found["react workers of loc"] == "fail"
        assert "react workers of upstream" not in found

    def test_all_is_well(self, sensors: Sensors, reacting: Reacting):
        """With both, events and dead letters are looked at."""
        show_alive(reacting.site.store, *Role)
        reacting.site.store.sensors.listener_heartbeat("listener:1")
        found = findings(sensors("doctor", "--json", code=1).stdout)
        assert {found[name] for name in ("listener", "events", "dead letters")} == {"ok"}
        assert found["react workers of loc"] == "ok"

    def test_nobody_needs_a_listener(self, sensors: Sensors, site: Site):
        """Without such a sensor it is not missed."""
        found = findings(sensors("doctor", "--json", code=1).stdout)
        assert "listener" not in found
        assert "react workers of loc" not in found

    def test_lag(self, sensors: Sensors, reacting: Reacting):
        """An event that nobody has read for long is a warning."""
        reacting.happen("r1", at=reacting.site.now - 60_000)
        assert findings(sensors("doctor", "--json", code=1).stdout)["events"] == "warn"
        assert "sensors lag" in sensors("doctor", code=1).stdout

    def test_dead_letters(self, sensors: Sensors, reacting: Reacting):
        """They are a warning that names their sensor."""
        reacting.died()
        assert findings(sensors("doctor", "--json", code=1).stdout)["dead letters"] == "warn"
        assert "1, of loc/s" in sensors("doctor", code=1).stdout

    def test_reports_that_were_refused(self, sensors: Sensors, site: Site):
        """Somebody sends what cannot be kept: the last reason is shown."""
        site.store.external.keep_refused("{}", "A report needs location, which this lacks.")
        shown = sensors("doctor", code=1).stdout
        assert "1 report refused within a day" in shown
        assert "which this lacks" in shown


def test_calls_that_nobody_takes_up():
    """What was sent long ago and has not begun is a warning, however little it is."""
    assert event_checks.check_lag([], {"loc": 500}, 0).level is Level.OK
    assert event_checks.check_lag([], {"loc": 90_000}, 0).level is Level.WARN
