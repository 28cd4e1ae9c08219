"""Which old events a sensor is to get once more."""

from collections.abc import Iterable, Iterator

from sensors_app.model.locations import SensorSnapshot
from sensors_app.operating.times import parts_of
from sensors_app.storage.store import Store

PAGE = 1000
COUNTED_MAX = 10_000
"""Up to how many of the events of a replay are counted before it is asked for."""


def replay_ranges(
    store: Store, location: str, sensor: SensorSnapshot, after: str, upto: str
) -> dict[str, tuple[str, str]]:
    """Return what is to be read of the stream of each code location that a sensor watches."""
    rules = sensor.reacts_to
    assert rules is not None, "only sensors that events feed get here"
    sources = sorted(rules.sources(location, store.sensors.location_names()))
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


def count_replayed(
    store: Store, location: str, sensor: SensorSnapshot, ranges: dict[str, tuple[str, str]]
) -> tuple[int, bool]:
    """Return how many events a replay is for, as far as they are counted, and whether of more."""
    found = 0
    for _ in _accepted(store, location, sensor, ranges.items()):
        if found == COUNTED_MAX:
            return found, True
        found += 1
    return found, False


def _accepted(
    store: Store,
    location: str,
    sensor: SensorSnapshot,
    ranges: Iterable[tuple[str, tuple[str, str]]],
) -> Iterator[str]:
    rules = sensor.reacts_to
    assert rules is not None, "only sensors that events feed get here"
    for source, (start, end) in ranges:
        after, page = start, None
        while page is None or len(page) == PAGE:
            page = store.events.events(source, after=after, until=end, limit=PAGE)
            for event in page:
                after = event.ident
                if rules.accept(event, location):
                    yield event.ident
