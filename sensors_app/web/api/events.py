"""What happens to runs and sensors: as a list, and as a stream."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from sensors_app.errors import UnknownNameError
from sensors_app.model.events import StreamedEvent
from sensors_app.operating.kinds import kinds_named
from sensors_app.operating.records import event_record
from sensors_app.operating.run_shapes import EventShape
from sensors_app.operating.times import EVENT_ID, parts_of
from sensors_app.storage.store import Store
from sensors_app.web.api.answers import Answer
from sensors_app.web.api.common import (
    Cursor,
    Limit,
    OfLocation,
    Page,
    page_of,
    place_of,
    places,
    written,
)
from sensors_app.web.problems import Problem
from sensors_app.web.site import Site, ThisSite

router = APIRouter(tags=["events"])

PART = 500
EXAMINED_MAX = 10_000
"""How many events one call looks at: a filter that hardly any meets must not hold up a server."""

OfJob = Annotated[
    str | None, Query(max_length=500, description="Only of this job.", examples=["load_file"])
]
OfKind = Annotated[
    list[str] | None,
    Query(
        description="Only of these kinds, such as FAILURE or SENSOR_FAILURE.",
        examples=[["FAILURE"]],
    ),
]


class Wanted:
    """Which events are wanted.

    Args:
        job: Only of this job.
        kinds: Only of these kinds.

    Raises:
        Problem: There is no such kind.
    """

    def __init__(self, job: str | None, kinds: Sequence[str] | None) -> None:
        self._job = job
        try:
            self._kinds = kinds_named(kinds or ())
        except UnknownNameError as error:
            raise Problem(400, str(error)) from None

    def __call__(self, event: StreamedEvent) -> bool:
        """Tell whether an event is wanted."""
        is_kind = not self._kinds or event.kind in self._kinds
        return is_kind and (self._job is None or event.job_name == self._job)


@router.get("/events", response_model=Page[EventShape])
def list_events(
    site: ThisSite,
    location: OfLocation = None,
    job: OfJob = None,
    kind: OfKind = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Answer:
    """List what happened to runs and sensors of all code locations, newest first.

    A page may be short though there are more, if few of many events are wanted: follow `next`.
    """
    wanted = Wanted(job, kind)
    place = place_of(cursor, list, _is_place)
    streams = [_from_newest(site.store, name, place) for name in places(site, location)]
    examined = list(islice(merge(*streams, key=_place, reverse=True), EXAMINED_MAX))
    found = [event for event in examined if wanted(event)][: limit + 1]
    items = [event_record(site.store, event) for event in found[:limit]]
    if len(found) > limit:
        return Answer(page_of(items, _written(found[limit - 1])))
    return Answer(page_of(items, _written(examined[-1]) if len(examined) == EXAMINED_MAX else None))


def _written(event: StreamedEvent) -> list[str]:
    return [event.ident, event.location]


def _is_place(found: list[object]) -> bool:
    match found:
        case [str() as ident, str()]:
            return EVENT_ID.fullmatch(ident) is not None
    return False


def _place(event: StreamedEvent) -> tuple[int, int, str]:
    return *parts_of(event.ident), event.location


def _from_newest(
    store: Store, location: str, place: Sequence[str] | None
) -> Iterator[StreamedEvent]:
    before = ""
    if place is not None:
        ident, of = place
        ms, number = parts_of(ident)
        # One of the same id comes after the place if its code location does.
        before = f"{ms}-{number + 1}" if location < of else ident
    while True:
        part = store.events.latest(location, before=before, limit=PART)
        yield from part
        if len(part) < PART:
            return
        before = part[-1].ident


@router.get(
    "/events/stream",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: each with its `id`, to go on from, and an event as "
            "the list has it as `data`. A comment every 15 s keeps the connection.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def follow_events(
    site: ThisSite,
    location: OfLocation = None,
    job: OfJob = None,
    kind: OfKind = None,
    after: Annotated[
        list[str] | None,
        Query(
            description="For a code location: only what came after this event of it, as "
            "location/id. Default: what happens from now on.",
            examples=[["quickstart/1764021600000-0"]],
        ),
    ] = None,
    last_event_id: Annotated[
        str | None,
        Header(max_length=2000, description="The `id` of the last one; browsers send it."),
    ] = None,
) -> Response:
    """Follow what happens to runs and sensors, as it does."""
    wanted = Wanted(job, kind)
    known = await run_in_threadpool(_begin, site, location, after or (), last_event_id)
    return StreamingResponse(
        _follow(site, location, known, wanted),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _begin(
    site: Site, location: str | None, after: Sequence[str], last: str | None
) -> dict[str, str]:
    """Return after which event of each code location to begin."""
    known = site.store.events.last_ids(places(site, location))
    said = [each.rpartition("/")[::2] for each in after]
    if last is not None:
        said += [(str(name), str(ident)) for name, ident in (place_of(last, dict) or {}).items()]
    for name, ident in said:
        if not EVENT_ID.fullmatch(ident):
            raise Problem(400, f"{ident!r} is no event's id, such as 1764021600000-0.")
        if name in known:
            known[name] = ident
    return known


async def _follow(
    site: Site, location: str | None, known: dict[str, str], wanted: Wanted
) -> AsyncIterator[bytes]:
    """Yield events whenever anything was told to browsers, or nothing was for a while."""
    async for _ in site.hub.stream(None):
        yield b": still here\n\n"
        while found := await run_in_threadpool(_read_on, site, location, known):
            for event in found:
                known[event.location] = event.ident
                if wanted(event):
                    yield await run_in_threadpool(_message, site.store, event, known)


def _read_on(site: Site, location: str | None, known: dict[str, str]) -> list[StreamedEvent]:
    if location is None:
        for name in site.store.sensors.location_names():
            # One that registers meanwhile has all its events before it.
            known.setdefault(name, "0-0")
    found = [
        event
        for name, after in known.items()
        for event in site.store.events.events(name, after=after, limit=PART)
    ]
    return sorted(found, key=_place)


def _message(store: Store, event: StreamedEvent, known: dict[str, str]) -> bytes:
    data = json.dumps(event_record(store, event), separators=(",", ":"))
    return f"id: {written(known)}\nevent: event\ndata: {data}\n\n".encode()
