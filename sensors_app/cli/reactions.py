"""``reactions``: the calls of a sensor that events feed, those to come and those of late."""

from collections import Counter

import click

from sensors_app.cli.failure import ExitCode, Failure, warn
from sensors_app.cli.names import SensorRef, find_sensor
from sensors_app.cli.options import json_option, limit_option, sensor_argument
from sensors_app.cli.output import show_json, show_table
from sensors_app.cli.reaction_output import events_text, state_text, why_text
from sensors_app.cli.session import with_runtime
from sensors_app.cli.text import ago, clean
from sensors_app.cli.ticks import HEADINGS, tick_row
from sensors_app.operating.alive import missing_for_events
from sensors_app.operating.records import (
    STATES,
    reaction_id,
    reaction_record,
    state_counts,
    tick_record,
)
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store


@click.command()
@sensor_argument
@limit_option(20, "reactions, and how many calls,")
@json_option
@with_runtime
def reactions(runtime: Runtime, name: str, limit: int, as_json: bool) -> None:
    """Show what waits for a sensor, and its last calls.

    Of a sensor that is called for events. A reaction is one call of it: waiting for a worker or for
    its next attempt, running, held while the sensor is off, or dead: it failed once too often.
    """
    store = runtime.store
    sensor = find_called(store, name)
    found = store.reactions.reactions(sensor.location, sensor.name, limit=limit)
    retries = store.overview.retries(sensor.location, [each.ident for each in found])
    calls = store.ticks.ticks(sensor.location, sensor.name, limit=limit)
    counts = store.overview.reaction_states(sensor.location, [sensor.name])[sensor.name]
    if as_json:
        show_json(
            {
                "location": sensor.location,
                "sensor": sensor.name,
                "counts": state_counts(counts),
                "reactions": [
                    reaction_record(store, each, retries.get(each.ident)) for each in found
                ],
                "calls": [tick_record(sensor.location, call) for call in calls],
            }
        )
        return
    now = store.now_ms()
    click.echo(f"{clean(sensor.label)}: {_counted(counts)}")
    if found:
        show_table(
            ("REACTION", "STATE", "FOR", "ATTEMPTS", "SINCE", "WHY"),
            [
                [
                    reaction_id(each),
                    state_text(each, retries.get(each.ident), now),
                    events_text(each),
                    str(each.attempt),
                    ago(each.created_at, now),
                    why_text(each),
                ]
                for each in found
            ],
            ids=("REACTION",),
        )
    if calls:
        click.echo("\nits last calls")
        show_table(HEADINGS, [tick_row(call, now) for call in calls], ids=("TICK",))
    warn_of_missing(store, sensor)


def find_fed(store: Store, name: str) -> SensorRef:
    """Return the sensor of this name, which events feed.

    Raises:
        Failure: it is polled.
    """
    sensor = find_sensor(store, name)
    if sensor.snapshot.reacts_to is None:
        raise _polled(sensor)
    return sensor


def find_called(store: Store, name: str) -> SensorRef:
    """Return the sensor of this name, which events feed, or once did: calls of then may be left.

    Raises:
        Failure: it is polled, and nothing is left.
    """
    sensor = find_sensor(store, name)
    left = store.reactions.count_reactions(sensor.location, [sensor.name])[sensor.name]
    if sensor.snapshot.reacts_to is None and not left:
        raise _polled(sensor)
    return sensor


def _polled(sensor: SensorRef) -> Failure:
    return Failure(
        f"{sensor.label} is not called for events but at its interval: "
        f"see 'sensors ticks {sensor.label}'.",
        ExitCode.USAGE,
    )


def warn_of_missing(store: Store, sensor: SensorRef) -> None:
    """Say who or what is missing for a sensor to be called for events."""
    if sensor.snapshot.reacts_to is None:
        warn(f"{sensor.label} is not called for events any more: its calls are held.")
        return
    for problem in missing_for_events(store, sensor.location):
        warn(f"{problem} Until then {sensor.label} is not called.")
    state = store.sensors.sensor(sensor.location, sensor.name)
    if state is not None and not state.running:
        warn(f"{sensor.label} is off: its calls are held until 'sensors start {sensor.label}'.")


def _counted(counts: Counter[str]) -> str:
    found = [f"{counts[state]:,} {state}" for state in STATES if counts[state]]
    return ", ".join(found) or "nothing waits"
