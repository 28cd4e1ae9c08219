"""Dry runs: what a sensor would do, with its own cursor or another one."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from sensors_app.errors import UnknownNameError
from sensors_app.operating.alive import missing_for_ticks
from sensors_app.operating.operator import Operator
from sensors_app.storage.outbox import AskedPreview
from sensors_app.web.pages.cursor import exactly, read_exact
from sensors_app.web.pages.frame import find_polled, go_to, sensor_page
from sensors_app.web.pages.tick import TICK_ID, leveled
from sensors_app.web.problems import Problem
from sensors_app.web.site import Site, ThisSite, ThisUser

router = APIRouter(include_in_schema=False)

SHOWN = 200
"""Requests that are shown: there may be ten thousand."""


@router.get("/sensors/{location}/{sensor}/preview")
def ask(
    request: Request,
    site: ThisSite,
    location: str,
    sensor: str,
    tick: Annotated[str, Query(pattern=rf"^({TICK_ID.pattern})?$")] = "",
) -> Response:
    """Ask with which cursor a sensor is to be tried; with a tick, propose the one it found."""
    row = find_polled(site, location, sensor)
    kept = site.store.ticks.tick(location, sensor, tick) if tick else None
    proposed = row.state.cursor if kept is None else kept.cursor_before
    other = kept is not None
    return sensor_page(
        request, site, row, "preview.html", "preview", proposed=proposed, other=other
    )


@router.post("/sensors/{location}/{sensor}/preview")
def request_preview(
    request: Request,
    site: ThisSite,
    location: str,
    sensor: str,
    which: Annotated[str, Form()] = "own",
    text: Annotated[str, Form()] = "",
) -> Response:
    """Have a worker try a sensor, and go to where the answer will be."""
    find_polled(site, location, sensor)
    cursor = text.replace("\r\n", "\n") if which == "text" else None
    preview_id = site.store.outbox.request_preview(
        location, sensor, cursor=cursor, use_cursor=which != "own"
    )
    if preview_id is None:
        raise UnknownNameError(f"Sensor {location}/{sensor} is gone: its location left it out.")
    return go_to(request, location, sensor, f"/previews/{preview_id}")


@router.get("/sensors/{location}/{sensor}/previews/{preview_id}")
def preview(
    request: Request, site: ThisSite, location: str, sensor: str, preview_id: str
) -> Response:
    """Show the answer of a dry run, or wait for it."""
    row = find_polled(site, location, sensor)
    asked = _find(site, location, sensor, preview_id)
    answer = asked.answer
    return sensor_page(
        request,
        site,
        row,
        "preview_answer.html",
        "preview",
        asked=asked,
        answer=answer,
        preview_id=preview_id,
        missing=missing_for_ticks(site.store, location) if answer is None else (),
        requests=answer.requests[:SHOWN] if answer else (),
        dropped=answer.dropped[:SHOWN] if answer else (),
        log_lines=leveled(answer.logs) if answer else (),
        expected=exactly(row.state.cursor),
    )


@router.post("/sensors/{location}/{sensor}/previews/{preview_id}/commit")
def commit(
    request: Request,
    site: ThisSite,
    user: ThisUser,
    location: str,
    sensor: str,
    preview_id: str,
    expected: Annotated[str, Form()],
) -> Response:
    """Evaluate a sensor for real, from the cursor that it was tried with."""
    find_polled(site, location, sensor)
    asked = _find(site, location, sensor, preview_id)
    operator = Operator(site.store, user.name)
    if asked.use_cursor:
        seen = read_exact(expected)
        change = operator.set_cursor(location, sensor, asked.cursor, expected=seen)
        if not change.accepted:
            raise Problem(
                409,
                f"The cursor of {location}/{sensor} has moved since that page was shown: nothing "
                "was changed. Go back and reload the page to see what it is now.",
            )
    token = operator.evaluate(location, sensor)
    return go_to(request, location, sensor, evaluated=token)


def _find(site: Site, location: str, sensor: str, preview_id: str) -> AskedPreview:
    asked = site.store.outbox.asked_preview(location, preview_id)
    if asked is None or asked.sensor != sensor:
        raise Problem(404, "This dry run is gone: the answer of one is kept for ten minutes.")
    return asked
