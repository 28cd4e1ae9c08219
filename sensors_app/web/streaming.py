"""The stream that browsers follow."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response, StreamingResponse

from sensors_app.web.pages.sensors import row_html
from sensors_app.web.rows import SensorRow
from sensors_app.web.site import Site, ThisSite

router = APIRouter(include_in_schema=False)


@router.get("/live")
async def live(
    site: ThisSite,
    after: Annotated[int | None, Query(ge=0)] = None,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> Response:
    """Send what changes, as it does.

    A page says after which message it was made: what came before the browser listened is sent too.
    """
    last = int(last_event_id) if last_event_id and last_event_id.isdecimal() else after
    return StreamingResponse(
        site.hub.stream(last),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def publish_rows(site: Site, rows: Sequence[SensorRow], registered: bool) -> None:
    """Tell browsers of sensors that changed: the rows for lists, the topics for other pages.

    Args:
        site: The web process's own.
        rows: The sensors.
        registered: Whether a code location has registered: sensors may have come and gone.
    """
    if registered:
        site.hub.publish("topics", ["locations"])
    if not rows:
        return
    root = site.settings.web_prefix
    site.hub.publish(
        "rows", [{"label": row.label, "html": row_html(site, row, root)} for row in rows]
    )
    site.hub.publish("topics", [f"sensor:{row.label}" for row in rows])
