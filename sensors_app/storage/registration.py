"""How a code location's definitions get into the store: in parts that each take a moment."""

from collections.abc import Iterable, Sequence
from math import ceil

from sensors_app.model.locations import LocationSnapshot, SensorSnapshot
from sensors_app.model.sensors import SensorOptions
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.limits import limits_to_json
from sensors_app.storage.rules_codec import rules_to_json
from sensors_app.storage.scripts import Argument
from sensors_app.storage.sensor_codec import sensor_to_json

PART = 250
"""Sensors of one part: a part of so many holds the server for some five milliseconds."""


def register(context: StoreContext, snapshot: LocationSnapshot, now_ms: int | None) -> bool | None:
    """Replace a location's definitions.

    Returns:
        Whether this version of them is new; None if another process began to register it meanwhile:
        then that one goes on.
    """
    keys = context.keys(snapshot.name)
    with context.reading() as pipe:
        pipe.hincrby(keys.location, "registering", 1)
        pipe.hkeys(keys.sensors)
        number, known = pipe.execute()
    gone = sorted(set(known) - {sensor.name for sensor in snapshot.sensors})
    parts = max(1, ceil(max(len(gone), len(snapshot.sensors)) / PART))
    new, fresh = 0, 0
    for part in range(parts):
        own = slice(part * PART, (part + 1) * PART)
        last = _whole(snapshot) if part == parts - 1 else ["", "", ""]
        reply = context.run(
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
            [
                given(now_ms),
                number,
                snapshot.version,
                fresh,
                *last,
                len(gone[own]),
                *gone[own],
                *(text for sensor in snapshot.sensors[own] for text in _sensor(sensor)),
            ],
        )
        if not reply:
            return None
        new, fresh = reply
    return bool(new)


def _whole(snapshot: LocationSnapshot) -> list[Argument]:
    data = {
        "module": snapshot.module,
        "version": snapshot.version,
        "job_names": list(snapshot.job_names),
        "concurrency_limits": limits_to_json(snapshot.concurrency_limits),
    }
    return [
        codec.dumps(data),
        codec.dumps(_watchers(snapshot.sensors)),
        codec.dumps(_rules(snapshot.sensors)),
    ]


def _sensor(sensor: SensorSnapshot) -> Sequence[Argument]:
    rules = sensor.reacts_to
    return (
        sensor.name,
        sensor_to_json(sensor),
        round(sensor.interval_seconds * 1000),
        round(sensor.timeout_seconds * 1000),
        "RUNNING" if sensor.running_by_default else "STOPPED",
        "" if rules is None else rules.batch_size,
        "" if rules is None else ",".join(map(str, rules.retry_delays_ms)),
        *_options(sensor.options),
    )


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
