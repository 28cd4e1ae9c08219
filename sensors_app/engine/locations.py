"""Loads a code location: imports its module, finds its Definitions, takes their snapshot."""

import hashlib
import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sensors_app.definitions.asset_sensor import AssetSensorDefinition
from sensors_app.definitions.definitions import Definitions
from sensors_app.definitions.event_sensor import EventSensorDefinition
from sensors_app.definitions.job import JobDefinition
from sensors_app.definitions.sensor import SensorDefinition
from sensors_app.errors import LocationLoadError
from sensors_app.model.errors import describe_exception, is_ours
from sensors_app.model.locations import LocationSnapshot, SensorSnapshot
from sensors_app.model.sensors import DefaultSensorStatus


@dataclass(frozen=True, slots=True)
class LoadedLocation:
    """A code location whose code is in this process.

    Args:
        snapshot: What is registered of it.
        sensors: Its sensors by name.
        jobs: Its jobs by name.
        resources: Its resources by key.
    """

    snapshot: LocationSnapshot
    sensors: Mapping[str, SensorDefinition]
    jobs: Mapping[str, JobDefinition]
    resources: Mapping[str, Any]


def load_location(name: str, module_name: str, *, version: str = "") -> LoadedLocation:
    """Import a code location.

    Args:
        name: The location's name.
        module_name: The module; it holds one ``Definitions``. The current folder is searched too.
        version: The version to register; a digest of the definitions and the module's source
            if empty.

    Raises:
        LocationLoadError: naming the module, and the user's line that failed.
    """
    module = _import(name, module_name)
    definitions = _find_definitions(module)
    try:
        sensors, jobs = definitions.sensors_by_name(), definitions.jobs_by_name()
    except Exception as error:
        raise LocationLoadError(
            f"Code location {name!r}: the Definitions of {module_name} do not hold: {error}"
        ) from error
    snapshots = [_snapshot(sensor) for sensor in sensors.values()]
    return LoadedLocation(
        LocationSnapshot(
            name=name,
            module=module_name,
            version=version or _digest(module, [*snapshots, *definitions.concurrency_limits]),
            sensors=snapshots,
            job_names=sorted(jobs),
            concurrency_limits=definitions.concurrency_limits,
        ),
        sensors,
        jobs,
        definitions.resources,
    )


def _import(name: str, module_name: str) -> ModuleType:
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(module_name)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        info = describe_exception(
            error,
            keep_frame=lambda f: (
                not is_ours(f) and not f.startswith(("<frozen", importlib.__file__))
            ),
        )
        raise LocationLoadError(
            f"Code location {name!r}: module {module_name!r} cannot be imported.\n"
            f"{''.join(info.stack)}{info.message.rstrip()}"
        ) from None


def _find_definitions(module: ModuleType) -> Definitions:
    found = {id(v): v for v in vars(module).values() if isinstance(v, Definitions)}
    if len(found) != 1:
        number = "no Definitions" if not found else f"{len(found)} Definitions"
        raise LocationLoadError(
            f"Module {module.__name__!r} has {number}; a code location has one: "
            "defs = Definitions(jobs=[...], sensors=[...])"
        )
    return next(iter(found.values()))


def _snapshot(sensor: SensorDefinition) -> SensorSnapshot:
    return SensorSnapshot(
        name=sensor.name,
        job_names=list(sensor.job_names),
        interval_seconds=sensor.minimum_interval_seconds,
        timeout_seconds=sensor.timeout_seconds,
        running_by_default=sensor.default_status is DefaultSensorStatus.RUNNING,
        description=sensor.description,
        tags=dict(sensor.tags),
        asset_key=_asset_of(sensor),
        reacts_to=sensor.rules if isinstance(sensor, EventSensorDefinition) else None,
        options=sensor.options,
    )


def _asset_of(sensor: SensorDefinition) -> str | None:
    return sensor.asset_key.to_user_string() if isinstance(sensor, AssetSensorDefinition) else None


def _digest(module: ModuleType, snapshots: Sequence[object]) -> str:
    digest = hashlib.sha256(repr(snapshots).encode())
    if module.__file__ is not None:
        digest.update(Path(module.__file__).read_bytes())
    return digest.hexdigest()[:12]
