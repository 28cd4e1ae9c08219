"""``held``, ``release`` and ``discard``: ticks that asked for too much, and a yes or no to them."""

import click

from sensors_app.cli.failure import ExitCode, Failure, warn
from sensors_app.cli.names import complete_sensor, find_locations, find_sensor
from sensors_app.cli.options import json_option, sensor_argument
from sensors_app.cli.output import show_fields, show_json, show_table
from sensors_app.cli.session import operator, with_runtime
from sensors_app.cli.text import ago, clean, counted
from sensors_app.model.held import HeldTick
from sensors_app.operating.alive import living_beats
from sensors_app.operating.held import held_detail, held_record, request_record
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

SHOWN_REQUESTS = 20
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


@click.command()
@click.argument("name", required=False, shell_complete=complete_sensor)
@json_option
@with_runtime
def held(runtime: Runtime, name: str | None, as_json: bool) -> None:
    """Show the ticks that are held since they ask for too many runs.

    More than max_requests_per_tick, or far more than is usual for their sensor. Nothing of them is
    launched and nothing is lost, and the sensor is not evaluated, until somebody says yes ('sensors
    release') or no ('sensors discard'). With NAME, what this one asks for.
    """
    if name is None:
        _list(runtime.store, as_json=as_json)
    else:
        _show(runtime.store, name, as_json=as_json)


def _list(store: Store, *, as_json: bool) -> None:
    found = [
        (state.snapshot.name, sensor, tick)
        for state in find_locations(store)
        for sensor, tick in store.held.held(state.snapshot.name).items()
    ]
    if as_json:
        show_json([held_record(*each) for each in found])
    elif found:
        now = store.now_ms()
        show_table(
            ("LOCATION", "SENSOR", "TICK", "HELD", "RUNS", "WHY"),
            [
                [
                    location,
                    sensor,
                    tick.tick_id,
                    ago(tick.at, now),
                    f"{tick.requests:,}",
                    tick.reason,
                ]
                for location, sensor, tick in found
            ],
            ids=("LOCATION", "SENSOR", "TICK"),
        )
    else:
        click.echo("No tick is held.")


def _show(store: Store, name: str, *, as_json: bool) -> None:
    location, sensor, tick = _find(store, name)
    first = store.held.first_requests(location, sensor)
    if as_json:
        show_json(held_detail(location, sensor, tick, first))
        return
    show_fields(
        [
            ("sensor", f"{location}/{sensor}"),
            ("tick", tick.tick_id),
            ("held", ago(tick.at, store.now_ms())),
            ("reason", tick.reason),
        ]
    )
    click.echo()
    shown = [request_record(each) for each in first[:SHOWN_REQUESTS]]
    show_table(
        ("RUN KEY", "JOB", "TAGS"),
        [
            [
                each["run_key"] or "",
                each["job_name"],
                ", ".join(f"{key}={value}" for key, value in each["tags"].items()),
            ]
            for each in shown
        ],
        ids=("RUN KEY",),
    )
    if tick.requests > len(shown):
        click.echo(f"… and {tick.requests - len(shown):,} more.")


@click.command()
@sensor_argument
@yes_option
@json_option
@with_runtime
def release(runtime: Runtime, name: str, yes: bool, as_json: bool) -> None:
    """Say yes to a held tick: its runs are launched.

    Its cursor is kept, unless somebody has set another meanwhile, and the sensor goes on.
    """
    store = runtime.store
    location, sensor, tick = _find(store, name)
    label = clean(f"{location}/{sensor}")
    if not yes:
        question = f"{tick.reason} Launch {counted(tick.requests, 'run')} of {label}?"
        click.confirm(question, abort=True, err=True)
    if not operator(store).release(location, sensor, tick.tick_id):
        raise _decided(label)
    if as_json:
        show_json({"location": location, "sensor": sensor, "released": tick.requests})
    else:
        click.echo(f"{label}: {counted(tick.requests, 'run')} to be launched.")
    if not living_beats(store):
        warn("no beat is alive: it creates the runs. Start 'sensors beat'.")


@click.command()
@sensor_argument
@click.option("--why", default="", metavar="TEXT", help="For the tick and the audit trail.")
@click.option(
    "--move-on",
    is_flag=True,
    help="Keep the tick's cursor, so that the next one does not ask for the same.",
)
@yes_option
@json_option
@with_runtime
def discard(runtime: Runtime, name: str, why: str, move_on: bool, yes: bool, as_json: bool) -> None:
    """Say no to a held tick: what it asks for is given up.

    The tick is kept, with who gave it up and why. The cursor stays as it was, so that the next tick
    finds the same, unless --move-on is given.
    """
    store = runtime.store
    location, sensor, tick = _find(store, name)
    label = clean(f"{location}/{sensor}")
    if not yes:
        question = f"Give up {counted(tick.requests, 'request')} of {label}? That cannot be undone."
        click.confirm(question, abort=True, err=True)
    if not operator(store).discard(location, sensor, tick, why, move_on=move_on):
        raise _decided(label)
    if as_json:
        show_json({"location": location, "sensor": sensor, "discarded": tick.requests})
    else:
        click.echo(f"{label}: {counted(tick.requests, 'request')} given up.")


def _find(store: Store, name: str) -> tuple[str, str, HeldTick]:
    sensor = find_sensor(store, name)
    tick = store.held.held(sensor.location).get(sensor.name)
    if tick is None:
        raise Failure(f"No tick of {sensor.label} is held.", ExitCode.USAGE)
    return sensor.location, sensor.name, tick


def _decided(label: str) -> Failure:
    return Failure(f"Somebody else has just decided about the tick of {label}.")
