"""Assets: what jobs bring about, and the sensors that wait for it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from sensors_app.model.assets import AssetKey
from sensors_app.web.problems import Problem
from sensors_app.web.run_log import metadata_lines
from sensors_app.web.site import ThisSite
from sensors_app.web.templating import page

router = APIRouter(include_in_schema=False)

SHOWN = 50
PAGE_SIZE = 500


@router.get("/assets")
def assets(
    request: Request, site: ThisSite, q: Annotated[str, Query(max_length=300)] = ""
) -> Response:
    """Show every asset that was made or is watched, those made last first."""
    known = site.store.assets.known()
    found = [asset for asset in known if q.lower() in asset.name.lower()]
    found.sort(key=lambda asset: (-(asset.made_at or 0), asset.name))
    return page(
        request,
        "assets.html",
        section="Assets",
        q=q,
        assets=found[:PAGE_SIZE],
        found=len(found),
        total=len(known),
        now=site.overview.now_ms(),
        trouble=site.health.trouble(),
    )


@router.get("/assets/{key:path}")
def one_asset(request: Request, site: ThisSite, key: str) -> Response:
    """Show what was said of an asset when it was made last, and who waits for it."""
    found = [asset for asset in site.store.assets.known() if asset.name == key]
    made = site.store.assets.materializations(AssetKey.from_user_string(key), limit=SHOWN)
    if not found and not made:
        raise Problem(404, f"No asset {key!r} was made, and no sensor watches it.")
    watchers = [label for asset in found for label in asset.watchers]
    rows = [site.overview.row(*label.split("/", 1)) for label in watchers]
    return page(
        request,
        "asset.html",
        section="Assets",
        name=key,
        made=made,
        metadata_lines=metadata_lines,
        watchers=[row for row in rows if row is not None],
        now=site.overview.now_ms(),
        trouble=site.health.trouble(),
    )
