"""The filter of the list of sensors: words, and ``key:value`` pairs."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sensors_app.web.rows import SensorRow

RESULTS = ("requested", "acted", "skipped", "failed", "never")
STATUSES = (*RESULTS, "running", "stopped", "late", "held")
KEYS = ("name", "location", "job", "kind", "tag", "status")
SORTS = ("worst", "name", "last", "took")


@dataclass(frozen=True, slots=True)
class SensorFilter:
    """Which sensors are wanted.

    Args:
        text: As somebody wrote it: ``orders status:failed job:load tag:team=a``.
        problems: What of it is not understood, for people.
        criteria: Each must hold.
    """

    text: str
    criteria: tuple[tuple[str, str], ...]
    problems: tuple[str, ...] = ()

    def accepts(self, row: SensorRow, now: float) -> bool:
        """Tell whether a sensor is wanted."""
        return all(_CHECKS[key](row, value, now) for key, value in self.criteria)


def parse_filter(text: str) -> SensorFilter:
    """Read a filter; nothing that anybody may write is an error."""
    criteria, problems = [], []
    for word in words_of(text):
        key, colon, value = word.partition(":")
        if not colon:
            criteria.append(("name", word.lower()))
        elif key not in KEYS:
            problems.append(f"there is no {key!r} to filter by; there are: {', '.join(KEYS)}")
        elif key == "status" and value not in STATUSES:
            problems.append(f"there is no status {value!r}; there are: {', '.join(STATUSES)}")
        else:
            criteria.append((key, value.lower() if key == "name" else value))
    return SensorFilter(text, tuple(criteria), tuple(problems))


def words_of(text: str) -> list[str]:
    """Return the words of a filter; quotation marks keep spaces in one."""
    try:
        return shlex.split(text)
    except ValueError:  # an open quotation mark
        return text.split()


def counts(rows: Iterable[SensorRow], now: float) -> Mapping[str, int]:
    """Return how many sensors are on, off, failing, late and held."""
    found = dict.fromkeys(("running", "stopped", "failing", "late", "held"), 0)
    for row in rows:
        found["running" if row.on else "stopped"] += 1
        found["failing"] += row.on and row.result == "failed"
        found["late"] += row.late_ms(now) > 0
        found["held"] += row.state.held is not None
    return found


def in_order(rows: Iterable[SensorRow], sort: str, now: float) -> list[SensorRow]:
    """Return rows sorted by ``worst``, ``name``, ``last`` (newest tick first) or ``took``."""
    if sort == "last":
        return sorted(rows, key=lambda row: -(row.state.last_tick_at or 0))
    if sort == "took":
        return sorted(rows, key=lambda row: -(row.tick.duration_ms if row.tick else -1))
    if sort == "name":
        return sorted(rows, key=lambda row: (row.name, row.location))
    return sorted(rows, key=lambda row: row.worst_first(now))


def page_of(rows: Sequence[SensorRow], number: int, size: int) -> Sequence[SensorRow]:
    """Return one page of rows; pages count from 1."""
    return rows[(number - 1) * size : number * size]


def _has_status(row: SensorRow, status: str, now: float) -> bool:
    if status == "running":
        return row.on
    if status == "stopped":
        return not row.on
    if status == "late":
        return row.late_ms(now) > 0
    if status == "held":
        return row.state.held is not None
    if status == "never":
        return row.tick is None
    return row.result == status


def _has_tag(row: SensorRow, tag: str, _now: float) -> bool:
    name, equals, value = tag.partition("=")
    tags = row.state.snapshot.tags
    return name in tags and (not equals or tags[name] == value)


_CHECKS: Mapping[str, Callable[[SensorRow, str, float], bool]] = {
    "name": lambda row, value, _now: value in row.label.lower(),
    "location": lambda row, value, _now: row.location == value,
    "job": lambda row, value, _now: value in row.jobs,
    "kind": lambda row, value, _now: row.kind == value,
    "tag": _has_tag,
    "status": _has_status,
}
