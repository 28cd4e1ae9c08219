"""Sensors that are called for events: what waits for them, what failed, what they leave out."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from sensors_app.model.locations import SensorSnapshot
from sensors_app.operating.lag import lag_record, measure
from sensors_app.operating.operator import Operator
from sensors_app.operating.records import reaction_record, state_counts
from sensors_app.operating.run_shapes import LagShape, ReactionShape
from sensors_app.operating.times import LAST_NUMBER, id_before
from sensors_app.web.api.answers import Answer
from sensors_app.web.api.common import (
    Cursor,
    Limit,
    LocationName,
    OfLocation,
    Page,
    SensorName,
    known_sensor,
    page_of,
    place_of,
    places,
)
from sensors_app.web.api.once import OnceRoute
from sensors_app.web.api.sensors import ONE
from sensors_app.web.problems import Problem
from sensors_app.web.site import Site, ThisSite, ThisUser

router = APIRouter(tags=["events"], route_class=OnceRoute)

IDENT_CHARS = 10
PART = 500
"""How many dead letters are changed at once: the server is held for some milliseconds."""

EVENT_ID = r"^[0-9]{1,15}-[0-9]{1,18}$"


class ReactionsShape(TypedDict):
    """What waits for a sensor, oldest first, and how much of what."""

    location: str
    sensor: str
    counts: dict[str, int]
    reactions: list[ReactionShape]


class SkippedShape(TypedDict):
    """How many calls that waited were given up."""

    location: str
    sensor: str
    skipped: int


class ReplayedShape(TypedDict):
    """For how many events a sensor is called once more, as far as they are counted."""

    location: str
    sensor: str
    events: int
    more: bool


class ChangedShape(TypedDict):
    """How many dead letters it were."""

    changed: int


class Replay(BaseModel):
    """From where on old events are to come once more, and up to where."""

    model_config = ConfigDict(extra="forbid")

    since: datetime | None = Field(
        default=None, description="From this time on.", examples=["2026-11-24T22:12:00Z"]
    )
    first: str | None = Field(
        default=None,
        pattern=EVENT_ID,
        description="From the event with this id on, instead.",
        examples=["1764021600000-0"],
    )
    until: datetime | None = Field(
        default=None, description="Up to then; null: up to now.", examples=["2026-11-24T23:00:00Z"]
    )


class Chosen(BaseModel):
    """Which dead letters are meant: some, or all of a code location or a sensor."""

    model_config = ConfigDict(extra="forbid")

    ids: list[str] = Field(
        default=[], max_length=10_000, description="These.", examples=[["quickstart/12"]]
    )
    location: str | None = Field(
        default=None, description="All of this code location.", examples=["quickstart"]
    )
    sensor: str | None = Field(
        default=None, description="Of these, those of this sensor.", examples=["on_failure"]
    )


@router.get("/lag", response_model=list[LagShape])
def list_lag(site: ThisSite, location: OfLocation = None) -> Answer:
    """Show how far sensors are behind the events that feed them."""
    now = site.store.now_ms()
    return Answer([lag_record(each, now) for each in measure(site.store, places(site, location))])


@router.get(f"{ONE}/reactions", response_model=ReactionsShape)
def list_reactions(
    site: ThisSite, location: LocationName, sensor: SensorName, limit: Limit = 100
) -> Answer:
    """Show the calls of a sensor that are not done: waiting, running, held or dead.

    Those that are done are its ticks.
    """
    known_sensor(site, location, sensor)
    store = site.store
    found = store.reactions.reactions(location, sensor, limit=limit)
    retries = store.overview.retries(location, [each.ident for each in found])
    counts = store.overview.reaction_states(location, [sensor])[sensor]
    return Answer(
        {
            "location": location,
            "sensor": sensor,
            "counts": state_counts(counts),
            "reactions": [reaction_record(store, each, retries.get(each.ident)) for each in found],
        }
    )


@router.post(f"{ONE}/skip", response_model=SkippedShape)
def skip_to_latest(
    site: ThisSite, user: ThisUser, location: LocationName, sensor: SensorName
) -> Answer:
    """Have a sensor skip all events up to now. Calls under way go on, and dead letters stay."""
    _fed(site, location, sensor)
    gone = Operator(site.store, user.name).skip_to_latest(location, sensor)
    return Answer({"location": location, "sensor": sensor, "skipped": gone})


@router.post(f"{ONE}/replay", response_model=ReplayedShape)
def replay_events(
    site: ThisSite, user: ThisUser, location: LocationName, sensor: SensorName, which: Replay
) -> Answer:
    """Have a sensor called once more for old events.

    Its run keys still make one run each. What is replayed to one that is off is held until it is
    started.
    """
    snapshot = _fed(site, location, sensor)
    if (which.since is None) == (which.first is None):
        raise Problem(400, "Say from where on: `since` or `first`, one of them.")
    first = which.first if which.since is None else f"{_ms(which.since)}-0"
    until = site.store.now_ms() if which.until is None else _ms(which.until)
    found, more = Operator(site.store, user.name).replay(
        location, snapshot, id_before(first or "0-1"), f"{until}-{LAST_NUMBER}"
    )
    return Answer({"location": location, "sensor": sensor, "events": found, "more": more})


@router.get("/dead-letters", response_model=Page[ReactionShape], tags=["dead letters"])
def list_dead_letters(
    site: ThisSite,
    location: OfLocation = None,
    sensor: Annotated[
        str | None,
        Query(max_length=200, description="Only of this sensor.", examples=["on_failure"]),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Answer:
    """List calls for events that failed once too often: by code location, newest first."""
    place = place_of(cursor, list, _is_place)
    found = [
        [name, ident]
        for name in sorted(places(site, location))
        for ident in site.store.overview.dead_letters(name, sensor)
        if place is None or (name, _newest(ident)) > (place[0], _newest(place[1]))
    ]
    letters = [site.store.reactions.reaction(*each) for each in found[:limit]]
    items = [reaction_record(site.store, each) for each in letters if each is not None]
    return Answer(page_of(items, found[limit - 1] if len(found) > limit else None))


def _is_place(found: list[object]) -> bool:
    match found:
        case [str(), str() as ident]:
            return ident.isdecimal()
    return False


def _newest(ident: str) -> int:
    return -int(ident)


@router.get(
    "/dead-letters/{location}/{number}", response_model=ReactionShape, tags=["dead letters"]
)
def show_dead_letter(
    site: ThisSite,
    location: LocationName,
    number: Annotated[int, Path(ge=1, lt=10**10, description="Its number.", examples=[12])],
) -> Answer:
    """Show one dead letter: its events, its error."""
    found = site.store.reactions.reaction(location, str(number).zfill(IDENT_CHARS))
    if found is None or found.state != "dead":
        raise Problem(404, "There is no such dead letter (any more).")
    return Answer(reaction_record(site.store, found))


@router.post("/dead-letters/retry", response_model=ChangedShape, tags=["dead letters"])
def retry_dead_letters(site: ThisSite, user: ThisUser, which: Chosen) -> Answer:
    """Try dead letters anew, with all attempts that their sensor allows."""
    return _change(site, which, Operator(site.store, user.name).retry_dead_letters)


@router.post("/dead-letters/drop", response_model=ChangedShape, tags=["dead letters"])
def drop_dead_letters(site: ThisSite, user: ThisUser, which: Chosen) -> Answer:
    """Give dead letters up. That cannot be undone."""
    return _change(site, which, Operator(site.store, user.name).drop_dead_letters)


def _change(site: Site, which: Chosen, change: Callable[[str, Sequence[str]], int]) -> Answer:
    changed = sum(
        change(location, idents[first : first + PART])
        for location, idents in _chosen(site, which).items()
        for first in range(0, len(idents), PART)
    )
    return Answer({"changed": changed})


def _chosen(site: Site, which: Chosen) -> dict[str, list[str]]:
    if bool(which.ids) == (which.location is not None):
        raise Problem(400, "Give `ids`, or a `location`: one of them.")
    if which.location is not None:
        places(site, which.location)
        return {which.location: site.store.overview.dead_letters(which.location, which.sensor)}
    chosen: dict[str, list[str]] = {}
    for each in which.ids:
        location, _, number = each.rpartition("/")
        if not location or not (number.isascii() and number.isdecimal()):
            raise Problem(400, f"{each!r} is no dead letter's id, such as 'quickstart/12'.")
        chosen.setdefault(location, []).append(number.zfill(IDENT_CHARS))
    return chosen


def _fed(site: Site, location: str, sensor: str) -> SensorSnapshot:
    snapshot = known_sensor(site, location, sensor).snapshot
    if snapshot.reacts_to is None:
        raise Problem(409, f"{location}/{sensor} is not called for events but at its interval.")
    return snapshot


def _ms(when: datetime) -> int:
    """Return a time in ms since the epoch; without a zone it is in UTC."""
    return max(1, round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000))
