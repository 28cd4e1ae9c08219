"""Times as programs read them, and the ids of events, which are times."""

import re
from datetime import UTC, datetime

EVENT_ID = re.compile(r"\d{1,15}-\d{1,18}")

LAST_NUMBER = 2**64 - 1
"""The highest that the second part of an event's id can be."""


def iso(milliseconds: int | float | None) -> str | None:
    """Return a time, in ms since the epoch, as ISO 8601 in UTC."""
    if milliseconds is None:
        return None
    when = datetime.fromtimestamp(round(milliseconds) / 1000, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_seconds(seconds: float | None) -> str | None:
    """Return a time, in seconds since the epoch, as ISO 8601 in UTC."""
    return None if seconds is None else iso(seconds * 1000)


def id_before(ident: str) -> str:
    """Return the id that comes right before another."""
    ms, number = parts_of(ident)
    return f"{ms}-{number - 1}" if number else f"{ms - 1}-{LAST_NUMBER}"


def parts_of(ident: str) -> tuple[int, int]:
    """Return an event's id as numbers, which sort as the ids do: its time, and a number in it."""
    ms, _, number = ident.partition("-")
    return int(ms), int(number)
