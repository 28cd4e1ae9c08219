"""``start``, ``stop`` and ``reset``: what an operator decides over the default of the code."""

from collections.abc import Sequence

import click

from sensors_app.cli.names import SensorRef, all_sensors, find_sensors
from sensors_app.cli.options import location_option, sensors_argument
from sensors_app.cli.session import operator, with_runtime
from sensors_app.cli.text import clean
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

all_option = click.option("--all", "every", is_flag=True, help="All sensors, of all locations.")


@click.command()
@sensors_argument
@all_option
@location_option
@click.option(
    "--from-stop",
    is_flag=True,
    help="Call those that events feed for what happened since they were stopped, too.",
)
@with_runtime
def start(
    runtime: Runtime, names: tuple[str, ...], every: bool, location: str | None, from_stop: bool
) -> None:
    """Switch sensors on.

    By hand, so whatever the default of their code; it outlives restarts. 'reset' undoes it. One
    that is called for events begins with those from now on, unless --from-stop is given; one that
    is polled goes on from its cursor.
    """
    chosen = _chosen(runtime.store, names, every, location)
    _switch(runtime.store, chosen, True, resume=from_stop)


@click.command()
@sensors_argument
@all_option
@location_option
@with_runtime
def stop(runtime: Runtime, names: tuple[str, ...], every: bool, location: str | None) -> None:
    """Switch sensors off.

    By hand, so whatever the default of their code; it outlives restarts. 'reset' undoes it. A tick
    under way goes on to its end.
    """
    _switch(runtime.store, _chosen(runtime.store, names, every, location), False)


@click.command()
@sensors_argument
@all_option
@location_option
@with_runtime
def reset(runtime: Runtime, names: tuple[str, ...], every: bool, location: str | None) -> None:
    """Give sensors back to the default of their code.

    Undoes 'start' and 'stop'. Cursor and run keys stay: see 'cursor' and 'run-keys'.
    """
    _switch(runtime.store, _chosen(runtime.store, names, every, location), None)


def _chosen(
    store: Store, names: Sequence[str], every: bool, location: str | None
) -> list[SensorRef]:
    if bool(names) == every:
        raise click.UsageError("Give the names of sensors, or --all.")
    if location is not None and not every:
        raise click.UsageError("--location goes with --all; write location/sensor otherwise.")
    return all_sensors(store, location) if every else find_sensors(store, names)


def _switch(
    store: Store, sensors: Sequence[SensorRef], running: bool | None, *, resume: bool = False
) -> None:
    me = operator(store)
    for sensor in sensors:
        now_on = me.switch(sensor.location, sensor.name, running, resume=resume)
        by = "the default of its code" if running is None else "by hand"
        click.echo(f"{clean(sensor.label)}: {'on' if now_on else 'off'} ({by})")
