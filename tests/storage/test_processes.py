"""Heartbeats of workers and beats: who is alive, and who was."""

import json

from sensors_app.model.locations import LocationState, Role, WorkerInfo
from sensors_app.storage.base import StoreLimits
from sensors_app.storage.locations import FORGET_PROCESS_MS
from tests.support.site import Site

WORKER = WorkerInfo("worker@host:1", [Role.EVALUATE, Role.LAUNCH], 4, 101, "v1")


def the_location(site: Site) -> LocationState:
    (state,) = site.store.sensors.locations()
    return state


def age(site: Site, node: str, by_ms: int) -> None:
    """Have a worker's last heartbeat lie further back."""
    client, key = site.store.client, site.keys.workers
    data = json.loads(client.hget(key, node))
    data["seen_at"] -= by_ms
    client.hset(key, node, json.dumps(data))


def test_a_worker_that_was_heard_of_is_alive(site: Site):
    """It is shown as it described itself."""
    site.store.sensors.worker_heartbeat(site.name, WORKER)
    (worker,) = the_location(site).workers
    assert worker.alive
    assert (worker.node, worker.concurrency, worker.pid, worker.version) == (
        "worker@host:1",
        4,
        101,
        "v1",
    )
    assert worker.roles == [Role.EVALUATE, Role.LAUNCH]
    assert the_location(site).capacity(Role.LAUNCH) == 4


def test_one_silent_for_too_long_is_dead(site: Site):
    """It is still shown, and serves nobody."""
    site.store.sensors.worker_heartbeat(site.name, WORKER)
    age(site, WORKER.node, StoreLimits().worker_ttl_ms + 1)
    (worker,) = the_location(site).workers
    assert not worker.alive
    assert the_location(site).capacity(Role.EVALUATE) == 0


def test_one_that_said_goodbye_is_dead_at_once(site: Site):
    """Its silence is not waited for."""
    site.store.sensors.worker_heartbeat(site.name, WORKER)
    gone = WorkerInfo(WORKER.node, WORKER.roles, 4, 101, "v1", alive=False)
    site.store.sensors.worker_heartbeat(site.name, gone)
    (worker,) = the_location(site).workers
    assert not worker.alive


def test_the_long_dead_are_forgotten(site: Site):
    """When another worker of the location is heard of."""
    other = WorkerInfo("worker@host:2", [Role.EVALUATE], 1, 102, "v1")
    site.store.sensors.worker_heartbeat(site.name, WORKER)
    age(site, WORKER.node, FORGET_PROCESS_MS + 1000)
    site.store.sensors.worker_heartbeat(site.name, other)
    assert [w.node for w in the_location(site).workers] == ["worker@host:2"]


def test_beats_are_listed_by_their_age(store):
    """How long ago each was last heard of."""
    store.sensors.beat_heartbeat("beat@a")
    (known,) = store.sensors.beats().items()
    assert known[0] == "beat@a"
    assert 0 <= known[1] < 60_000


def test_beats_long_gone_are_forgotten(store, client, prefix):
    """When another beat is heard of."""
    client.zadd(f"{prefix}:beats", {"old": 1})
    store.sensors.beat_heartbeat("new")
    assert list(store.sensors.beats()) == ["new"]


def test_no_location_has_registered(store):
    """There is nothing to show."""
    assert store.sensors.location_names() == []
    assert store.sensors.locations() == []
