"""One sensor: how it is, its ticks, its runs, and what people did to it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from sensors_app.model.ticks import Tick
from sensors_app.operating.alive import missing_for_ticks
from sensors_app.operating.lag import Lag, measure_sensors
from sensors_app.operating.operator import Operator
from sensors_app.web.history import TickMark, durations, failing_since, mark_of, order
from sensors_app.web.pages.frame import (
    find_polled,
    find_row,
    go_to,
    path_of,
    sensor_page,
    under_way,
)
from sensors_app.web.pages.tick import TICK_ID
from sensors_app.web.results import RANK
from sensors_app.web.rows import SensorRow
from sensors_app.web.run_rows import run_rows
from sensors_app.web.site import Site, ThisSite, ThisUser
from sensors_app.web.timeline import SPANS, Window, timeline, window
from sensors_app.web.watched import facts_of

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 50
SHOWN_RUNS = 2
"""Runs of a tick that are shown in its row."""

LATEST_TIME = 10**14
USUAL: Mapping[str, object] = {"result": "", "before": "", "hours": SPANS[0], "until": None}
"""What a link to the page leaves out."""


@router.get("/sensors/{location}/{sensor}")
def sensor(
    request: Request,
    site: ThisSite,
    location: str,
    sensor: str,
    result: str = "",
    before: Annotated[str, Query(pattern=rf"^({TICK_ID.pattern})?$")] = "",
    hours: int = SPANS[0],
    until: Annotated[int | None, Query(ge=0, le=LATEST_TIME)] = None,
    evaluated: Annotated[int | None, Query(ge=0, le=LATEST_TIME)] = None,
) -> Response:
    """Show a sensor and its ticks."""
    row = find_row(site, location, sensor)
    marks = site.history.marks(location, sensor)
    now = site.store.now_ms()
    hours = hours if hours in SPANS else SPANS[0]
    result = result if result in RANK else ""
    shown = window(now, hours, until)
    ticks, more = _ticks(site, row, marks, result, before)
    runs = [run_id for _, tick in ticks for run_id in tick.run_ids[:SHOWN_RUNS]]
    statuses = site.store.runs.statuses(location, runs)
    here = path_of(request, location, sensor)
    return sensor_page(
        request,
        site,
        row,
        "sensor.html",
        "ticks",
        **_facts(site, row, marks),
        picture=timeline(marks, shown, lambda mark: f"{here}/ticks/{mark.tick_id}"),
        shown=shown,
        spans=SPANS,
        result=result,
        results=_counted(marks),
        before=before,
        ticks=ticks,
        more=ticks[-1][1].tick_id if more else None,
        shown_runs=SHOWN_RUNS,
        run_statuses=statuses,
        followed=under_way(statuses),
        note=_note(site, row, marks, evaluated),
        link=partial(_link, _here(result, before, shown, until)),
    )


@router.post("/sensors/{location}/{sensor}/evaluate")
def evaluate(
    request: Request, site: ThisSite, user: ThisUser, location: str, sensor: str
) -> Response:
    """Have a sensor evaluated now, and go to its page."""
    find_polled(site, location, sensor)
    token = Operator(site.store, user.name).evaluate(location, sensor)
    return go_to(request, location, sensor, evaluated=token)


@router.get("/sensors/{location}/{sensor}/runs")
def runs(request: Request, site: ThisSite, location: str, sensor: str) -> Response:
    """Show the last runs that a sensor requested."""
    row = find_row(site, location, sensor)
    found = run_rows(site, site.store.runs.runs(location, sensor=sensor, limit=PAGE_SIZE))
    q = f"sensor:{sensor} location:{location}"
    return sensor_page(request, site, row, "sensor_runs.html", "runs", rows=found, q=q)


@router.get("/sensors/{location}/{sensor}/audit")
def audit(request: Request, site: ThisSite, location: str, sensor: str) -> Response:
    """Show who did what to a sensor."""
    row = find_row(site, location, sensor)
    entries = site.store.audit.entries(location, target=sensor, limit=4 * PAGE_SIZE)
    return sensor_page(request, site, row, "sensor_audit.html", "audit", entries=entries)


def _facts(site: Site, row: SensorRow, marks: Sequence[TickMark]) -> dict[str, Any]:
    rules = row.state.snapshot.reacts_to
    return {
        "took": durations(marks),
        "failing_since": failing_since(marks),
        "since_before": bool(marks) and row.state.failures >= len(marks),
        "watches": [] if rules is None else facts_of(rules, row.location),
        "lag": None if rules is None else lag_of(site, row),
    }


def lag_of(site: Site, row: SensorRow) -> Lag:
    """Return how far a sensor is behind its events."""
    (found,) = measure_sensors(site.store, row.location, [row.state])
    return found


def _ticks(
    site: Site, row: SensorRow, marks: Sequence[TickMark], result: str, before: str
) -> tuple[list[tuple[TickMark, Tick]], bool]:
    """Return one page of the ticks that ended so, and whether there are older ones."""
    wanted = [
        mark
        for mark in marks
        if result in {"", mark.result} and (not before or order(mark.tick_id) < order(before))
    ]
    chosen = {mark.tick_id: mark for mark in wanted[:PAGE_SIZE]}
    found = site.store.ticks.ticks_named(row.location, row.name, list(chosen))
    # The newest may stand for one more by now: it has another id then, and its mark is not known.
    rows = [(chosen.get(tick.tick_id) or mark_of(tick), tick) for tick in found]
    return rows, bool(found and len(wanted) > PAGE_SIZE)


def _counted(marks: Sequence[TickMark]) -> dict[str, int]:
    """Return how many ticks ended how, of what there is."""
    counts = Counter[str]()
    for mark in marks:
        counts[mark.result] += mark.times
    return {name: counts[name] for name in reversed(list(RANK)) if counts[name]}


def _note(
    site: Site, row: SensorRow, marks: Sequence[TickMark], evaluated: int | None
) -> dict[str, Any] | None:
    """Return what is to be said of an evaluation that was asked for."""
    if evaluated is None or row.kind == "events":
        return None
    done = [mark for mark in marks if order(mark.tick_id)[0] >= evaluated]
    if done:
        return {"done": done[-1], "missing": ()}
    return {"done": None, "missing": missing_for_ticks(site.store, row.location)}


def _here(result: str, before: str, shown: Window, until: int | None) -> Mapping[str, object]:
    return {"result": result, "before": before, "hours": shown.hours, "until": until}


def _link(here: Mapping[str, object], **changes: object) -> str:
    """Return the query of this page with something else in it."""
    values = {**here, **changes}
    return "?" + urlencode({k: v for k, v in values.items() if v != USUAL[k]})
