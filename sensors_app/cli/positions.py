"""``skip`` and ``replay``: which events a sensor is to leave out, or to get once more."""

import click

from sensors_app.cli.options import json_option, sensor_argument
from sensors_app.cli.output import show_json
from sensors_app.cli.reactions import find_called, find_fed, warn_of_missing
from sensors_app.cli.session import operator, with_runtime
from sensors_app.cli.text import clean, counted
from sensors_app.cli.times import EventId, When
from sensors_app.operating.times import LAST_NUMBER, absolute, id_before
from sensors_app.runtime import Runtime


@click.command()
@sensor_argument
@json_option
@with_runtime
def skip(runtime: Runtime, name: str, as_json: bool) -> None:
    """Have a sensor skip all events up to now.

    What waits for it is given up, and what has not been read yet is not for it. Calls under way go
    on, and dead letters stay.
    """
    store = runtime.store
    sensor = find_called(store, name)
    gone = operator(store).skip_to_latest(sensor.location, sensor.name)
    if as_json:
        show_json({"location": sensor.location, "sensor": sensor.name, "skipped": gone})
    else:
        click.echo(
            f"{clean(sensor.label)} goes on with what happens from now on; "
            f"{counted(gone, 'call')} that waited given up."
        )


@click.command()
@sensor_argument
@click.option("--since", type=When(), metavar="TIME", help="Events from this time on.")
@click.option("--from", "first", type=EventId(), metavar="ID", help="Events from this one on.")
@click.option("--until", type=When(), metavar="TIME", help="Only events up to then. Default: now.")
@json_option
@with_runtime
def replay(
    runtime: Runtime,
    name: str,
    since: int | None,
    first: str | None,
    until: int | None,
    as_json: bool,
) -> None:
    """Have a sensor called once more for old events.

    TIME is 2026-11-24T22:12:00Z, or how long ago: 30m, 2h, 1d. ID is an event's, from 'sensors
    events'. Its run keys still make one run each; 'sensors run-keys --clear' forgets some. What is
    replayed to a sensor that is off is held until it is started.
    """
    if (since is None) == (first is None):
        raise click.UsageError("Say from where on: with --since TIME or with --from ID.")
    store = runtime.store
    sensor = find_fed(store, name)
    now = store.now_ms()
    after = id_before(first if first is not None else f"{absolute(since or 0, now)}-0")
    upto = f"{now if until is None else absolute(until, now)}-{LAST_NUMBER}"
    found, capped = operator(store).replay(sensor.location, sensor.snapshot, after, upto)
    if as_json:
        shown = {"location": sensor.location, "sensor": sensor.name}
        show_json({**shown, "events": found, "more": capped})
    elif found:
        more = "more than " if capped else ""
        click.echo(f"{clean(sensor.label)} gets {more}{counted(found, 'event')} once more.")
    else:
        click.echo(f"No event for {clean(sensor.label)} is kept from that time: nothing to replay.")
    if found:
        warn_of_missing(store, sensor)
