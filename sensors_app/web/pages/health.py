"""Whether all is there that sensors need."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from sensors_app.web import health_report
from sensors_app.web.site import ThisSite
from sensors_app.web.templating import page

router = APIRouter(include_in_schema=False)


@router.get("/health")
def health(request: Request, site: ThisSite) -> Response:
    """Show who is alive, what waits, and how the server of the state keeps what it has."""
    found = site.health.health
    reachable = found.store_problem is None
    return page(
        request,
        "health.html",
        section="Health",
        trouble=site.health.trouble(),
        beats=health_report.heartbeats(found.beats),
        listeners=health_report.heartbeats(found.listeners),
        server=health_report.server_report(site.store) if reachable else None,
        locations=health_report.location_reports(site.store, found) if reachable else [],
        refused=health_report.refused(site.store) if reachable else [],
        retention=health_report.retention(site.settings, site.store.limits),
        explained=health_report.EXPLAINED,
        now=site.overview.now_ms(),
    )
