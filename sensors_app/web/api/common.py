"""What the parts of the API share: names in paths, pages of lists, what is not there."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, Field

from sensors_app.model.locations import SensorState
from sensors_app.operating.names import nearest
from sensors_app.web.problems import Problem
from sensors_app.web.site import Site

Item = TypeVar("Item")

LocationName = Annotated[
    str, Path(max_length=200, description="The code location.", examples=["quickstart"])
]
SensorName = Annotated[str, Path(max_length=200, description="The sensor.", examples=["new_files"])]
RunId = Annotated[
    str,
    Path(
        max_length=200,
        description="The run's id, whole.",
        examples=["0b9ff5a3-63cf-4d2f-9b1c-2b3a2c1d4e5f"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.", examples=[100])]
Cursor = Annotated[
    str,
    Query(
        max_length=2000,
        description="What the page before gave as `next`; without it, the first page.",
    ),
]
OfLocation = Annotated[
    str | None, Query(max_length=200, description="Only of this one.", examples=["quickstart"])
]


class Page(BaseModel, Generic[Item]):
    """A part of a list."""

    items: list[Item] = Field(description="What is on this page.")
    next: str | None = Field(
        description="The `cursor` of the next page; null if this is the last one."
    )


def page_of(items: list[Any], after: Any) -> dict[str, Any]:
    """Return a page: what is on it, and where the next one begins."""
    return {"items": items, "next": None if after is None else written(after)}


def written(place: Any) -> str:
    """Return a place in a list as text that nobody needs to understand."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(
    cursor: str, kind: type[Item], is_place: Callable[[Item], object] = lambda _: True
) -> Item | None:
    """Read a place in a list; None is its beginning.

    Args:
        cursor: What the page before gave.
        kind: What a place in this list is.
        is_place: Tells, by something true, of such a value whether it is one.

    Raises:
        Problem: It is not from here.
    """
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if not isinstance(found, kind) or not is_place(found):
        raise Problem(400, "This cursor is not from this list: begin anew, without one.")
    return found


def known_sensor(site: Site, location: str, sensor: str) -> SensorState:
    """Return a sensor.

    Raises:
        Problem: There is none of this name.
    """
    found = site.store.sensors.sensor(location, sensor)
    if found is None:
        known_location(site, location)
        offered = nearest(
            sensor, [row.name for row in site.overview.rows() if row.location == location]
        )
        raise Problem(404, f"There is no sensor {sensor!r} in {location}.{offered}")
    return found


def known_location(site: Site, location: str) -> None:
    """Refuse the name of a code location that is none.

    Raises:
        Problem: There is none of this name.
    """
    names = site.store.sensors.location_names()
    if location not in names:
        raise Problem(404, f"There is no code location {location!r}.{nearest(location, names)}")


def places(site: Site, location: str | None) -> list[str]:
    """Return the code locations that are meant: one, or all."""
    if location is None:
        return list(site.store.sensors.location_names())
    known_location(site, location)
    return [location]
