"""Names given on the command line: found in the store, or refused with the nearest that exist."""

import difflib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import click
from click.shell_completion import CompletionItem

from sensors_app.cli.dev.running import settings_here
from sensors_app.errors import DagsterError, UnknownNameError
from sensors_app.model.locations import LocationState, SensorSnapshot
from sensors_app.operating.names import nearest
from sensors_app.runtime import build_runtime
from sensors_app.storage.store import Store


@dataclass(frozen=True, slots=True)
class SensorRef:
    """A sensor that was named.

    Args:
        location: Its code location.
        snapshot: Its definition.
    """

    location: str
    snapshot: SensorSnapshot

    @property
    def name(self) -> str:
        """Its name within its location."""
        return self.snapshot.name

    @property
    def label(self) -> str:
        """Its name over all locations."""
        return f"{self.location}/{self.name}"


def find_locations(store: Store, name: str | None = None) -> list[LocationState]:
    """Return all code locations, or the one of this name.

    Raises:
        UnknownNameError: there is no such location.
    """
    locations = store.sensors.locations()
    if name is None:
        return locations
    found = [location for location in locations if location.snapshot.name == name]
    if not found:
        raise UnknownNameError(
            f"No code location named {name!r} has registered."
            + (nearest(name, (each.snapshot.name for each in locations)) or _nobody())
        )
    return found


def all_sensors(store: Store, location: str | None = None) -> list[SensorRef]:
    """Return every sensor, of all code locations or of one."""
    return [
        SensorRef(found.snapshot.name, sensor)
        for found in find_locations(store, location)
        for sensor in found.snapshot.sensors
    ]


def find_sensors(store: Store, names: Sequence[str]) -> list[SensorRef]:
    """Return the sensors of these names, each ``sensor`` or ``location/sensor``.

    Raises:
        UnknownNameError: there is no such sensor, or several.
    """
    known = all_sensors(store)
    by_name: dict[str, list[SensorRef]] = {}
    for sensor in known:
        by_name.setdefault(sensor.name, []).append(sensor)
        by_name.setdefault(sensor.label, []).append(sensor)
    return [_the_one(name, by_name) for name in dict.fromkeys(names)]


def find_sensor(store: Store, name: str) -> SensorRef:
    """Return the sensor of this name."""
    return find_sensors(store, [name])[0]


def _the_one(name: str, by_name: dict[str, list[SensorRef]]) -> SensorRef:
    found = by_name.get(name, [])
    if len(found) == 1:
        return found[0]
    if found:
        labels = " or ".join(sensor.label for sensor in found)
        raise UnknownNameError(f"Several sensors are named {name!r}: write {labels}.")
    known = {sensor.label for sensors in by_name.values() for sensor in sensors}
    if not known:
        raise UnknownNameError(f"There is no sensor {name!r}.{_nobody()}")
    plain = [each for each in by_name if "/" not in each]
    near = difflib.get_close_matches(name.rpartition("/")[2], plain, n=3, cutoff=0.5)
    if near:
        offered = " or ".join(sensor.label for each in near for sensor in by_name[each])
        raise UnknownNameError(f"There is no sensor {name!r}. Did you mean {offered}?")
    raise UnknownNameError(f"There is no sensor {name!r}.{nearest(name, known)}")


def _nobody() -> str:
    return (
        " No code location has registered yet: start its workers with "
        "'sensors worker --location NAME --role all', and check SENSORS_REDIS_URL."
    )


# ---- completion of names by the shell


def complete_sensor(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the names of sensors; none if the store cannot be asked."""
    try:
        with closing(build_runtime(settings_here(), retries=0)) as runtime:
            known = all_sensors(runtime.store)
    except DagsterError:
        return []
    names = [sensor.name for sensor in known]
    return [
        CompletionItem(text, help=sensor.snapshot.description)
        for sensor in known
        for text in (sensor.name if names.count(sensor.name) == 1 else "", sensor.label)
        if text and text.startswith(incomplete)
    ]


def complete_location(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the names of code locations; none if the store cannot be asked."""
    try:
        with closing(build_runtime(settings_here(), retries=0)) as runtime:
            names = runtime.store.sensors.location_names()
    except DagsterError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
