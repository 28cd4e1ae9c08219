"""How the rules of sensors that events are delivered to are written in the store, and read back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sensors_app.model.joins import JoinRules
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.selectors import CodeLocationSelector, JobSelector, MonitoredRuns
from sensors_app.model.watched_sensors import SensorSelector, WatchedSensors


def rules_to_json(rules: ReactionRules) -> dict[str, Any]:
    """Return the rules of a sensor that events are delivered to, as JSON-able data."""
    return {
        "kinds": list(rules.kinds),
        "everywhere": rules.runs.everywhere,
        "job_names": list(rules.runs.job_names),
        "selectors": [
            [each.location_name, each.job_name if isinstance(each, JobSelector) else None]
            for each in rules.runs.selectors
        ],
        "batch_size": rules.batch_size,
        "retry_delays_ms": list(rules.retry_delays_ms),
        "sensors": None if rules.sensors is None else asdict(rules.sensors),
        "join": None if rules.join is None else asdict(rules.join),
        "absent_after_ms": rules.absent_after_ms,
    }


def rules_from_json(data: Mapping[str, Any]) -> ReactionRules:
    """Read the rules of a sensor that events are delivered to."""
    return ReactionRules(
        kinds=tuple(data["kinds"]),
        runs=MonitoredRuns(
            everywhere=data["everywhere"],
            job_names=tuple(data["job_names"]),
            selectors=tuple(
                CodeLocationSelector(location)
                if job is None
                else JobSelector(location, job_name=job)
                for location, job in data["selectors"]
            ),
        ),
        batch_size=data["batch_size"],
        retry_delays_ms=tuple(data["retry_delays_ms"]),
        sensors=None if data.get("sensors") is None else _watched_from_json(data["sensors"]),
        join=None if data.get("join") is None else _join_from_json(data["join"]),
        absent_after_ms=data.get("absent_after_ms"),
    )


def _join_from_json(data: Mapping[str, Any]) -> JoinRules:
    return JoinRules(**{**data, "sides": tuple(data["sides"])})


def _watched_from_json(data: Mapping[str, Any]) -> WatchedSensors:
    selectors = tuple(SensorSelector(**each) for each in data["selectors"])
    return WatchedSensors(**{**data, "names": tuple(data["names"]), "selectors": selectors})
