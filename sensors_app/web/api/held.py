"""Ticks that are held since they ask for too many runs, and a yes or no to them."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool
from typing_extensions import TypedDict

from sensors_app.model.held import HeldTick
from sensors_app.operating.held import HeldDetailShape, HeldShape, held_detail, held_record
from sensors_app.operating.operator import Operator
from sensors_app.web.api.answers import Answer
from sensors_app.web.api.common import LocationName, OfLocation, SensorName, known_sensor, places
from sensors_app.web.api.once import OnceRoute
from sensors_app.web.api.sensors import ONE
from sensors_app.web.problems import Problem
from sensors_app.web.site import Site, ThisSite, ThisUser

router = APIRouter(tags=["sensors"], route_class=OnceRoute)


class DecidedShape(TypedDict):
    """A held tick that somebody decided about, and how many requests it has."""

    location: str
    sensor: str
    tick_id: str
    requests: int


class Release(BaseModel):
    """A yes."""

    model_config = ConfigDict(extra="forbid")

    tick_id: str = Field(description="The tick, as you have seen it.", examples=["1764021600000"])


class Discard(Release):
    """A no."""

    why: str = Field(
        default="", max_length=1000, description="For people.", examples=["wrong folder"]
    )
    move_on: StrictBool = Field(
        default=False,
        description="Whether the cursor moves to where the tick left it, and pushed events "
        "that it saw go; else the next tick finds the same.",
    )


@router.get("/held", response_model=list[HeldShape])
def list_held(site: ThisSite, location: OfLocation = None) -> Answer:
    """Show the ticks that are held, of all code locations or of one."""
    return Answer(
        [
            held_record(place, sensor, tick)
            for place in places(site, location)
            for sensor, tick in site.store.held.held(place).items()
        ]
    )


@router.get(f"{ONE}/held", response_model=HeldDetailShape)
def show_held(site: ThisSite, location: LocationName, sensor: SensorName) -> Answer:
    """Show the tick of a sensor that is held, and the first of what it asks for."""
    tick = known_sensor(site, location, sensor).held
    if tick is None:
        raise Problem(404, f"No tick of {location}/{sensor} is held.")
    first = site.store.held.first_requests(location, sensor)
    return Answer(held_detail(location, sensor, tick, first))


@router.post(
    f"{ONE}/held/release",
    response_model=DecidedShape,
    responses={409: {"description": "This tick is not held (any more)."}},
)
def release_held(
    site: ThisSite, user: ThisUser, location: LocationName, sensor: SensorName, which: Release
) -> Answer:
    """Say yes: the runs that the tick asks for are launched."""
    tick = _held(site, location, sensor, which)
    if not Operator(site.store, user.name).release(location, sensor, tick.tick_id):
        raise _decided()
    return _answer(location, sensor, tick)


@router.post(
    f"{ONE}/held/discard",
    response_model=DecidedShape,
    responses={409: {"description": "This tick is not held (any more)."}},
)
def discard_held(
    site: ThisSite, user: ThisUser, location: LocationName, sensor: SensorName, which: Discard
) -> Answer:
    """Say no: what the tick asks for is given up, and the tick says so."""
    tick = _held(site, location, sensor, which)
    operator = Operator(site.store, user.name)
    if not operator.discard(location, sensor, tick, which.why, move_on=which.move_on):
        raise _decided()
    return _answer(location, sensor, tick)


def _held(site: Site, location: str, sensor: str, which: Release) -> HeldTick:
    tick = known_sensor(site, location, sensor).held
    if tick is None or tick.tick_id != which.tick_id:
        raise _decided()
    return tick


def _decided() -> Problem:
    return Problem(409, "This tick is not held (any more).")


def _answer(location: str, sensor: str, tick: HeldTick) -> Answer:
    shown = {"location": location, "sensor": sensor, "tick_id": tick.tick_id}
    return Answer({**shown, "requests": tick.requests})
