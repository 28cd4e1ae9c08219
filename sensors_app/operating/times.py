"""Times as people and programs write them, and the ids of events, which are times."""

import re
from datetime import UTC, datetime

AGO = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([smhd])")
UNIT_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
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


def parse_time(text: str) -> int:
    """Read a time, in ms since the epoch: ``2026-11-24T22:12:00Z``, without a zone in UTC.

    Or a length of time before now, negative: ``90s``, ``30m``, ``2h``, ``1d``.

    Raises:
        ValueError: It is none.
    """
    if ago := AGO.fullmatch(text):
        return -round(float(ago[1]) * UNIT_MS[ago[2]])
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        remedy = "write 2026-11-24T22:12:00Z, or 30m, 2h, 1d"
        raise ValueError(f"{text!r} is no time: {remedy}.") from None
    # Nothing here is older than the epoch, and less than nothing is a length of time.
    return max(0, round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000))


def absolute(when: int, now_ms: int) -> int:
    """Return a time that may be one before now."""
    return now_ms + when if when < 0 else when


def id_before(ident: str) -> str:
    """Return the id that comes right before another."""
    ms, number = parts_of(ident)
    return f"{ms}-{number - 1}" if number else f"{ms - 1}-{LAST_NUMBER}"


def parts_of(ident: str) -> tuple[int, int]:
    """Return an event's id as numbers, which sort as the ids do: its time, and a number in it."""
    ms, _, number = ident.partition("-")
    return int(ms), int(number)
