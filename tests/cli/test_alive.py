"""``sensors alive``: what probes of containers ask."""

import socket

import pytest

from sensors_app.cli.alive import host_of
from sensors_app.model.locations import Role, WorkerInfo
from sensors_app.storage.store import Store
from tests.cli.conftest import Sensors
from tests.support.site import Site

HERE = socket.gethostname()


def work(store: Store, *roles: Role, host: str = HERE, alive: bool = True) -> None:
    """Have a worker of ``loc`` on a host give a sign of life, or say that it stops."""
    worker = WorkerInfo(f"loc-all-1@{host}:7", roles, 2, 7, "1", alive=alive)
    store.sensors.worker_heartbeat("loc", worker)


@pytest.mark.parametrize("process", ["beat", "listener"])
def test_of_this_host(sensors: Sensors, store: Store, process: str):
    """Whoever lives elsewhere does not count."""
    heartbeat = getattr(store.sensors, f"{process}_heartbeat")
    heartbeat("elsewhere:7")
    assert f"No {process} on {HERE}" in sensors("alive", process, code=1).stderr
    assert sensors("alive", process, "--host", "elsewhere").stdout == "alive: elsewhere:7\n"
    heartbeat(f"{HERE}:7")
    assert sensors("alive", process).stdout == f"alive: {HERE}:7\n"


def test_worker_by_role_and_location(sensors: Sensors, store: Store, site: Site):
    """One of another role or location is another."""
    work(store, Role.EVALUATE, Role.LAUNCH)
    assert sensors("alive", "launch").stdout == f"alive: loc-all-1@{HERE}:7\n"
    sensors("alive", "evaluate", "--location", "loc")
    sensors("alive", "react", code=1)
    failed = sensors("alive", "evaluate", "--location", "other", code=1)
    assert f"No evaluate worker of other on {HERE}" in failed.stderr


def test_worker_that_stopped(sensors: Sensors, store: Store, site: Site):
    """In good order, a moment ago."""
    work(store, Role.EVALUATE, alive=False)
    sensors("alive", "evaluate", code=1)


def test_server_that_is_away(sensors: Sensors, monkeypatch: pytest.MonkeyPatch):
    """It is no reason to start anything anew, and to do so would end runs."""
    monkeypatch.setenv("SENSORS_REDIS_URL", "redis://:s3cret@127.0.0.1:1/0")
    shown = sensors("alive", "beat")
    assert "Nobody can tell" in shown.stderr
    assert "s3cret" not in shown.stderr


def test_host_of_a_name():
    """Hosts have dots and dashes; locations may have an @ no more than a colon."""
    assert host_of("loc-evaluate-1a@web-1.example.org:12") == "web-1.example.org"
    assert host_of("web-1:12") == "web-1"
