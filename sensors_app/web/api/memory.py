"""What a sensor remembers: its cursor and its run keys."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool
from typing_extensions import TypedDict

from sensors_app.operating.operator import Operator
from sensors_app.storage.run_keys import PLACE
from sensors_app.web.api.answers import Answer
from sensors_app.web.api.common import (
    Cursor,
    Limit,
    LocationName,
    Page,
    SensorName,
    known_sensor,
    page_of,
    place_of,
)
from sensors_app.web.api.once import OnceRoute
from sensors_app.web.api.sensors import ONE
from sensors_app.web.problems import Problem
from sensors_app.web.site import ThisSite, ThisUser

router = APIRouter(tags=["sensors"], route_class=OnceRoute)


class CursorShape(TypedDict):
    """A sensor's cursor; null is none, which is not the empty text."""

    location: str
    sensor: str
    cursor: str | None


class RunKeyShape(TypedDict):
    """A run key, and the run that it made."""

    run_key: str
    run_id: str


class ForgottenShape(TypedDict):
    """How many run keys were forgotten."""

    location: str
    sensor: str
    forgotten: int


class NewCursor(BaseModel):
    """A cursor, and the one that it is to replace."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(description="The new one; null: none.", examples=["42"])
    expected: str | None = Field(
        description="The present one, as you have seen it; null: none.", examples=["41"]
    )


class Forget(BaseModel):
    """Which run keys are to be forgotten: some, those that fit a pattern, or all."""

    model_config = ConfigDict(extra="forbid")

    run_keys: list[str] = Field(
        default=[], max_length=10_000, description="These.", examples=[["2026-11-24.csv"]]
    )
    pattern: str | None = Field(
        default=None,
        max_length=1000,
        description="Those that fit: `*` stands for anything, `?` for one character.",
        examples=["2026-11-*"],
    )
    all: StrictBool = Field(default=False, description="All of the sensor's.")


@router.get(f"{ONE}/cursor", response_model=CursorShape)
def show_cursor(site: ThisSite, location: LocationName, sensor: SensorName) -> Answer:
    """Show the cursor of a sensor."""
    state = known_sensor(site, location, sensor)
    return Answer({"location": location, "sensor": sensor, "cursor": state.cursor})


@router.put(
    f"{ONE}/cursor",
    response_model=CursorShape,
    responses={409: {"description": "The cursor is another by now: `cursor` says which."}},
)
def set_cursor(
    site: ThisSite, user: ThisUser, location: LocationName, sensor: SensorName, new: NewCursor
) -> Answer:
    """Set a cursor, if it is still the one that was seen.

    A tick under way while the cursor is changed keeps nothing, and the sensor is evaluated again.
    """
    known_sensor(site, location, sensor)
    size, most = len((new.cursor or "").encode()), site.settings.cursor_max_bytes
    if size > most:
        raise Problem(422, f"The cursor has {size:,} bytes; {most:,} are allowed.")
    change = Operator(site.store, user.name).set_cursor(
        location, sensor, new.cursor, expected=new.expected
    )
    if not change.accepted:
        raise Problem(409, "The cursor is not the expected one (any more).", cursor=change.before)
    return Answer({"location": location, "sensor": sensor, "cursor": new.cursor})


@router.get(f"{ONE}/run-keys", response_model=Page[RunKeyShape])
def list_run_keys(
    site: ThisSite,
    location: LocationName,
    sensor: SensorName,
    pattern: Annotated[
        str,
        Query(
            max_length=1000,
            description="Only those that fit: `*` stands for anything, `?` for one character.",
            examples=["2026-11-*"],
        ),
    ] = "*",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Answer:
    """List the run keys that a sensor has used, and the run that each made, in no order.

    A page may hold somewhat more than `limit`, and fewer of a pattern that few fit.
    """
    known_sensor(site, location, sensor)
    after = place_of(cursor, str, PLACE.fullmatch) or ""
    found, end = site.store.run_keys.find(location, sensor, pattern, after=after, limit=limit)
    items = [{"run_key": key, "run_id": run_id} for key, run_id in found.items()]
    return Answer(page_of(items, end or None))


@router.post(f"{ONE}/run-keys/forget", response_model=ForgottenShape)
def forget_run_keys(
    site: ThisSite, user: ThisUser, location: LocationName, sensor: SensorName, which: Forget
) -> Answer:
    """Forget run keys, so that each can make a run again."""
    known_sensor(site, location, sensor)
    if (bool(which.run_keys), which.pattern is not None, which.all).count(True) != 1:
        raise Problem(400, "Give `run_keys`, or a `pattern`, or `all`: one of them.")
    operator = Operator(site.store, user.name)
    if which.run_keys:
        forgotten = operator.forget_run_keys(location, sensor, which.run_keys)
    else:
        pattern = "*" if which.pattern is None else which.pattern
        forgotten = operator.forget_matching_run_keys(location, sensor, pattern)
    return Answer({"location": location, "sensor": sensor, "forgotten": forgotten})
