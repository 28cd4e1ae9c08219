"""What requests so many runs that no one step may create them all is put by in parts first."""

from collections.abc import Callable, Iterable, Iterator

from sensors_app.model.ticks import RunToCreate
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, StoreLimits
from sensors_app.storage.commits import request_arguments
from sensors_app.storage.scripts import Call

STAGE_ABOVE = 200
"""What requests more is committed in several steps. To create a run holds the server for some
50 µs, so this is what one step may take."""

PART_REQUESTS = 100
PART_CHARS = 200_000
"""A part ends with so many requests, or when their texts are so long."""

PARTS_A_TRIP = 10
"""How many parts are put by in one round trip."""

STAGE_LIFE_MS = 600_000
"""For how long what is put by is kept, as long as it is not committed."""

TAKE_OVER_MS = 2000
"""After how long without a step others go on with it."""


def most_in_a_step(limits: StoreLimits) -> int:
    """Return how many runs one step may create, no more than anybody may request unasked."""
    return min(STAGE_ABOVE, limits.max_requests)


def put_by(
    context: StoreContext, runs: Iterable[RunToCreate], call_of: Callable[[int, str], Call]
) -> int | None:
    """Put requests by; return in how many parts, None if their owner may not (any more).

    Args:
        context: The store's.
        runs: The requests.
        call_of: Returns the intent that puts a part by, of this number from 1 on.
    """
    number = 0
    for trip in _trips(_parts(runs)):
        calls = []
        for part in trip:
            number += 1
            calls.append(call_of(number, codec.dumps(part)))
        if not all(context.run_all(calls)):
            return None
    return number


def left_since(
    context: StoreContext,
    unfolding: str,
    place_of: Callable[[str], str],
    field: str,
    now_ms: int | None,
) -> list[tuple[str, str]]:
    """Return what nobody has gone on with for a while, and what a field says of each.

    Args:
        context: The store's.
        unfolding: The list of all that is being unfolded.
        place_of: Returns the hash that has the field. What has none has just been ended.
        field: The field.
        now_ms: The time to go by.
    """
    with context.reading() as pipe:
        pipe.time()
        pipe.zrange(unfolding, 0, -1, withscores=True)
        (seconds, micros), found = pipe.execute()
        now = seconds * 1000 + micros // 1000 if now_ms is None else now_ms
        names = [name for name, at in found if at <= now]
        for name in names:
            pipe.hget(place_of(name), field)
        values = pipe.execute()
    return [(n, value) for n, value in zip(names, values, strict=True) if value is not None]


def _parts(runs: Iterable[RunToCreate]) -> Iterator[list[str]]:
    """Write requests as the scripts take them, in parts of a bearable size."""
    part: list[str] = []
    chars = 0
    for run in runs:
        texts = request_arguments([run])
        part += texts
        chars += sum(map(len, texts))
        if len(part) >= PART_REQUESTS * len(texts) or chars >= PART_CHARS:
            yield part
            part, chars = [], 0
    if part:
        yield part


def _trips(parts: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    trip: list[list[str]] = []
    for part in parts:
        trip.append(part)
        if len(trip) == PARTS_A_TRIP:
            yield trip
            trip = []
    if trip:
        yield trip
