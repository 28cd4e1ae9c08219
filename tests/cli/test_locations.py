"""``sensors locations`` and ``sensors workers``."""

import json

from sensors_app.model.locations import Role
from sensors_app.storage.store import Store
from tests.cli.conftest import Sensors, words
from tests.cli.fake_worker import WORKER, show_alive
from tests.support.site import Site


def test_locations(sensors: Sensors, store: Store, site: Site):
    """A location is shown with its module, and how much its workers do at once."""
    show_alive(store, Role.EVALUATE)
    row = words(sensors("locations"))[1]
    assert row[:2] == ["loc", "package.module"]
    assert row[-4:] == ["2", "0", "0", "0"]
    (found,) = json.loads(sensors("locations", "--json").stdout)
    assert found["capacity"] == {"evaluate": 2, "slow": 0, "launch": 0, "react": 0}
    assert found["sensors"] == ["s"]


def test_workers(sensors: Sensors, store: Store, site: Site):
    """Workers, beats and listeners are shown with their state."""
    show_alive(store)
    store.sensors.listener_heartbeat("listener:1")
    worker, beat, listener = words(sensors("workers"))[1:]
    assert worker[:3] == ["alive", "loc", "evaluate+launch"]
    assert WORKER.node in worker
    assert beat[:3] == ["alive", "beat", "beat:1"]
    assert listener[:3] == ["alive", "listener", "listener:1"]
    found = json.loads(sensors("workers", "--json").stdout)
    assert found["workers"][0]["location"] == "loc"
    assert found["beats"][0]["alive"] is True
    assert found["listeners"][0]["name"] == "listener:1"
