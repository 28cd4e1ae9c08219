"""The cursor of a sensor: what it is, what it was, and setting it if it is still what was seen."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from sensors_app.operating.operator import Operator
from sensors_app.web.pages.frame import find_polled, go_to, sensor_page
from sensors_app.web.pages.tick import TICK_ID
from sensors_app.web.problems import Problem
from sensors_app.web.rows import SensorRow
from sensors_app.web.site import Site, ThisSite, ThisUser

router = APIRouter(include_in_schema=False)

HISTORY = 50


@router.get("/sensors/{location}/{sensor}/cursor")
def cursor(
    request: Request,
    site: ThisSite,
    location: str,
    sensor: str,
    tick: Annotated[str, Query(pattern=rf"^({TICK_ID.pattern})?$")] = "",
    side: str = "before",
) -> Response:
    """Show a cursor and where it was; with a tick, offer to go back to what that found or left."""
    row = find_polled(site, location, sensor)
    wanted = row.state.cursor
    if tick:
        kept = site.store.ticks.tick(location, sensor, tick)
        if kept is None:
            raise Problem(404, f"Tick {tick} of {row.label} is not kept any more.")
        wanted = kept.cursor_after if side == "after" else kept.cursor_before
    return _page(request, site, row, wanted, from_tick=tick)


@router.post("/sensors/{location}/{sensor}/cursor")
def set_cursor(
    request: Request,
    site: ThisSite,
    user: ThisUser,
    location: str,
    sensor: str,
    expected: Annotated[str, Form()],
    text: Annotated[str, Form()] = "",
    none: Annotated[bool, Form()] = False,
    exact: Annotated[str, Form()] = "",
    evaluate: Annotated[bool, Form()] = False,
    confirmed: Annotated[bool, Form()] = False,
) -> Response:
    """Ask whether a cursor is to be set, and once confirmed set it, unless it has moved."""
    row = find_polled(site, location, sensor)
    seen = read_exact(expected)
    # Browsers send every line's end as CR LF, whatever it was.
    wanted = read_exact(exact) if exact else None if none else text.replace("\r\n", "\n")
    size = len((wanted or "").encode("utf-8", "surrogatepass"))
    if size > site.settings.cursor_max_bytes:
        error = f"It has {size:,} bytes; {site.settings.cursor_max_bytes:,} are allowed."
        return _page(request, site, row, wanted, 422, error=error)
    if not confirmed:
        return sensor_page(
            request,
            site,
            row,
            "cursor_confirm.html",
            "cursor",
            old=seen,
            new=wanted,
            expected=exactly(seen),
            exact=exactly(wanted),
        )
    operator = Operator(site.store, user.name)
    change = operator.set_cursor(location, sensor, wanted, expected=seen)
    if not change.accepted:
        fresh = find_polled(site, location, sensor)
        return _page(request, site, fresh, wanted, 409, moved=True, seen=seen)
    if evaluate:
        token = operator.evaluate(location, sensor)
        return go_to(request, location, sensor, evaluated=token)
    return go_to(request, location, sensor, "/cursor")


def exactly(cursor: str | None) -> str:
    """Write a cursor as a form can carry it: what it is, to the last character."""
    return json.dumps(cursor)


def read_exact(text: str) -> str | None:
    """Read what :func:`exactly` wrote.

    Raises:
        Problem: It is no such text.
    """
    try:
        cursor = json.loads(text)
    except ValueError:
        cursor = 0
    if not isinstance(cursor, str | None):
        raise Problem(422, "A cursor is text, or none, as JSON.")
    return cursor


def _page(
    request: Request,
    site: Site,
    row: SensorRow,
    wanted: str | None,
    status: int = 200,
    **more: Any,
) -> Response:
    marks = site.history.marks(row.location, row.name)
    moved = [mark.tick_id for mark in marks if mark.moved][:HISTORY]
    usual: dict[str, Any] = {"error": None, "moved": False, "seen": None, "from_tick": ""}
    return sensor_page(
        request,
        site,
        row,
        "cursor.html",
        "cursor",
        status,
        wanted=wanted,
        expected=exactly(row.state.cursor),
        history=site.store.ticks.ticks_named(row.location, row.name, moved),
        **{**usual, **more},
    )
