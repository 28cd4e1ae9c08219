"""The list of all sensors."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from sensors_app.operating.operator import Operator
from sensors_app.web.filters import SORTS, counts, in_order, page_of, parse_filter
from sensors_app.web.going import back
from sensors_app.web.problems import Problem
from sensors_app.web.rows import SensorRow
from sensors_app.web.site import Site, ThisSite, ThisUser
from sensors_app.web.templating import page, rendered

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 200
USUAL: Mapping[str, object] = {"q": "", "sort": SORTS[0], "group": False, "page": 1}
"""What a link to the list leaves out."""

SWITCHES: Mapping[str, bool | None] = {"on": True, "off": False, "default": None, "resume": True}


@router.get("/")
def sensors(
    request: Request,
    site: ThisSite,
    q: Annotated[str, Query(max_length=1000)] = "",
    sort: str = "worst",
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
    group: bool = False,
) -> Response:
    """Show the sensors that a filter accepts, the worst first."""
    now = site.overview.now_ms()
    wanted = parse_filter(q)
    everything = site.overview.rows()
    found = [row for row in everything if wanted.accepts(row, now)]
    sort = sort if sort in SORTS else SORTS[0]
    ordered = in_order(found, sort, now)
    if group:
        ordered = sorted(ordered, key=lambda row: row.location)
    rows = page_of(ordered, number, PAGE_SIZE)
    return page(
        request,
        "sensors.html",
        section="Sensors",
        q=q,
        sort=sort,
        group=group,
        number=number,
        last_page=max(1, -(-len(found) // PAGE_SIZE)),
        found=len(found),
        total=len(everything),
        problems=wanted.problems,
        counts=counts(everything, now),
        rows=rows,
        run_statuses=_run_statuses(site, rows),
        now=now,
        trouble=site.health.trouble(),
        link=partial(_link, {"q": q, "sort": sort, "group": group, "page": number}),
    )


@router.post("/sensors/{location}/{sensor}/switch")
def switch(
    request: Request,
    site: ThisSite,
    user: ThisUser,
    location: str,
    sensor: str,
    to: Annotated[str, Form()],
) -> Response:
    """Start or stop one sensor, and go back to where it was done."""
    _switch(site, user.name, [(location, sensor)], to)
    return back(request)


@router.get("/sensors/switch")
def confirm_switch(request: Request, site: ThisSite, to: str, q: str = "") -> Response:
    """Ask whether all sensors that a filter accepts are to be switched."""
    found = _accepted(site, q)
    _known_switch(to)
    return page(
        request,
        "switch.html",
        section="Sensors",
        q=q,
        to=to,
        rows=found,
        trouble=site.health.trouble(),
    )


@router.post("/sensors/switch")
def switch_many(
    request: Request,
    site: ThisSite,
    user: ThisUser,
    to: Annotated[str, Form()],
    q: Annotated[str, Form(max_length=1000)] = "",
    label: Annotated[list[str] | None, Form()] = None,
    confirmed: Annotated[bool, Form()] = False,
) -> Response:
    """Switch the sensors that were ticked off, or all that a filter accepts once confirmed."""
    if label:
        chosen = [(location, name) for location, _, name in (x.partition("/") for x in label)]
        _switch(site, user.name, chosen, to)
    elif confirmed:
        _switch(site, user.name, [(row.location, row.name) for row in _accepted(site, q)], to)
    else:
        return RedirectResponse(
            f"{request.scope.get('root_path', '')}/sensors/switch?{urlencode({'to': to, 'q': q})}",
            303,
        )
    return RedirectResponse(f"{request.scope.get('root_path', '')}/?{urlencode({'q': q})}", 303)


def row_html(site: Site, row: SensorRow, root: str) -> str:
    """Return a row as the list has it, for browsers that show it already."""
    statuses = _run_statuses(site, [row])
    return rendered(
        "_sensor_row.html", row=row, now=site.overview.now_ms(), run_statuses=statuses, root=root
    )


def _accepted(site: Site, q: str) -> list[SensorRow]:
    now, wanted = site.overview.now_ms(), parse_filter(q)
    if wanted.problems:
        raise Problem(422, f"The filter {q!r} is not understood: {'; '.join(wanted.problems)}")
    return [row for row in site.overview.rows() if wanted.accepts(row, now)]


def _switch(site: Site, actor: str, sensors: Sequence[tuple[str, str]], to: str) -> None:
    running = _known_switch(to)
    operator = Operator(site.store, actor)
    for location, name in sensors:
        operator.switch(location, name, running, resume=to == "resume")
    site.overview.refresh()


def _known_switch(to: str) -> bool | None:
    if to not in SWITCHES:
        raise Problem(
            422, f"A sensor cannot be switched to {to!r}; to one of {', '.join(SWITCHES)}."
        )
    return SWITCHES[to]


def _run_statuses(site: Site, rows: Sequence[SensorRow]) -> Mapping[str, str]:
    """Return the states of the last runs of these sensors, by run id."""
    found: dict[str, str] = {}
    for location in {row.location for row in rows}:
        ids = [
            row.last_run for row in rows if row.location == location and row.last_run is not None
        ]
        found.update(site.store.runs.statuses(location, ids))
    return found


def _link(here: Mapping[str, object], **changes: object) -> str:
    """Return the query of this list with something else in it; from its first page, if not said."""
    values = {**here, "page": 1, **changes}
    return "?" + urlencode({k: v for k, v in values.items() if v != USUAL[k]})
