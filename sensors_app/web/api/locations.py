"""Code locations, who serves them, and how the deployment is."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from sensors_app.model.audit import AuditEntry
from sensors_app.operating.limits import use_record, uses
from sensors_app.operating.location_shapes import LocationShape, PlacedWorkerShape, ProcessShape
from sensors_app.operating.records import (
    audit_record,
    location_record,
    placed_worker_record,
    process_records,
)
from sensors_app.operating.run_shapes import AuditShape, LimitShape
from sensors_app.storage import audit
from sensors_app.web.api.answers import Answer
from sensors_app.web.api.common import (
    Cursor,
    Limit,
    LocationName,
    OfLocation,
    Page,
    known_location,
    page_of,
    place_of,
    places,
)
from sensors_app.web.site import Site, ThisSite

router = APIRouter(tags=["deployment"])


class WorkersShape(TypedDict):
    """Who is there to do the work."""

    workers: list[PlacedWorkerShape]
    beats: list[ProcessShape]
    listeners: list[ProcessShape]


class QueueShape(TypedDict):
    """What waits in a code location."""

    location: str
    unsent: int
    sent: int
    oldest_sent_ms: int | None
    reactions: int
    dead_letters: int


class HealthShape(TypedDict):
    """How the deployment is, as of two seconds ago at most."""

    ok: bool
    trouble: list[str]
    queues: list[QueueShape]


@router.get("/locations", response_model=list[LocationShape])
def list_locations(site: ThisSite) -> Answer:
    """List the code locations that have registered, with their workers."""
    return Answer([location_record(each) for each in site.store.sensors.locations()])


@router.get("/locations/{location}", response_model=LocationShape)
def show_location(site: ThisSite, location: LocationName) -> Answer:
    """Show one code location."""
    for each in site.store.sensors.locations():
        if each.snapshot.name == location:
            return Answer(location_record(each))
    known_location(site, location)
    # Runs of another system are kept under it; it has no code.
    empty: LocationShape = {
        "name": location,
        "module": "",
        "version": "",
        "registered_at": None,
        "sensors": [],
        "job_names": [],
        "capacity": {},
        "workers": [],
    }
    return Answer(empty)


@router.get("/workers", response_model=WorkersShape)
def list_workers(site: ThisSite, location: OfLocation = None) -> Answer:
    """List workers, beats and listeners, and those lately gone."""
    wanted = set(places(site, location))
    store = site.store.sensors
    return Answer(
        {
            "workers": [
                placed_worker_record(state.snapshot.name, worker)
                for state in store.locations()
                if state.snapshot.name in wanted
                for worker in state.workers
            ],
            "beats": process_records(store.beats()),
            "listeners": process_records(store.listeners()),
        }
    )


@router.get("/health", response_model=HealthShape)
def show_health(site: ThisSite) -> Answer:
    """Say what is wrong, and what waits where."""
    trouble = site.health.trouble()
    return Answer({"ok": not trouble, "trouble": trouble, "queues": _queues(site)})


def _queues(site: Site) -> list[QueueShape]:
    return [
        {
            "location": name,
            "unsent": each.unsent,
            "sent": each.sent,
            "oldest_sent_ms": each.oldest_sent_ms,
            "reactions": each.reactions,
            "dead_letters": each.dead_letters,
        }
        for name, each in site.health.health.locations.items()
    ]


@router.get("/limits", response_model=list[LimitShape])
def list_limits(site: ThisSite, location: OfLocation = None) -> Answer:
    """Show how far concurrency limits are used up, and what waits for them."""
    wanted = set(places(site, location))
    return Answer(
        [
            use_record(state.snapshot.name, use)
            for state in site.store.sensors.locations()
            if state.snapshot.name in wanted
            for use in uses(
                state.snapshot.concurrency_limits, site.store.overview.groups(state.snapshot.name)
            )
        ]
    )


@router.get("/audit", response_model=Page[AuditShape])
def list_audit(
    site: ThisSite,
    location: OfLocation = None,
    target: Annotated[
        str | None,
        Query(max_length=300, description="Only to this sensor or run.", examples=["new_files"]),
    ] = None,
    actor: Annotated[
        str | None, Query(max_length=300, description="Only by this one.", examples=["local"])
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Answer:
    """List who did what, newest first."""

    def wanted(entry: AuditEntry) -> bool:
        return target in (None, entry.target) and actor in (None, entry.actor)

    page = site.store.audit.page(
        places(site, location),
        accepts=wanted,
        after=place_of(cursor, str, audit.place_of),
        limit=limit,
    )
    items: list[Any] = [audit_record(entry) for entry in page.entries]
    return Answer(page_of(items, page.after))
