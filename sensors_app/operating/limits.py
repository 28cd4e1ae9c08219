"""How far concurrency limits are used up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.operating.run_shapes import LimitShape
from sensors_app.storage.overview import Group


@dataclass(frozen=True, slots=True)
class Use:
    """A limit, or one value of the tag that it is for, and who uses it.

    Args:
        limit: The limit; None for one that was taken out while it was in use.
        what: What it counts, for people.
        running: How many runs have a slot.
        waiting: How many wait for one.
    """

    limit: ConcurrencyLimit | None
    what: str
    running: int = 0
    waiting: int = 0


def uses(limits: Iterable[ConcurrencyLimit], groups: Iterable[Group]) -> Iterator[Use]:
    """Return each limit with who uses it; one for each value of a tag, each value in use."""
    by_name = {_name(limit): limit for limit in limits}
    idle = dict(by_name)
    for group in groups:
        name = group.name if group.name in by_name else group.name.partition("=")[0]
        idle.pop(name, None)
        yield Use(by_name.get(name), _what(group.name), group.running, group.waiting)
    for name, limit in idle.items():
        yield Use(limit, _what(name))


def _name(limit: ConcurrencyLimit) -> str:
    """Return what the store calls the runs that a limit counts; for each value, without one."""
    if limit.job_name is not None:
        return f"job:{limit.job_name}"
    if limit.tag is None:
        return "location"
    return f"tag:{limit.tag}" if limit.value is None else f"tag:{limit.tag}={limit.value}"


def _what(name: str) -> str:
    kind, _, rest = name.partition(":")
    if kind == "location":
        return "all runs"
    if kind == "tag" and "=" not in rest:
        return f"each value of tag {rest}"
    return f"{kind} {rest}"


def use_record(location: str, use: Use) -> LimitShape:
    """Return a limit and who uses it."""
    limit = use.limit
    return {
        "location": location,
        "limit_for": use.what,
        "limit": limit.limit if limit else None,
        "job_name": limit.job_name if limit else None,
        "tag": limit.tag if limit else None,
        "value": limit.value if limit else None,
        "running": use.running,
        "waiting": use.waiting,
    }
