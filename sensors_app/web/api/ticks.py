"""Ticks: what became of a sensor's evaluations."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query

from sensors_app.model.ticks import Tick, TickStatus
from sensors_app.operating.records import tick_record, tick_summary
from sensors_app.operating.shapes import TickShape, TickSummary
from sensors_app.web.api.answers import Answer
from sensors_app.web.api.common import (
    Cursor,
    Limit,
    LocationName,
    Page,
    SensorName,
    known_sensor,
    page_of,
    place_of,
)
from sensors_app.web.api.sensors import ONE
from sensors_app.web.problems import Problem
from sensors_app.web.site import Site, ThisSite

router = APIRouter(tags=["ticks"])

PART = 500
TICK_ID = r"^[0-9]{1,18}(-[0-9]{1,18})?$"


@router.get(f"{ONE}/ticks", response_model=Page[TickSummary])
def list_ticks(
    site: ThisSite,
    location: LocationName,
    sensor: SensorName,
    status: Annotated[
        list[TickStatus] | None, Query(description="Only ticks that ended like this.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Answer:
    """List the finished ticks of a sensor that are kept, newest first, without their logs."""
    known_sensor(site, location, sensor)
    place = place_of(cursor, str, _is_tick_id)
    found, more = _ticks(site, location, sensor, status or list(TickStatus), place, limit)
    items = [tick_summary(location, tick) for tick in found]
    return Answer(page_of(items, found[-1].tick_id if more else None))


def _is_tick_id(text: str) -> bool:
    return all(part.isdecimal() for part in text.split("-", 1))


def _ticks(
    site: Site,
    location: str,
    sensor: str,
    statuses: Sequence[TickStatus],
    before: str | None,
    limit: int,
) -> tuple[list[Tick], bool]:
    found: list[Tick] = []
    while len(found) <= limit:
        part = site.store.ticks.ticks(location, sensor, limit=PART, before=before)
        found += [tick for tick in part if tick.status in statuses]
        if len(part) < PART:
            break
        before = part[-1].tick_id
    return found[:limit], len(found) > limit


@router.get(f"{ONE}/ticks/{{tick_id}}", response_model=TickShape)
def show_tick(
    site: ThisSite,
    location: LocationName,
    sensor: SensorName,
    tick_id: Annotated[
        str, Path(pattern=TICK_ID, description="The tick.", examples=["1764021600000"])
    ],
) -> Answer:
    """Show one tick: its error, its log, its runs."""
    known_sensor(site, location, sensor)
    found = site.store.ticks.tick(location, sensor, tick_id)
    if found is None:
        raise Problem(404, "There is no such tick: it is under way, or not kept any more.")
    return Answer(tick_record(location, found))
