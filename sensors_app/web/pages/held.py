"""A tick that asks for too many runs: what it asks for, and a yes or no to it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from sensors_app.model.held import HeldTick
from sensors_app.operating.held import request_record
from sensors_app.operating.operator import Operator
from sensors_app.web.pages.frame import find_row, go_to, sensor_page
from sensors_app.web.problems import Problem
from sensors_app.web.rows import SensorRow
from sensors_app.web.site import ThisSite, ThisUser

router = APIRouter(include_in_schema=False)

SHOWN_REQUESTS = 50


@router.get("/sensors/{location}/{sensor}/held")
def held(request: Request, site: ThisSite, location: str, sensor: str) -> Response:
    """Show the tick of a sensor that is held, and ask what is to become of it."""
    row = find_row(site, location, sensor)
    first = site.store.held.first_requests(location, sensor)[:SHOWN_REQUESTS]
    requests = [request_record(each) for each in first] if row.state.held else []
    return sensor_page(request, site, row, "held.html", "held", requests=requests)


@router.post("/sensors/{location}/{sensor}/held/release")
def release(
    request: Request,
    site: ThisSite,
    user: ThisUser,
    location: str,
    sensor: str,
    tick: Annotated[str, Form()],
) -> Response:
    """Say yes: the runs are launched."""
    seen = _seen(find_row(site, location, sensor), tick)
    if not Operator(site.store, user.name).release(location, sensor, seen.tick_id):
        raise _decided()
    site.overview.refresh()
    return go_to(request, location, sensor)


@router.post("/sensors/{location}/{sensor}/held/discard")
def discard(
    request: Request,
    site: ThisSite,
    user: ThisUser,
    location: str,
    sensor: str,
    tick: Annotated[str, Form()],
    why: Annotated[str, Form(max_length=1000)] = "",
    move_on: Annotated[bool, Form()] = False,
) -> Response:
    """Say no: the requests are given up, and the tick says so."""
    seen = _seen(find_row(site, location, sensor), tick)
    operator = Operator(site.store, user.name)
    if not operator.discard(location, sensor, seen, why.strip(), move_on=move_on):
        raise _decided()
    site.overview.refresh()
    return go_to(request, location, sensor)


def _seen(row: SensorRow, tick_id: str) -> HeldTick:
    held = row.state.held
    if held is None or held.tick_id != tick_id:
        raise _decided()
    return held


def _decided() -> Problem:
    return Problem(409, "This tick is not held any more: somebody else has decided about it.")
