"""Ticks that are held, as the command line prints them and the API answers them."""

import json
from collections.abc import Sequence

from pydantic import with_config
from typing_extensions import TypedDict

from sensors_app.model.held import HeldTick
from sensors_app.model.ticks import RunToCreate
from sensors_app.operating.shapes import DESCRIBED, RequestShape
from sensors_app.operating.times import iso


@with_config(DESCRIBED)
class HeldShape(TypedDict):
    """A tick that is held until somebody says yes or no."""

    location: str
    """Its code location."""

    sensor: str
    """Its sensor."""

    tick_id: str
    """Its identity, within its sensor."""

    held_since: str | None
    """Since when, ISO 8601 in UTC."""

    requests: int
    """How many runs it asks for."""

    most: int | None
    """How many are allowed, if it asks for more than that."""

    usual: int | None
    """How many are usual for its sensor, if it asks for far more than that."""

    reason: str
    """Why it is held, for people."""


@with_config(DESCRIBED)
class HeldDetailShape(TypedDict):
    """A tick that is held, with some of what it asks for."""

    held: HeldShape
    """The tick."""

    first_requests: list[RequestShape]
    """The first of its requests, some tens."""


def held_record(location: str, sensor: str, held: HeldTick) -> HeldShape:
    """Return a tick that is held."""
    return {
        "location": location,
        "sensor": sensor,
        "tick_id": held.tick_id,
        "held_since": iso(held.at),
        "requests": held.requests,
        "most": held.most,
        "usual": held.usual,
        "reason": held.reason,
    }


def held_detail(
    location: str, sensor: str, held: HeldTick, first: Sequence[RunToCreate]
) -> HeldDetailShape:
    """Return a tick that is held, with its first requests."""
    return {
        "held": held_record(location, sensor, held),
        "first_requests": [request_record(each) for each in first],
    }


def request_record(request: RunToCreate) -> RequestShape:
    """Return a request for a run."""
    return {
        "run_key": request.run_key,
        "job_name": request.job_name,
        "run_config": json.loads(request.run_config),
        "tags": json.loads(request.tags),
    }
