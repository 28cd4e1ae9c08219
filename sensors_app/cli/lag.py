"""``lag``: how far the sensors that events feed are behind them."""

from collections.abc import Sequence

import click

from sensors_app.cli.failure import warn
from sensors_app.cli.listing import state_of
from sensors_app.cli.names import find_locations
from sensors_app.cli.options import json_option, location_option
from sensors_app.cli.output import show_json, show_table
from sensors_app.cli.session import with_runtime
from sensors_app.cli.text import duration
from sensors_app.operating.alive import missing_for_events
from sensors_app.operating.lag import Lag, lag_record, lane_record, measure
from sensors_app.operating.records import STATES
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store


@click.command()
@location_option
@click.option("--polled", is_flag=True, help="Show how far the sensors that are polled are behind.")
@json_option
@with_runtime
def lag(runtime: Runtime, location: str | None, polled: bool, as_json: bool) -> None:
    """Show how far sensors are behind the events that feed them.

    UNREAD counts events that no listener has read, and OLDEST is how long the oldest waits; the
    others count calls by their state: see 'sensors reactions' and 'sensors dead-letters'.

    With --polled it shows how many sensors are due that no worker could take yet, and for how long
    the first of them has been: those known to be quick, and all others, which are evaluated apart.
    """
    store = runtime.store
    names = [state.snapshot.name for state in find_locations(store, location)]
    if polled:
        _show_lanes(store, names, as_json)
        return
    found = list(measure(store, names))
    now = store.now_ms()
    if as_json:
        show_json([lag_record(each, now) for each in found])
    elif found:
        headings = ("LOCATION", "SENSOR", "STATE", "UNREAD", "OLDEST", *map(str.upper, STATES))
        show_table(headings, [_row(each, now) for each in found], ids=("LOCATION", "SENSOR"))
    else:
        click.echo("No sensor is called for events.")
    homes = dict.fromkeys(each.sensor.location for each in found)
    for problem in dict.fromkeys(p for home in homes for p in missing_for_events(store, home)):
        warn(problem)


def _show_lanes(store: Store, names: Sequence[str], as_json: bool) -> None:
    found = [(name, *lane) for name in names for lane in store.meter.lanes(name).items()]
    if as_json:
        show_json([lane_record(*each) for each in found])
        return
    rows = [
        [
            name,
            lane,
            f"{each.due:,}",
            f"{each.claimed:,}",
            duration(each.lag_ms) if each.due else "",
        ]
        for name, lane, each in found
    ]
    show_table(("LOCATION", "LANE", "DUE", "CLAIMED", "OLDEST"), rows, ids=("LOCATION", "LANE"))


def _row(each: Lag, now: int) -> list[str]:
    unread = f"{each.unread:,}{'+' if each.more else ''}"
    if each.replays:
        unread += " and a replay"
    return [
        each.sensor.location,
        each.sensor.snapshot.name,
        state_of(each.sensor),
        unread,
        "" if each.oldest_at is None else duration(now - each.oldest_at),
        *(f"{each.states[state]:,}" for state in STATES),
    ]
