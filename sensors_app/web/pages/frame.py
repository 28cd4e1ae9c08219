"""What all pages of one sensor share."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.operating.names import nearest
from sensors_app.web.problems import Problem
from sensors_app.web.rows import SensorRow
from sensors_app.web.site import Site
from sensors_app.web.templating import page

FINISHED = frozenset(status.value for status in DagsterRunStatus if status.is_finished)


def find_row(site: Site, location: str, sensor: str) -> SensorRow:
    """Return a sensor as it is now.

    Raises:
        Problem: There is none.
    """
    state = site.store.sensors.sensor(location, sensor)
    if state is None:
        known = [row.label for row in site.overview.rows()]
        gone = f"There is no sensor {location}/{sensor}: its location left it out, or never had it."
        raise Problem(404, gone + nearest(f"{location}/{sensor}", known))
    return SensorRow(state, site.store.sensors.last_ticks(location, [sensor]).get(sensor))


def find_polled(site: Site, location: str, sensor: str) -> SensorRow:
    """Return a sensor that is evaluated by the clock.

    Raises:
        Problem: There is none, or it is called for events.
    """
    row = find_row(site, location, sensor)
    if row.kind == "events":
        raise Problem(
            409,
            f"{row.label} is called for events: without one there is nothing to evaluate, and it "
            "has no cursor. Replay events to it instead.",
        )
    return row


def find_fed(site: Site, location: str, sensor: str) -> SensorRow:
    """Return a sensor that is called for events.

    Raises:
        Problem: There is none, or it is evaluated by the clock.
    """
    row = find_row(site, location, sensor)
    if row.kind != "events":
        raise Problem(409, f"{row.label} is evaluated by the clock, and not called for events.")
    return row


def sensor_page(
    request: Request,
    site: Site,
    row: SensorRow,
    template: str,
    tab: str,
    status: int = 200,
    **context: Any,
) -> Response:
    """Return one of the pages of a sensor.

    Args:
        request: What it answers.
        site: The web process's own.
        row: The sensor.
        template: Its template.
        tab: Which of the tabs it is under.
        status: The HTTP status.
        context: What the template shows.
    """
    return page(
        request,
        template,
        status,
        section="Sensors",
        row=row,
        here=path_of(request, row.location, row.name),
        tab=tab,
        now=site.overview.now_ms(),
        trouble=site.health.trouble(),
        **context,
    )


def path_of(request: Request, location: str, sensor: str) -> str:
    """Return the path of a sensor's page."""
    root = request.scope.get("root_path", "")
    return f"{root}/sensors/{quote(location, '')}/{quote(sensor, '')}"


def go_to(
    request: Request, location: str, sensor: str, page: str = "", **query: object
) -> Response:
    """Go on to a page of a sensor once something has been done."""
    asked = f"?{urlencode(query)}" if query else ""
    return RedirectResponse(f"{path_of(request, location, sensor)}{page}{asked}", 303)


def confirm(
    request: Request,
    site: Site,
    row: SensorRow,
    tab: str,
    *,
    question: str,
    lines: Iterable[str] = (),
    action: str,
    fields: Iterable[tuple[str, str]] = (),
    button: str,
    danger: bool = False,
    back: str = "",
) -> Response:
    """Return a page that asks before something is done.

    Args:
        request: What it answers.
        site: The web process's own.
        row: The sensor.
        tab: Which of the tabs it is under.
        question: What is asked.
        lines: What there is to know before.
        action: The path, after the sensor's own, that is posted to.
        fields: What is posted.
        button: What the button says.
        danger: Whether it cannot be undone.
        back: The path, after the sensor's own, of "No".
    """
    return sensor_page(
        request,
        site,
        row,
        "confirm.html",
        tab,
        question=question,
        lines=list(lines),
        action=action,
        fields=[*fields, ("confirmed", "true")],
        button=button,
        danger=danger,
        back=back,
    )


def under_way(statuses: Mapping[str, str]) -> list[str]:
    """Return those of these runs that have not ended: a page that shows them follows them."""
    return [run_id for run_id, status in statuses.items() if status not in FINISHED]
