"""Sensors: how they stand, started and stopped, evaluated, tried out."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool
from typing_extensions import TypedDict

from sensors_app.operating.alive import missing_for_ticks
from sensors_app.operating.operator import Operator
from sensors_app.operating.records import preview_record, sensor_record
from sensors_app.operating.shapes import PreviewShape, SensorShape
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
from sensors_app.web.api.once import OnceRoute
from sensors_app.web.filters import in_order, parse_filter
from sensors_app.web.problems import Problem
from sensors_app.web.rows import SensorRow
from sensors_app.web.site import Site, ThisSite, ThisUser

router = APIRouter(tags=["sensors"], route_class=OnceRoute)

ONE = "/sensors/{location}/{sensor}"


class SensorDetail(SensorShape):
    """A sensor, with what is too much for a list."""

    cursor: str | None
    last_tick_at_ms: int | None
    waiting_events: int


class SwitchedShape(TypedDict):
    """Whether a sensor is on now."""

    location: str
    sensor: str
    running: bool


class EvaluatedShape(TypedDict):
    """An evaluation that was asked for. The id of its tick is not below the token."""

    location: str
    sensor: str
    token: int
    missing: list[str]


class AskedShape(TypedDict):
    """A dry run that was asked for, and where its answer will be."""

    preview_id: str
    location: str
    sensor: str
    answer: str


class Start(BaseModel):
    """How a sensor is started."""

    model_config = ConfigDict(extra="forbid")

    resume: StrictBool = Field(
        default=False,
        description="For one that is called for events: where it was stopped, so that it is called "
        "for what happened meanwhile, too.",
    )


class Try(BaseModel):
    """What a dry run tries."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(
        default=None, description="The cursor; null: none.", examples=["2026-11-24"]
    )
    use_cursor: StrictBool = Field(
        default=False, description="Whether to use that one rather than the sensor's own."
    )


@router.get("/sensors", response_model=Page[SensorShape])
def list_sensors(
    site: ThisSite,
    q: Annotated[
        str,
        Query(
            max_length=1000,
            description="As on the page of sensors: words of the name, and `location:`, `job:`, "
            "`kind:`, `tag:` or `status:` with a value.",
            examples=["orders status:failed"],
        ),
    ] = "",
    sort: Annotated[
        str,
        Query(
            pattern="^(worst|name|last|took)$",
            description="`worst` first, by `name`, by the `last` tick, or by how long that `took`.",
        ),
    ] = "name",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Answer:
    """List sensors with their last ticks, as of half a second ago at most."""
    place = place_of(cursor, dict)
    wanted, now = parse_filter(q), site.overview.now_ms()
    if wanted.problems:
        raise Problem(400, f"The filter is not understood: {'; '.join(wanted.problems)}.")
    found = [row for row in site.overview.rows() if wanted.accepts(row, now)]
    ordered = in_order(found, sort, now)
    first = _place_in(ordered, place)
    rows = ordered[first : first + limit]
    more = len(ordered) > first + limit
    return Answer(
        page_of(
            [sensor_record(row.state, row.tick) for row in rows],
            {"label": rows[-1].label, "number": first + limit} if more else None,
        )
    )


def _place_in(rows: list[SensorRow], place: dict[str, object] | None) -> int:
    """Return where a page begins: after the last sensor of the one before, wherever that is now."""
    if place is None:
        return 0
    labels = [row.label for row in rows]
    label, number = place.get("label"), place.get("number")
    if label in labels:
        return labels.index(str(label)) + 1
    return number if isinstance(number, int) and number >= 0 else 0


@router.get(ONE, response_model=SensorDetail)
def show_sensor(site: ThisSite, location: LocationName, sensor: SensorName) -> Answer:
    """Show one sensor as it is now."""
    state = known_sensor(site, location, sensor)
    tick = site.store.sensors.last_ticks(location, [sensor]).get(sensor)
    return Answer(
        {
            **sensor_record(state, tick),
            "cursor": state.cursor,
            "last_tick_at_ms": state.last_tick_at,
            "waiting_events": site.store.inbox.count(location, sensor),
        }
    )


@router.post(f"{ONE}/start", response_model=SwitchedShape)
def start_sensor(
    site: ThisSite,
    user: ThisUser,
    location: LocationName,
    sensor: SensorName,
    how: Annotated[Start | None, Body()] = None,
) -> Answer:
    """Switch a sensor on, whatever the default of its code. It outlives restarts."""
    resume = how is not None and how.resume
    return _switch(site, user.name, location, sensor, True, resume=resume)


@router.post(f"{ONE}/stop", response_model=SwitchedShape)
def stop_sensor(
    site: ThisSite, user: ThisUser, location: LocationName, sensor: SensorName
) -> Answer:
    """Switch a sensor off. A tick under way goes on to its end."""
    return _switch(site, user.name, location, sensor, False)


@router.post(f"{ONE}/reset", response_model=SwitchedShape)
def reset_sensor(
    site: ThisSite, user: ThisUser, location: LocationName, sensor: SensorName
) -> Answer:
    """Give a sensor back to the default of its code. Cursor and run keys stay."""
    return _switch(site, user.name, location, sensor, None)


def _switch(
    site: Site,
    actor: str,
    location: str,
    sensor: str,
    running: bool | None,
    *,
    resume: bool = False,
) -> Answer:
    known_sensor(site, location, sensor)
    on = Operator(site.store, actor).switch(location, sensor, running, resume=resume)
    site.overview.refresh()
    return Answer({"location": location, "sensor": sensor, "running": on})


@router.post(f"{ONE}/evaluate", status_code=202, response_model=EvaluatedShape)
def evaluate_sensor(
    site: ThisSite, user: ThisUser, location: LocationName, sensor: SensorName
) -> Answer:
    """Have a sensor evaluated now, even if it is off.

    It is a real tick: runs are launched, the cursor is kept. `missing` says who would have to be
    there for it, and is not.
    """
    _require_polled(site, location, sensor)
    token = Operator(site.store, user.name).evaluate(location, sensor)
    missing = missing_for_ticks(site.store, location)
    return Answer({"location": location, "sensor": sensor, "token": token, "missing": missing}, 202)


@router.post(
    f"{ONE}/previews",
    status_code=202,
    response_model=AskedShape,
    responses={202: {"headers": {"Location": {"schema": {"type": "string"}}}}},
)
def preview_sensor(
    request: Request,
    site: ThisSite,
    location: LocationName,
    sensor: SensorName,
    wish: Annotated[Try | None, Body()] = None,
) -> Answer:
    """Ask for a dry run by one of the sensor's workers; nothing is kept but its answer.

    The answer is to be had at `answer`, for ten minutes.
    """
    _require_polled(site, location, sensor)
    wish = wish or Try()
    ident = site.store.outbox.request_preview(
        location, sensor, cursor=wish.cursor, use_cursor=wish.use_cursor
    )
    if ident is None:
        raise Problem(404, f"The sensor {location}/{sensor} is gone.")
    where = f"{request.url.path}/{ident}"
    shown = {"preview_id": ident, "location": location, "sensor": sensor, "answer": where}
    return Answer(shown, 202, {"Location": where})


@router.get(
    f"{ONE}/previews/{{preview_id}}",
    response_model=PreviewShape,
    responses={202: {"model": AskedShape, "description": "No worker has answered yet."}},
)
def show_preview(
    request: Request,
    site: ThisSite,
    location: LocationName,
    sensor: SensorName,
    preview_id: Annotated[
        str, Path(max_length=100, description="The dry run.", examples=["5f0c9a52f7d14f0f"])
    ],
) -> Answer:
    """Show what a dry run found; 202 as long as there is no answer."""
    known_sensor(site, location, sensor)
    asked = site.store.outbox.asked_preview(location, preview_id)
    if asked is None or asked.sensor != sensor:
        raise Problem(404, "There is no such dry run (any more): its answer is kept for a while.")
    if asked.answer is not None:
        return Answer(preview_record(location, asked.answer))
    where = str(request.url.path)
    shown = {"preview_id": preview_id, "location": location, "sensor": sensor, "answer": where}
    return Answer(shown, 202, {"Retry-After": "1"})


def _require_polled(site: Site, location: str, sensor: str) -> None:
    if known_sensor(site, location, sensor).snapshot.reacts_to is not None:
        raise Problem(
            409,
            f"{location}/{sensor} is called for events: without one there is nothing to evaluate. "
            "A replay has it called once more for old ones.",
        )
