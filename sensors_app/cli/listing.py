"""``list``: all sensors and how they stand."""

from collections.abc import Iterator, Sequence

import click

from sensors_app.cli.failure import warn
from sensors_app.cli.names import find_locations
from sensors_app.cli.options import json_option, location_option
from sensors_app.cli.output import show_json, show_table
from sensors_app.cli.session import with_runtime
from sensors_app.cli.text import ago, duration, first_line
from sensors_app.cli.ticks import status_of
from sensors_app.model.joins import JoinOutcome
from sensors_app.model.locations import LocationState, Role, SensorSnapshot, SensorState
from sensors_app.model.ticks import Tick
from sensors_app.operating.alive import (
    last_seen,
    living_beats,
    living_listeners,
    roles_needed,
    worker_command,
)
from sensors_app.operating.kinds import kind_words
from sensors_app.operating.records import sensor_record
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

LATE_MS = 1000
"""Less than this is the time that a message takes."""

HEADINGS = (
    "LOCATION",
    "SENSOR",
    "STATE",
    "CALLED",
    "TAKES",
    "LAST TICK",
    "NEXT",
    "FAILED",
    "WHY",
)


@click.command("list")
@location_option
@json_option
@with_runtime
def list_sensors(runtime: Runtime, location: str | None, as_json: bool) -> None:
    """Show all sensors and how they stand.

    Whether they are on, how often they are evaluated or for which events they are called, how long
    that takes, when they are due, what became of their last tick and why.
    '(alone)' marks those that take too long to be evaluated together with others.
    '(by hand)' marks those that were started or stopped by 'sensors start' or 'sensors stop',
    against or for the default of their code. FAILED counts the ticks that failed in a row.
    """
    store = runtime.store
    locations = find_locations(store, location)
    found = list(_sensors(store, locations))
    if as_json:
        show_json([sensor_record(sensor, tick) for sensor, tick in found])
        return
    if found:
        now = store.now_ms()
        show_table(HEADINGS, [_row(*each, now) for each in found], ids=("LOCATION", "SENSOR"))
    else:
        click.echo("No sensor is known: a code location registers its own when a worker starts.")
    _warn_of_missing(store, locations)


def _sensors(
    store: Store, locations: Sequence[LocationState]
) -> Iterator[tuple[SensorState, Tick | None]]:
    for location in locations:
        name = location.snapshot.name
        sensors = store.sensors.sensors(name)
        ticks = store.sensors.last_ticks(name, [sensor.snapshot.name for sensor in sensors])
        for sensor in sensors:
            yield sensor, ticks.get(sensor.snapshot.name)


def _row(sensor: SensorState, tick: Tick | None, now: int) -> list[str]:
    why = ""
    if sensor.held is not None:
        why = sensor.held.reason
    elif tick is not None:
        why = first_line(tick.error.message if tick.error else tick.skip_reason)
    return [
        sensor.location,
        sensor.snapshot.name,
        state_of(sensor),
        called_of(sensor.snapshot),
        takes_of(sensor),
        "" if tick is None else f"{status_of(tick)} {ago(tick.ended_at, now)}",
        next_of(sensor, now),
        str(sensor.failures or ""),
        why,
    ]


def called_of(sensor: SensorSnapshot) -> str:
    """Say how often a sensor is evaluated, or for which events it is called."""
    rules = sensor.reacts_to
    if rules is None:
        most = sensor.interval_seconds + sensor.options.jitter_seconds
        jitter = f" to {duration(most * 1000)}" if sensor.options.jitter_seconds else ""
        return f"every {duration(sensor.interval_seconds * 1000)}{jitter}"
    words = kind_words(rules.kinds)
    if rules.absent_after_ms is not None:
        return f"without {words} for {duration(rules.absent_after_ms)}"
    if rules.join is None:
        return f"on {words}"
    jobs = f"{words} of {len(rules.join.sides)} jobs together"
    return f"on {jobs}" if rules.join.outcome == JoinOutcome.COMPLETE.value else f"without {jobs}"


def takes_of(sensor: SensorState) -> str:
    """Say how long a sensor's evaluations take, and whether it is evaluated alone."""
    if sensor.took_ms is None:
        return ""
    return duration(sensor.took_ms) if sensor.quick else f"{duration(sensor.took_ms)} (alone)"


def state_of(sensor: SensorState) -> str:
    """Say whether a sensor is on, and who says so."""
    word = "on" if sensor.running else "off"
    return word if sensor.override is None else f"{word} (by hand)"


def next_of(sensor: SensorState, now: int) -> str:
    """Say when a sensor is evaluated next."""
    if sensor.activity == "running":
        return "running"
    if sensor.activity in {"held", "unfolding"}:
        return sensor.activity
    if sensor.activity == "claimed":
        return "waits for a worker"
    if sensor.next_due is None:
        return ""
    if sensor.next_due > now:
        rests = " (backing off)" if sensor.backing_off else ""
        return f"in {duration(sensor.next_due - now)}{rests}"
    late = now - sensor.next_due
    return f"late {duration(late)}" if late > LATE_MS else "now"


def _warn_of_missing(store: Store, locations: Sequence[LocationState]) -> None:
    now = store.now_ms()
    for location in locations:
        name = location.snapshot.name
        for role in roles_needed(location):
            if not location.capacity(role):
                seen = last_seen(location, role)
                since = "an hour or more" if seen is None else duration(now - seen)
                warn(f"{name}: no {role} worker for {since}. Start '{worker_command(name, role)}'.")
    if locations and not living_beats(store):
        warn("no beat is alive: no sensor is evaluated. Start 'sensors beat'.")
    if any(Role.REACT in roles_needed(each) for each in locations) and not living_listeners(store):
        warn("no listener is alive: no sensor is called for events. Start 'sensors listener'.")
