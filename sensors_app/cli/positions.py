"""``skip`` and ``replay``: which events a sensor is to leave out, or to get once more."""

from collections.abc import Iterable, Iterator

import click

from sensors_app.cli.names import SensorRef
from sensors_app.cli.options import json_option, sensor_argument
from sensors_app.cli.output import show_json
from sensors_app.cli.reactions import find_called, find_fed, warn_of_missing
from sensors_app.cli.session import with_runtime
from sensors_app.cli.text import clean, counted
from sensors_app.cli.times import LAST_NUMBER, EventId, When, absolute, id_before, parts_of
from sensors_app.errors import UnknownNameError
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

PAGE = 1000
COUNTED_MAX = 10_000
"""Up to how many of the events of a replay are counted before it is asked for."""


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
    gone = store.deliveries.skip_reactions(sensor.location, sensor.name)
    if gone is None:
        raise UnknownNameError(f"Sensor {sensor.label} is gone: its location left it out.")
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
    ranges = _ranges(store, sensor, after, upto)
    found = _count(store, sensor, ranges)
    if found and not store.deliveries.replay_events(sensor.location, sensor.name, ranges):
        raise UnknownNameError(f"Sensor {sensor.label} is gone: its location left it out.")
    capped = found > COUNTED_MAX
    number = min(found, COUNTED_MAX)
    if as_json:
        shown = {"location": sensor.location, "sensor": sensor.name}
        show_json({**shown, "events": number, "more": capped})
    elif found:
        more = "more than " if capped else ""
        click.echo(f"{clean(sensor.label)} gets {more}{counted(number, 'event')} once more.")
    else:
        click.echo(f"No event for {clean(sensor.label)} is kept from that time: nothing to replay.")
    if found:
        warn_of_missing(store, sensor)


def _ranges(store: Store, sensor: SensorRef, after: str, upto: str) -> dict[str, tuple[str, str]]:
    """Return what is to be read of the stream of each code location that a sensor watches."""
    rules = sensor.snapshot.reacts_to
    assert rules is not None, "only sensors that events feed get here"
    sources = sorted(rules.sources(sensor.location, store.sensors.location_names()))
    # Not beyond the last event there is: what comes after it is delivered as it comes.
    ranges = {
        source: (after, min(last, upto, key=parts_of))
        for source, last in store.events.last_ids(sources).items()
    }
    return {
        source: (start, end)
        for source, (start, end) in ranges.items()
        if parts_of(start) < parts_of(end)
    }


def _count(store: Store, sensor: SensorRef, ranges: dict[str, tuple[str, str]]) -> int:
    """Return how many events a replay is for, or one more than are counted."""
    found = 0
    for _ in _accepted(store, sensor, ranges.items()):
        found += 1
        if found > COUNTED_MAX:
            break
    return found


def _accepted(
    store: Store, sensor: SensorRef, ranges: Iterable[tuple[str, tuple[str, str]]]
) -> Iterator[str]:
    rules = sensor.snapshot.reacts_to
    assert rules is not None, "only sensors that events feed get here"
    for source, (start, end) in ranges:
        after, page = start, None
        while page is None or len(page) == PAGE:
            page = store.events.events(source, after=after, until=end, limit=PAGE)
            for event in page:
                after = event.ident
                if rules.accept(event, sensor.location):
                    yield event.ident
