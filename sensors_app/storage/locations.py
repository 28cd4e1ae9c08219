"""Code locations, and the processes that serve them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from sensors_app.model.locations import (
    LocationSnapshot,
    LocationState,
    Role,
    WorkerInfo,
)
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext
from sensors_app.storage.definition_reads import read_definitions
from sensors_app.storage.limits import limits_from_json, set_limits
from sensors_app.storage.registration import register
from sensors_app.storage.sensor_codec import sensor_from_json

FORGET_PROCESS_MS = 3_600_000
"""A dead worker or beat is shown for an hour."""


class LocationStore:
    """What code locations have registered, and who gave a sign of life."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def register_location(self, snapshot: LocationSnapshot, *, now_ms: int | None = None) -> bool:
        """Replace a location's definitions; return whether this version of them is new.

        If another process begins to register it meanwhile, that one's definitions are kept.
        """
        new = register(self._context, snapshot, now_ms)
        if new is None:
            return False
        set_limits(self._context, snapshot.name, snapshot.concurrency_limits)
        with self._context.reading() as pipe:
            pipe.sadd(self._context.global_keys.locations, snapshot.name)
            pipe.execute()
        return new

    def registrations(self) -> dict[str, str]:
        """Return a number for each code location that grows whenever it registers."""
        names = self.location_names()
        with self._context.reading() as pipe:
            for name in names:
                pipe.hget(self._context.keys(name).location, "registrations")
            found = pipe.execute()
        # What only reports runs of its own has never registered.
        return {name: number for name, number in zip(names, found, strict=True) if number}

    def location_names(self) -> list[str]:
        """Return the names of all code locations that ever registered."""
        with self._context.reading() as pipe:
            pipe.smembers(self._context.global_keys.locations)
            return sorted(pipe.execute()[0])

    def locations(self) -> list[LocationState]:
        """Return every code location, with its workers of late."""
        found = []
        for name, workers in self.workers().items():
            fields, sensors = read_definitions(self._context, name)
            # One whose first registration is under way has a number of it at most.
            if "snapshot" in fields:
                snapshot = _location_snapshot(name, json.loads(fields["snapshot"]), sensors)
                found.append(LocationState(snapshot, int(fields["registered_at"]), workers))
        return found

    def workers(self) -> dict[str, list[WorkerInfo]]:
        """Return the workers of late of every code location, by its name.

        Beat looks every second: this does not read definitions, of which there may be thousands.
        """
        names = self.location_names()
        with self._context.reading() as pipe:
            pipe.time()
            for name in names:
                pipe.hvals(self._context.keys(name).workers)
            (seconds, micros), *found = pipe.execute()
        oldest = seconds * 1000 + micros // 1000 - self._context.limits.worker_ttl_ms
        return {
            name: sorted((_worker(text, oldest) for text in texts), key=lambda w: w.node)
            for name, texts in zip(names, found, strict=True)
        }

    def worker_heartbeat(self, location: str, worker: WorkerInfo) -> None:
        """Say that a worker is alive, or with ``alive=False`` that it stopped in good order."""
        key = self._context.keys(location).workers
        with self._context.reading() as pipe:
            pipe.time()
            pipe.hgetall(key)
            (seconds, micros), known = pipe.execute()
            now = seconds * 1000 + micros // 1000
            pipe.hset(key, worker.node, codec.dumps(asdict(replace(worker, seen_at=now))))
            for node, text in known.items():
                if json.loads(text)["seen_at"] < now - FORGET_PROCESS_MS:
                    pipe.hdel(key, node)
            pipe.execute()

    def beat_heartbeat(self, beat: str) -> None:
        """Say that a beat is alive."""
        self._heartbeat(self._context.global_keys.beats, beat)

    def listener_heartbeat(self, listener: str) -> None:
        """Say that a listener is alive."""
        self._heartbeat(self._context.global_keys.listeners, listener)

    def beats(self) -> dict[str, int]:
        """Return the beats of late and how long ago, in ms, each was last heard of."""
        return self._heard_of(self._context.global_keys.beats)

    def listeners(self) -> dict[str, int]:
        """Return the listeners of late and how long ago, in ms, each was last heard of."""
        return self._heard_of(self._context.global_keys.listeners)

    def _heartbeat(self, key: str, name: str) -> None:
        with self._context.reading() as pipe:
            pipe.time()
            ((seconds, micros),) = pipe.execute()
            now = seconds * 1000 + micros // 1000
            pipe.zadd(key, {name: now})
            pipe.zremrangebyscore(key, "-inf", now - FORGET_PROCESS_MS)
            pipe.execute()

    def _heard_of(self, key: str) -> dict[str, int]:
        with self._context.reading() as pipe:
            pipe.time()
            pipe.zrange(key, 0, -1, withscores=True)
            (seconds, micros), found = pipe.execute()
        now = seconds * 1000 + micros // 1000
        return {name: now - int(seen) for name, seen in found}


def _location_snapshot(
    name: str, data: Mapping[str, Any], sensors: Iterable[str]
) -> LocationSnapshot:
    found = sorted(map(sensor_from_json, sensors), key=lambda s: s.name)
    limits = limits_from_json(data.get("concurrency_limits", ()))
    return LocationSnapshot(name=name, sensors=found, **{**data, "concurrency_limits": limits})


def _worker(text: str, oldest: int) -> WorkerInfo:
    worker = WorkerInfo(**json.loads(text))
    return replace(
        worker,
        roles=[Role(role) for role in worker.roles],
        alive=worker.alive and worker.seen_at >= oldest,
    )
