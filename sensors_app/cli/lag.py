"""``lag``: how far the sensors that events feed are behind them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import click

from sensors_app.operating.alive import missing_for_events
from sensors_app.cli.failure import warn
from sensors_app.cli.listing import state_of
from sensors_app.cli.names import find_locations
from sensors_app.cli.options import json_option, location_option
from sensors_app.cli.output import show_json, show_table
from sensors_app.cli.reactions import STATES, state_counts
from sensors_app.cli.records import Record
from sensors_app.cli.session import with_runtime
from sensors_app.cli.text import duration, iso
from sensors_app.engine.listening import sources
from sensors_app.model.events import StreamedEvent
from sensors_app.model.locations import SensorState
from sensors_app.model.reactions import LocationRules, ReadState
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

UNREAD_MAX = 1000
"""Up to how many unread events of a stream are looked at."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a sensor is behind.

    Args:
        sensor: The sensor.
        unread: How many of its events no listener has read yet.
        more: Whether there may be more of them.
        oldest_at: When the oldest of them happened, ms since the epoch.
        states: How many of its reactions are in which state.
        replays: How many of its replays are not read to their end.
    """

    sensor: SensorState
    unread: int = 0
    more: bool = False
    oldest_at: int | None = None
    states: Counter[str] = field(default_factory=Counter)
    replays: int = 0


@click.command()
@location_option
@json_option
@with_runtime
def lag(runtime: Runtime, location: str | None, as_json: bool) -> None:
    """Show how far sensors are behind the events that feed them.

    UNREAD counts events that no listener has read, and OLDEST is how long the oldest waits; the
    others count calls by their state: see 'sensors reactions' and 'sensors dead-letters'.
    """
    store = runtime.store
    names = [state.snapshot.name for state in find_locations(store, location)]
    found = list(measure(store, names))
    now = store.now_ms()
    if as_json:
        show_json([_record(each, now) for each in found])
    elif found:
        headings = ("LOCATION", "SENSOR", "STATE", "UNREAD", "OLDEST", *map(str.upper, STATES))
        show_table(headings, [_row(each, now) for each in found], ids=("LOCATION", "SENSOR"))
    else:
        click.echo("No sensor is called for events.")
    homes = dict.fromkeys(each.sensor.location for each in found)
    for problem in dict.fromkeys(p for home in homes for p in missing_for_events(store, home)):
        warn(problem)


def measure(store: Store, names: Iterable[str]) -> Iterator[Lag]:
    """Return how far each sensor of these code locations that events feed is behind."""
    known = store.sensors.location_names()
    for home in names:
        fed = [each for each in store.sensors.sensors(home) if each.snapshot.reacts_to]
        if not fed:
            continue
        state = store.deliveries.read_states([home])[home]
        unread, cut = _unread(store, home, fed, state, known)
        counts = store.overview.reaction_states(home, [each.snapshot.name for each in fed])
        for sensor in fed:
            name, rules = sensor.snapshot.name, sensor.snapshot.reacts_to
            own = [event for event in unread if rules and rules.accept(event, home)]
            yield Lag(
                sensor,
                unread=len(own),
                more=bool(rules and cut & rules.sources(home, known)),
                oldest_at=min((event.at for event in own), default=None),
                states=counts[name],
                replays=sum(replay.sensor == name for replay in state.replays),
            )


def _unread(
    store: Store, home: str, fed: Sequence[SensorState], state: ReadState, known: Sequence[str]
) -> tuple[list[StreamedEvent], set[str]]:
    """Return what no listener has read for a location, and of which streams that is not all."""
    rules = LocationRules(
        "", {each.snapshot.name: each.snapshot.reacts_to for each in fed if each.snapshot.reacts_to}
    )
    found: list[StreamedEvent] = []
    cut = set()
    for source in sources(rules, home, known):
        after = state.positions.get(source, "")
        page = store.events.events(source, after=after, limit=UNREAD_MAX)
        if len(page) == UNREAD_MAX:
            cut.add(source)
        found += page
    return found, cut


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


def _record(each: Lag, now: int) -> Record:
    return {
        "location": each.sensor.location,
        "sensor": each.sensor.snapshot.name,
        "running": each.sensor.running,
        "unread": each.unread,
        "more_unread": each.more,
        "oldest_unread_at": iso(each.oldest_at),
        "oldest_unread_ms": None if each.oldest_at is None else max(0, now - each.oldest_at),
        "replays": each.replays,
        "reactions": state_counts(each.states),
    }
