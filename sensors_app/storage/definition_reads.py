"""How a code location's definitions are read: in parts that each take the server a moment."""

from collections.abc import Collection

from sensors_app.storage.base import StoreContext
from sensors_app.storage.codec import Fields

PART = 1000
"""Definitions of one part: a part of so many holds the server for half a millisecond."""

ATTEMPTS = 3
STAMP = ["registering", "registrations"]
"""What changes when a registration begins, and when it ends."""


def read_definitions(context: StoreContext, location: str) -> tuple[Fields, Collection[str]]:
    """Return what is kept of a location as a whole, and the definitions of its sensors (JSON).

    If a registration begins or ends meanwhile all is read again, so that it is of one version. Who
    reads waits for no worker, though: it may be of two if a registration is under way all the
    while, or if each of three attempts meets another one.
    """
    for _ in range(ATTEMPTS):
        fields, definitions, undisturbed = _read(context, location)
        if undisturbed:
            break
    return fields, definitions.values()


def _read(context: StoreContext, location: str) -> tuple[Fields, dict[str, str], bool]:
    keys = context.keys(location)
    fields: Fields | None = None
    # By name: what is read in parts may come twice.
    definitions: dict[str, str] = {}
    cursor = 0
    while True:
        with context.reading() as pipe:
            if fields is None:
                pipe.hgetall(keys.location)
            pipe.hscan(keys.sensors, cursor, count=PART)
            pipe.hmget(keys.location, STAMP)
            *first, (cursor, part), stamp = pipe.execute()
        # With the first part: most code locations have one, and are read in one round trip.
        if fields is None:
            (fields,) = first
        definitions |= part
        if not cursor:
            return fields, definitions, stamp == [fields.get(name) for name in STAMP]
