"""Code locations, and the processes that serve them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from math import ceil
from typing import Any

from sensors_app.model.locations import (
    LocationSnapshot,
    LocationState,
    Role,
    SensorSnapshot,
    WorkerInfo,
)
from sensors_app.model.sensors import SensorOptions
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.limits import limits_from_json, limits_to_json, set_limits
from sensors_app.storage.rules_codec import rules_to_json
from sensors_app.storage.scripts import Argument

FORGET_PROCESS_MS = 3_600_000
"""A dead worker or beat is shown for an hour."""


class LocationStore:
    """What code locations have registered, and who gave a sign of life."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def register_location(self, snapshot: LocationSnapshot, *, now_ms: int | None = None) -> bool:
        """Replace a location's definitions; return whether this version of them is new."""
        keys = self._context.keys(snapshot.name)
        data = {
            "module": snapshot.module,
            "version": snapshot.version,
            "job_names": list(snapshot.job_names),
            "concurrency_limits": limits_to_json(snapshot.concurrency_limits),
        }
        args: list[Argument] = [
            given(now_ms),
            codec.dumps(data),
            snapshot.version,
            codec.dumps(_watchers(snapshot.sensors)),
            codec.dumps(_rules(snapshot.sensors)),
        ]
        for sensor in snapshot.sensors:
            rules = sensor.reacts_to
            args += [
                sensor.name,
                codec.sensor_to_json(sensor),
                round(sensor.interval_seconds * 1000),
                round(sensor.timeout_seconds * 1000),
                "RUNNING" if sensor.running_by_default else "STOPPED",
                "" if rules is None else rules.batch_size,
                "" if rules is None else ",".join(map(str, rules.retry_delays_ms)),
                *_options(sensor.options),
            ]
        new = self._context.run(
            "register_location",
            [
                keys.location,
                keys.sensors,
                keys.due,
                keys.sensor(),
                keys.watchers,
                keys.rules,
                keys.reactions_of(),
                keys.reaction(),
                keys.react_outbox,
                keys.positions,
                keys.replays,
                keys.ticks(),
                keys.claimed,
                keys.running,
            ],
            args,
        )
        set_limits(self._context, snapshot.name, snapshot.concurrency_limits)
        with self._context.reading() as pipe:
            pipe.sadd(self._context.global_keys.locations, snapshot.name)
            pipe.execute()
        return bool(new)

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
        workers = self.workers()
        with self._context.reading() as pipe:
            for name in workers:
                keys = self._context.keys(name)
                pipe.hgetall(keys.location)
                pipe.hgetall(keys.sensors)
            found = pipe.execute()
        return [
            LocationState(
                _location_snapshot(name, json.loads(fields["snapshot"]), sensors.values()),
                int(fields["registered_at"]),
                workers[name],
            )
            for name, fields, sensors in zip(workers, found[::2], found[1::2], strict=True)
            if fields
        ]

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
    found = sorted(map(codec.sensor_from_json, sensors), key=lambda s: s.name)
    limits = limits_from_json(data.get("concurrency_limits", ()))
    return LocationSnapshot(name=name, sensors=found, **{**data, "concurrency_limits": limits})


def _watchers(sensors: Iterable[SensorSnapshot]) -> dict[str, str]:
    """Return the names of the sensors that watch each asset, with commas between them."""
    names: dict[str, list[str]] = {}
    for sensor in sensors:
        if sensor.asset_key is not None:
            names.setdefault(sensor.asset_key, []).append(sensor.name)
    return {asset: ",".join(watching) for asset, watching in names.items()}


def _rules(sensors: Iterable[SensorSnapshot]) -> dict[str, str]:
    """Return the rules, as JSON, of the sensors that events are delivered to."""
    return {
        sensor.name: codec.dumps(rules_to_json(sensor.reacts_to))
        for sensor in sensors
        if sensor.reacts_to is not None
    }


def _options(options: SensorOptions) -> list[Argument]:
    """Return what scripts are to know of a sensor's options; ``""`` is for what is as usual."""
    return [
        round(options.jitter_seconds * 1000) or "",
        options.max_requests_per_tick or "",
        "" if options.run_key_ttl_seconds is None else ceil(options.run_key_ttl_seconds * 1000),
        "" if options.run_key_policy == "once" else options.run_key_policy,
    ]


def _worker(text: str, oldest: int) -> WorkerInfo:
    worker = WorkerInfo(**json.loads(text))
    return replace(
        worker,
        roles=[Role(role) for role in worker.roles],
        alive=worker.alive and worker.seen_at >= oldest,
    )
