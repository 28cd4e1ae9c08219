"""``sensors doctor`` on a real store."""

import json
import socket

import pytest

from sensors_app.cli.checks import Level
from sensors_app.cli.doctor import check_broker
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.cli.conftest import Sensors
from tests.cli.fake_worker import show_alive
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
