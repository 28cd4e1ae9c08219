"""How pages write times, durations and numbers."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

MS_PER_UNIT = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000))


def duration(ms: float | None) -> str:
    """Write a duration given in ms: ``0.3 ms``, ``87 ms``, ``1.40 s``, ``2 min 5 s``.

    Most are differences of times in whole ms: there, nothing means less than one.
    """
    if ms is None:
        return ""
    if ms <= 0:
        return "< 1 ms"
    if ms < 1:
        return f"{ms:.1g} ms"
    if ms < 1000:
        return f"{ms:.0f} ms"
    if ms < 60_000:
        return f"{ms / 1000:.2f} s"
    return coarse(ms)


def coarse(ms: float) -> str:
    """Write a duration given in ms in its two largest units: ``3 h 12 min``."""
    left = int(ms)
    parts: list[str] = []
    for unit, size in MS_PER_UNIT:
        if left >= size and len(parts) < 2:
            parts.append(f"{left // size} {unit}")
            left %= size
        elif parts:
            break
    return " ".join(parts) or "0 s"


def age(ms: float | None, now_ms: float) -> str:
    """Write how long ago a time was, both in ms since the epoch: ``12 s ago``."""
    if ms is None:
        return ""
    since = now_ms - ms
    return f"in {_largest(-since)}" if since < 0 else f"{_largest(since)} ago"


def iso(ms: float | None) -> str:
    """Write a time in ms since the epoch as ISO 8601, in UTC, with milliseconds."""
    if ms is None:
        return ""
    text = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def clock(ms: float | None) -> str:
    """Write the time of day, in UTC, of a time in ms since the epoch."""
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M:%S")


def seconds(value: float | None) -> str:
    """Write a number of seconds: ``30 s``, ``0.2 s``, ``1 h``."""
    if value is None:
        return ""
    return f"{value:g} s" if value < 120 else coarse(value * 1000)


def pretty(value: Any) -> str:
    """Write a configuration, or tags, as JSON that people read."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _largest(ms: float) -> str:
    for unit, size in MS_PER_UNIT:
        if ms >= size:
            return f"{int(ms // size)} {unit}"
    return "0 s"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "duration": duration,
    "coarse": coarse,
    "age": age,
    "iso": iso,
    "clock": clock,
    "seconds": seconds,
    "pretty": pretty,
}
