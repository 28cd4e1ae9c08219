"""Who did what, in all code locations."""

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from sensors_app.model.audit import AuditEntry
from sensors_app.web.site import ThisSite
from sensors_app.web.templating import page

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 200
Short = Annotated[str, Query(max_length=300)]


@router.get("/audit")
def audit(
    request: Request,
    site: ThisSite,
    actor: Short = "",
    action: Short = "",
    target: Short = "",
    location: Short = "",
    after: Short = "",
) -> Response:
    """Show who did what, newest first."""

    def accepts(entry: AuditEntry) -> bool:
        return (
            actor.lower() in entry.actor.lower()
            and action.lower() in entry.action.lower()
            and target.lower() in entry.target.lower()
        )

    names = [name for name in site.store.sensors.location_names() if location in {"", name}]
    found = site.store.audit.page(names, accepts=accepts, after=after or None, limit=PAGE_SIZE)
    given = {"actor": actor, "action": action, "target": target, "location": location}
    return page(
        request,
        "audit.html",
        section="Audit",
        given=given,
        audit=found.entries,
        after=after,
        older=found.after,
        now=site.overview.now_ms(),
        trouble=site.health.trouble(),
        link=partial(_link, given),
    )


def _link(here: dict[str, str], **changes: str) -> str:
    return "?" + urlencode({k: v for k, v in {**here, **changes}.items() if v})
