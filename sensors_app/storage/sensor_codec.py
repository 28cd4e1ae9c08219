"""How definitions of sensors are written in the store, and read back."""

import json
from dataclasses import asdict

from sensors_app.model.locations import SensorSnapshot
from sensors_app.model.sensors import SensorOptions
from sensors_app.storage import codec
from sensors_app.storage.rules_codec import rules_from_json, rules_to_json


def sensor_to_json(sensor: SensorSnapshot) -> str:
    """Write a sensor's definition."""
    return codec.dumps(
        {
            "name": sensor.name,
            "job_names": list(sensor.job_names),
            "interval_seconds": sensor.interval_seconds,
            "timeout_seconds": sensor.timeout_seconds,
            "running_by_default": sensor.running_by_default,
            "description": sensor.description,
            "tags": dict(sensor.tags),
            "asset_key": sensor.asset_key,
            "reacts_to": None if sensor.reacts_to is None else rules_to_json(sensor.reacts_to),
            "options": asdict(sensor.options),
        }
    )


def sensor_from_json(text: str) -> SensorSnapshot:
    """Read a sensor's definition."""
    data = json.loads(text)
    rules = data.get("reacts_to")
    data["reacts_to"] = None if rules is None else rules_from_json(rules)
    data["options"] = SensorOptions(**data.get("options", {}))
    return SensorSnapshot(**data)
