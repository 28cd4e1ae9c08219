"""Concurrency limits: how they are kept, and how they come into force."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext


def limits_to_json(limits: Iterable[ConcurrencyLimit]) -> list[dict[str, Any]]:
    """Return limits as JSON-able data."""
    return [asdict(each) for each in limits]


def limits_from_json(data: Iterable[Mapping[str, Any]]) -> tuple[ConcurrencyLimit, ...]:
    """Read limits."""
    return tuple(ConcurrencyLimit(**each) for each in data)


def set_limits(context: StoreContext, location: str, limits: Sequence[ConcurrencyLimit]) -> None:
    """Have these limits in force, and no others.

    Runs under way go on, even if there are more of them than the limits allow.
    """
    keys = context.keys(location)
    context.run("set_limits", [keys.run(), keys.live, *keys.queue], [_by_scope(limits)])


def _by_scope(limits: Sequence[ConcurrencyLimit]) -> str:
    """Write limits as the scripts look them up; nothing if there are none."""
    if not limits:
        return ""
    found: dict[str, Any] = {"jobs": {}, "tags": []}
    tags: dict[str, dict[str, Any]] = {}
    for each in limits:
        if each.job_name is not None:
            found["jobs"][each.job_name] = each.limit
        elif each.tag is None:
            found["location"] = each.limit
        else:
            tag = tags.setdefault(each.tag, {"tag": each.tag, "values": {}})
            if each.value is None:
                tag["any"] = each.limit
            else:
                tag["values"][each.value] = each.limit
    return codec.dumps({**found, "tags": list(tags.values())})
