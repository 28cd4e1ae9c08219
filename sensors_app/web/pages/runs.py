"""The list of runs, of all code locations and of other systems."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from sensors_app.storage.run_pages import RunPage
from sensors_app.web.run_filters import TABS, RunFilter, parse_run_filter
from sensors_app.web.run_rows import run_rows
from sensors_app.web.site import Site, ThisSite
from sensors_app.web.templating import page

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 100
USUAL: Mapping[str, str] = {"q": "", "tab": "all", "after": ""}
"""What a link to the list leaves out."""


@router.get("/runs")
def runs(
    request: Request,
    site: ThisSite,
    q: Annotated[str, Query(max_length=1000)] = "",
    tab: str = "all",
    after: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Show the runs that a filter accepts, newest first."""
    tab = tab if tab in TABS else "all"
    wanted = parse_run_filter(q)
    found = _read(site, wanted, tab, after)
    return page(
        request,
        "runs.html",
        section="Runs",
        q=q,
        tab=tab,
        after=after,
        problems=wanted.problems,
        tabs=_counts(site, wanted),
        found=found,
        rows=run_rows(site, found.runs),
        now=site.overview.now_ms(),
        trouble=site.health.trouble(),
        link=partial(_link, {"q": q, "tab": tab}),
    )


def _read(site: Site, wanted: RunFilter, tab: str, after: str) -> RunPage:
    statuses = wanted.statuses(tab)
    if statuses is None:
        return RunPage([])
    if len(wanted.words) == 1 and not wanted.criteria and tab == "all" and not after:
        # Somebody has its id: however old it is, it is found at once.
        named = site.store.run_pages.homes(wanted.text.strip(), _places(site, wanted))
        if named:
            return RunPage(named)
    return site.store.run_pages.page(
        _places(site, wanted),
        sensor=wanted.sensor,
        statuses=statuses,
        accepts=wanted.accepts,
        after=after or None,
        limit=PAGE_SIZE,
    )


def _places(site: Site, wanted: RunFilter) -> list[str]:
    known = site.store.sensors.location_names()
    named = wanted.criteria.get("location")
    return known if named is None else [name for name in known if name in named]


def _counts(site: Site, wanted: RunFilter) -> Mapping[str, int | None]:
    """Return how many runs each tab has; None if counting them would mean reading them all."""
    if wanted.words or set(wanted.criteria) - {"location"}:
        return dict.fromkeys(TABS)
    found = dict.fromkeys(TABS, 0)
    for location in _places(site, wanted):
        for status, number in site.store.runs.count_runs(location).items():
            for tab, statuses in TABS.items():
                if not statuses or status in statuses:
                    found[tab] += number
    return found


def _link(here: Mapping[str, str], **changes: str) -> str:
    """Return the query of this list with something else in it; its newest part, if not said."""
    values = {**here, "after": "", **changes}
    return "?" + urlencode({k: v for k, v in values.items() if v != USUAL[k]})
