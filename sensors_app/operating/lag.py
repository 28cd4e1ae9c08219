"""How far the sensors that events feed are behind them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sensors_app.engine.listening import sources
from sensors_app.model.events import StreamedEvent
from sensors_app.model.locations import SensorState
from sensors_app.model.reactions import LocationRules, ReadState
from sensors_app.operating.records import state_counts
from sensors_app.operating.run_shapes import LagShape, LaneShape
from sensors_app.operating.times import iso
from sensors_app.storage.metering import Lane
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


def measure(store: Store, names: Iterable[str]) -> Iterator[Lag]:
    """Return how far each sensor of these code locations that events feed is behind."""
    for home, rules in store.deliveries.rules(list(names)).items():
        fed = store.sensors.sensors_named(home, sorted(rules.sensors))
        if fed:
            yield from measure_sensors(store, home, fed)


def measure_sensors(store: Store, home: str, fed: Sequence[SensorState]) -> Iterator[Lag]:
    """Return how far these sensors of a code location, which events feed, are behind."""
    known = store.sensors.location_names()
    state = store.deliveries.read_states([home])[home]
    unread, cut = _unread(store, home, fed, state, known)
    counts = store.overview.reaction_states(home, [each.snapshot.name for each in fed])
    for sensor in fed:
        name, rules = sensor.snapshot.name, sensor.snapshot.reacts_to
        own = [event for event in unread if _is_for(sensor, event)]
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


def _is_for(sensor: SensorState, event: StreamedEvent) -> bool:
    """Tell whether a sensor is to get an event: as listeners will find, if nobody switches it."""
    rules = sensor.snapshot.reacts_to
    return (
        rules is not None
        and sensor.running
        and event.at >= (sensor.switched_on or 0)
        and rules.accept(event, sensor.location)
    )


def lag_record(each: Lag, now: int) -> LagShape:
    """Return how far a sensor is behind."""
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


def lane_record(location: str, name: str, lane: Lane) -> LaneShape:
    """Return how far a lane of polled sensors is behind."""
    return {
        "location": location,
        "lane": name,
        "due": lane.due,
        "claimed": lane.claimed,
        "lag_ms": lane.lag_ms,
    }
