"""One run: what became of it and why, its log as it is written."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from sensors_app.model.events import EventLogEntry
from sensors_app.model.runs import AUTO_RETRY_RUN_ID_TAG, DagsterRun
from sensors_app.web.problems import Problem
from sensors_app.web.run_log import (
    LEVELS,
    LogFilter,
    first_failure,
    kind_of,
    part_of,
)
from sensors_app.web.run_rows import RunRow, run_rows
from sensors_app.web.site import Site, ThisSite
from sensors_app.web.templating import page

router = APIRouter(include_in_schema=False)

CHAIN_MAX = 20
AUDIT_MAX = 50
Short = Annotated[str, Query(max_length=300)]


# After the pages of the list: the ids of other systems may have slashes.
@router.get("/runs/{run_id:path}")
def run(
    request: Request,
    site: ThisSite,
    run_id: str,
    location: Short = "",
    level: Short = "",
    op: Short = "",
    kind: Annotated[str, Query(alias="type", max_length=300)] = "",
    text: Short = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Show a run, wherever it is, and the end of its log."""
    found, others = find_run(site, run_id, location)
    log, last = site.store.runs.run_log_after(found.location or "", found, "0-0")
    if not found.is_finished:
        site.tails.watch(found.location or "", found.run_id, last)
    wanted = LogFilter(level if level in LEVELS else "", op, kind, text)
    (row,) = run_rows(site, [found])
    here = {"location": location, "level": wanted.level, "op": op, "type": kind, "text": text}
    return page(
        request,
        "run.html",
        section="Runs",
        row=row,
        run=found,
        others=others,
        chain=_chain(site, found),
        failure=first_failure(log),
        config=json.dumps(found.run_config, indent=2, ensure_ascii=False),
        task=task_link(site, found),
        part=part_of(log, wanted, before),
        wanted=wanted,
        choices=_choices(log),
        now=site.overview.now_ms(),
        audit=site.store.audit.entries(found.location or "", target=found.run_id, limit=AUDIT_MAX),
        trouble=site.health.trouble(),
        link=partial(_link, here),
    )


def find_run(site: Site, run_id: str, location: str = "") -> tuple[DagsterRun, list[DagsterRun]]:
    """Return the run of this id, and others that happen to have the same elsewhere.

    Raises:
        Problem: There is none.
    """
    names = [location] if location else site.store.sensors.location_names()
    runs = site.store.run_pages.homes(run_id, names)
    if not runs:
        days = site.settings.run_max_age_days
        raise Problem(
            404, f"There is no run {run_id!r}. One that has ended is kept for {days:g} days."
        )
    newest = max(runs, key=lambda each: each.created_at or 0)
    return newest, [each for each in runs if each is not newest]


def task_link(site: Site, found: DagsterRun) -> str | None:
    """Return where Flower shows the task that runs a run."""
    base, task = site.settings.flower_url.rstrip("/"), (found.worker or "").partition("/")[0]
    return f"{base}/task/{task}" if base and task else None


def _chain(site: Site, found: DagsterRun) -> list[RunRow]:
    """Return the line of repeats that a run belongs to, as far as runs name one another."""
    older, newer = _follow(site, found, "parent"), _follow(site, found, "retry")
    runs = [*reversed(older), found, *newer]
    return run_rows(site, runs) if len(runs) > 1 else []


def _follow(site: Site, found: DagsterRun, way: str) -> list[DagsterRun]:
    runs: list[DagsterRun] = []
    at: DagsterRun | None = found
    known = {found.run_id}
    while at is not None and len(runs) < CHAIN_MAX:
        ident = at.parent_run_id if way == "parent" else at.tags.get(AUTO_RETRY_RUN_ID_TAG)
        if ident is None or ident in known:
            break
        known.add(ident)
        at = site.store.runs.run(found.location or "", ident)
        runs += [at] if at is not None else []
    return runs


def _choices(log: Sequence[EventLogEntry]) -> Mapping[str, list[str]]:
    """Return what there is to filter by, in the order in which it comes."""
    return {
        "op": list(dict.fromkeys(each.step_key for each in log if each.step_key)),
        "type": sorted({kind_of(each) for each in log}),
        "level": list(LEVELS),
    }


def _link(here: Mapping[str, str], **changes: object) -> str:
    """Return the query of this page with something else in it; the end of the log, if not said."""
    values = {**here, **changes}
    return "?" + urlencode({k: v for k, v in values.items() if v})
