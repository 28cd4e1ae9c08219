"""``cursor`` and ``run-keys``: what a sensor remembers, shown and changed."""

import click

from sensors_app.cli.failure import ExitCode, Failure
from sensors_app.cli.names import SensorRef, find_sensor
from sensors_app.cli.options import json_option, limit_option, sensor_argument
from sensors_app.cli.output import show_json, show_table
from sensors_app.cli.session import operator, with_runtime
from sensors_app.cli.text import clean, counted, quoted
from sensors_app.errors import UnknownNameError
from sensors_app.operating.names import nearest
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

NEAR_KEYS = 1000
"""How many run keys a mistyped one is compared with."""


@click.command()
@sensor_argument
@click.option("--set", "new", metavar="CURSOR", help="Set the cursor; '' sets the empty text.")
@click.option("--reset", is_flag=True, help="Forget the cursor: the sensor gets None.")
@json_option
@with_runtime
def cursor(runtime: Runtime, name: str, new: str | None, reset: bool, as_json: bool) -> None:
    """Show the cursor of a sensor, or change it.

    A tick under way while the cursor is changed keeps nothing, and the sensor is evaluated again.
    """
    if reset and new is not None:
        raise click.UsageError("--set and --reset exclude each other.")
    sensor = find_sensor(runtime.store, name)
    if reset or new is not None:
        _check_size(new, runtime.settings.cursor_max_bytes)
        before = operator(runtime.store).overwrite_cursor(sensor.location, sensor.name, new)
        record = {"cursor_before": before, "cursor": new}
        line = f"{quoted(before)} -> {quoted(new)}"
    else:
        state = runtime.store.sensors.sensor(sensor.location, sensor.name)
        current = None if state is None else state.cursor
        record, line = {"cursor": current}, quoted(current)
    if as_json:
        show_json({"location": sensor.location, "sensor": sensor.name, **record})
    else:
        click.echo(line)


def _check_size(new: str | None, max_bytes: int) -> None:
    size = len((new or "").encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise Failure(
            f"The cursor has {size:,} bytes; SENSORS_CURSOR_MAX_BYTES allows {max_bytes:,}.",
            ExitCode.USAGE,
        )


@click.command("run-keys")
@sensor_argument
@click.option(
    "--clear",
    metavar="KEY",
    multiple=True,
    help="Forget this run key: it can make a run again. May be repeated.",
)
@click.option("--clear-all", is_flag=True, help="Forget all of them, or all that fit --match.")
@click.option(
    "--match",
    "pattern",
    metavar="PATTERN",
    default="*",
    help="Only keys that fit: * stands for anything, ? for one character.",
)
@limit_option(100, "run keys")
@json_option
@with_runtime
def run_keys(
    runtime: Runtime,
    name: str,
    clear: tuple[str, ...],
    clear_all: bool,
    pattern: str,
    limit: int,
    as_json: bool,
) -> None:
    """Show the run keys that a sensor has used, or forget some."""
    if clear and (clear_all or pattern != "*"):
        raise click.UsageError("--clear excludes --clear-all and --match.")
    sensor = find_sensor(runtime.store, name)
    if clear or clear_all:
        forgotten = (
            operator(runtime.store).forget_matching_run_keys(sensor.location, sensor.name, pattern)
            if clear_all
            else _forget(runtime.store, sensor, clear)
        )
        if as_json:
            show_json({"location": sensor.location, "sensor": sensor.name, "forgotten": forgotten})
        else:
            click.echo(f"{clean(sensor.label)}: {counted(forgotten, 'run key')} forgotten")
        return
    found = runtime.store.run_keys.some(sensor.location, sensor.name, pattern, limit=limit + 1)
    shown = dict(list(found.items())[:limit])
    if as_json:
        show_json([{"run_key": key, "run_id": run_id} for key, run_id in shown.items()])
    elif shown:
        show_table(("RUN KEY", "RUN"), shown.items(), ids=("RUN KEY", "RUN"))
        if len(found) > limit:
            click.echo(f"There are more; --limit {limit * 10} shows some of them.")
    else:
        fitting = "" if pattern == "*" else f" that fits {clean(pattern)}"
        click.echo(f"{clean(sensor.label)} has used no run key{fitting}.")


def _forget(store: Store, sensor: SensorRef, keys: tuple[str, ...]) -> int:
    used = store.run_keys.used(sensor.location, sensor.name, keys)
    for key in keys:
        if key not in used:
            known = store.run_keys.some(sensor.location, sensor.name, limit=NEAR_KEYS)
            raise UnknownNameError(
                f"{sensor.label} has not used the run key {key!r}; nothing was forgotten."
                f"{nearest(key, known)}"
            )
    return operator(store).forget_run_keys(sensor.location, sensor.name, keys)
