"""Events that others push to sensors."""

import json
import time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from typing_extensions import TypedDict

from sensors_app.operating import signing
from sensors_app.operating.records import pushed_record
from sensors_app.operating.shapes import PushedShape
from sensors_app.storage.inbox import Pushed, PushVerdict
from sensors_app.web.api.answers import Answer
from sensors_app.web.api.common import Limit, LocationName, SensorName, known_sensor
from sensors_app.web.api.sensors import ONE
from sensors_app.web.problems import Problem
from sensors_app.web.site import Site, ThisSite

router = APIRouter(tags=["push"])

MOST_NESTED: Final = 100
FULL_WAIT_S: Final = 10
"""When to try again if too many wait: a tick takes a hundred of them."""

EXAMPLE: Final = {"order": 7, "total": "19.90"}


class AcceptedShape(TypedDict):
    """An event that is kept: its id, and how many wait for the sensor, with it."""

    id: str
    location: str
    sensor: str
    duplicate: bool
    waiting: int
    running: bool


@router.post(
    f"{ONE}/events",
    status_code=202,
    response_model=AcceptedShape,
    responses={
        401: {"description": "The signature is missing or wrong, or too old."},
        403: {"description": "Push is not set up here."},
        409: {"description": "The sensor is not polled: nothing can be pushed to it."},
        413: {"description": "The event is too large."},
        429: {"description": "Too many came of late, or wait: try again after `Retry-After`."},
    },
    openapi_extra={
        "security": [],
        "requestBody": {
            "required": True,
            "description": "The event: any JSON. The bytes are what is signed.",
            "content": {"application/json": {"schema": {}, "example": EXAMPLE}},
        },
    },
)
async def push_event(
    request: Request,
    site: ThisSite,
    location: LocationName,
    sensor: SensorName,
    x_sensors_signature: Annotated[
        str,
        Header(
            max_length=2000,
            description="`t=UNIX_TIME,v1=HEX`: the HMAC-SHA256, with the deployment's secret, of "
            "the time, a full stop, and the body.",
            examples=[
                "t=1764021600,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"
            ],
        ),
    ] = "",
    x_sensors_event_id: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=500,
            description="Your name for the event: another with it is dropped for a day.",
            examples=["order-7-paid"],
        ),
    ] = None,
) -> Answer:
    """Push an event to a sensor: it is evaluated at once, and finds it in `context.events`.

    The event is kept until a tick that saw it commits. A sensor that is off gets it when it is
    started. No login is needed: the signature says that the sender may.
    """
    body = await _signed_body(request, site, x_sensors_signature)
    text = _checked(body)
    pushed = await run_in_threadpool(_push, site, location, sensor, text, x_sensors_event_id)
    return Answer(
        {
            "id": pushed.ident,
            "location": location,
            "sensor": sensor,
            "duplicate": pushed.verdict is PushVerdict.DUPLICATE,
            "waiting": pushed.waiting,
            "running": pushed.running,
        },
        202,
    )


@router.get(f"{ONE}/events", response_model=list[PushedShape])
def list_pushed(
    site: ThisSite, location: LocationName, sensor: SensorName, limit: Limit = 100
) -> Answer:
    """List what was pushed to a sensor and no committed tick has seen, oldest first."""
    known_sensor(site, location, sensor)
    found = site.store.inbox.waiting(location, sensor, limit=limit)
    return Answer([pushed_record(event) for event in found])


async def _signed_body(request: Request, site: Site, signature: str) -> bytes:
    """Return the body, if who sent it may. Nothing is told to who may not."""
    settings = site.settings
    secrets = [each.strip() for each in settings.push_secret.split(",") if each.strip()]
    if not secrets:
        raise Problem(403, "Nothing can be pushed here: SENSORS_PUSH_SECRET is not set.")
    if settings.web_read_only:
        raise Problem(403, "Nothing can be changed here: SENSORS_WEB_READ_ONLY is set.")
    body = await _body(request, settings.push_max_bytes)
    fault = signing.fault_of(signature, body, secrets, time.time())
    if fault is not None:
        raise Problem(401, fault)
    return body


async def _body(request: Request, most: int) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Problem(413, f"The event has more than {most:,} bytes (SENSORS_PUSH_MAX_BYTES).")
    return body


def _checked(body: bytes) -> str:
    """Return a body as text that workers can read as JSON."""
    try:
        text = body.decode()
        payload = json.loads(text, parse_constant=_refuse)
        depth = _depth(payload)
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"The body is no JSON: {error}.") from None
    if depth > MOST_NESTED:
        raise Problem(400, f"The event is nested more than {MOST_NESTED} deep.")
    return text


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is none of its numbers")


def _depth(payload: Any) -> int:
    depth, level = 0, [payload]
    while level:
        depth += 1
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _push(site: Site, location: str, sensor: str, text: str, event_id: str | None) -> Pushed:
    snapshot = known_sensor(site, location, sensor).snapshot
    if snapshot.reacts_to is not None or snapshot.asset_key is not None:
        what = "events of runs and sensors" if snapshot.reacts_to else "an asset"
        raise Problem(409, f"{location}/{sensor} is called for {what}: nothing is pushed to it.")
    settings = site.settings
    pushed = site.store.inbox.push(
        location,
        sensor,
        text,
        event_id=event_id,
        max_waiting=settings.push_max_waiting,
        per_second=settings.push_per_second,
    )
    if pushed.verdict is PushVerdict.UNKNOWN:
        raise Problem(404, f"The sensor {location}/{sensor} is gone.")
    if pushed.verdict is PushVerdict.BUSY:
        raise Problem(
            429,
            f"More than {settings.push_per_second:g} events a second were pushed to "
            f"{location}/{sensor} of late (SENSORS_PUSH_PER_SECOND).",
            retry_after=-(-pushed.wait_ms // 1000),
        )
    if pushed.verdict is PushVerdict.FULL:
        raise Problem(
            429,
            f"{pushed.waiting:,} events wait for {location}/{sensor} "
            "(SENSORS_PUSH_MAX_WAITING): it does not keep up, is off, or fails.",
            retry_after=FULL_WAIT_S,
        )
    return pushed
