"""``dead-letters``: calls for events that failed once too often, and what becomes of them."""

from collections.abc import Callable, Sequence

import click

from sensors_app.cli.failure import ExitCode, Failure, warn
from sensors_app.cli.names import SensorRef, complete_sensor, find_locations
from sensors_app.cli.options import json_option, limit_option
from sensors_app.cli.output import show_json, show_table
from sensors_app.cli.reaction_output import events_text, find_reaction, print_reaction, why_text
from sensors_app.cli.reactions import find_called
from sensors_app.cli.session import operator, with_runtime
from sensors_app.cli.text import ago, counted
from sensors_app.model.reactions import Reaction
from sensors_app.operating.alive import missing_for_events
from sensors_app.operating.records import reaction_id, reaction_record
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

BATCH = 500
"""How many are changed at once: the server is held for some milliseconds."""


@click.command("dead-letters")
@click.argument("names", metavar="[NAME | ID...]", nargs=-1, shell_complete=complete_sensor)
@click.option("--show", is_flag=True, help="Show the one with this ID: its events, its error.")
@click.option("--retry", is_flag=True, help="Try those with these IDs anew, or with --all: all.")
@click.option("--drop", is_flag=True, help="Give up those with these IDs, or with --all: all.")
@click.option("--all", "every", is_flag=True, help="All of sensor NAME; of all sensors without it.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before dropping.")
@limit_option(20, "of them")
@json_option
@with_runtime
def dead_letters(
    runtime: Runtime,
    names: tuple[str, ...],
    show: bool,
    retry: bool,
    drop: bool,
    every: bool,
    yes: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Show calls for events that have failed for good.

    A call that fails is tried again, after pauses that its sensor sets; then it is kept here, until
    somebody retries or drops it. Without an option those of sensor NAME are listed, newest first.

    \b
    sensors dead-letters on_failure          those of a sensor
    sensors dead-letters --show 12           one, with its events and its error
    sensors dead-letters --retry 12 13       tried anew, with all attempts
    sensors dead-letters on_failure --retry --all
    sensors dead-letters --drop --all --yes
    """
    if show + retry + drop > 1:
        raise click.UsageError("--show, --retry and --drop exclude each other.")
    store = runtime.store
    if show:
        if len(names) != 1:
            raise click.UsageError("--show needs one ID.")
        _show(store, names[0], as_json=as_json)
    elif retry or drop:
        chosen = _chosen(store, names, every=every)
        total = sum(map(len, chosen.values()))
        if drop and total and not yes:
            click.confirm(
                f"Give up {counted(total, 'dead letter')}? That cannot be undone.",
                abort=True,
                err=True,
            )
        (_drop if drop else _retry)(store, chosen, as_json=as_json)
    else:
        if len(names) > 1:
            raise click.UsageError("Give the name of one sensor, or --show, --retry or --drop.")
        sensor = find_called(store, names[0]) if names else None
        _list(store, sensor, limit, as_json=as_json)


def _list(store: Store, sensor: SensorRef | None, limit: int, *, as_json: bool) -> None:
    idents = _idents(store, sensor)
    found = [
        letter
        for location, own in idents.items()
        for ident in own[:limit]
        if (letter := store.reactions.reaction(location, ident))
    ]
    found = sorted(found, key=lambda letter: letter.died_at or 0, reverse=True)[:limit]
    total = sum(map(len, idents.values()))
    if as_json:
        show_json([reaction_record(store, letter) for letter in found])
    elif found:
        now = store.now_ms()
        show_table(
            ("ID", "SENSOR", "FOR", "ATTEMPTS", "DIED", "WHY"),
            [
                [
                    reaction_id(letter),
                    letter.sensor,
                    events_text(letter),
                    str(letter.attempt),
                    ago(letter.died_at, now),
                    why_text(letter),
                ]
                for letter in found
            ],
            ids=("ID",),
        )
        if total > len(found):
            click.echo(f"These are {len(found):,} of {total:,}; --limit shows more.")
    else:
        click.echo("No dead letters.")


def _show(store: Store, name: str, *, as_json: bool) -> None:
    found = find_reaction(store, name)
    if as_json:
        show_json(reaction_record(store, found))
    else:
        print_reaction(found, store.now_ms())


def _chosen(store: Store, names: Sequence[str], *, every: bool) -> dict[str, list[str]]:
    """Return the ids of the dead letters that are meant, by location."""
    if not every:
        if not names:
            raise click.UsageError("Give the IDs of dead letters, or --all.")
        chosen: dict[str, list[str]] = {}
        # All are found before any is changed.
        for letter in [_find_dead(store, name) for name in dict.fromkeys(names)]:
            chosen.setdefault(letter.location, []).append(letter.ident)
        return chosen
    if len(names) > 1:
        raise click.UsageError("--all is for one sensor, or for all of them.")
    return _idents(store, find_called(store, names[0]) if names else None)


def _find_dead(store: Store, name: str) -> Reaction:
    found = find_reaction(store, name)
    if found.state != "dead":
        raise Failure(
            f"Reaction {reaction_id(found)} is no dead letter: it is {found.state}.",
            ExitCode.USAGE,
        )
    return found


def _idents(store: Store, sensor: SensorRef | None) -> dict[str, list[str]]:
    """Return the ids of all dead letters, or of those of a sensor, by location, newest first."""
    if sensor is not None:
        return {sensor.location: store.overview.dead_letters(sensor.location, sensor.name)}
    places = [state.snapshot.name for state in find_locations(store)]
    return {place: store.overview.dead_letters(place) for place in places}


def _retry(store: Store, chosen: dict[str, list[str]], *, as_json: bool) -> None:
    done = _in_parts(operator(store).retry_dead_letters, chosen)
    if as_json:
        show_json({"retried": done})
    else:
        click.echo(f"{counted(done, 'dead letter')} tried anew.")
    for location, idents in chosen.items():
        for problem in missing_for_events(store, location) if idents else []:
            warn(f"{problem} Until then nothing is tried.")


def _drop(store: Store, chosen: dict[str, list[str]], *, as_json: bool) -> None:
    done = _in_parts(operator(store).drop_dead_letters, chosen)
    if as_json:
        show_json({"dropped": done})
    else:
        click.echo(f"{counted(done, 'dead letter')} dropped.")


def _in_parts(change: Callable[[str, Sequence[str]], int], chosen: dict[str, list[str]]) -> int:
    return sum(
        change(location, idents[first : first + BATCH])
        for location, idents in chosen.items()
        for first in range(0, len(idents), BATCH)
    )
