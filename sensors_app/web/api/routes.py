"""All that the API answers to."""

from typing import Final

from fastapi import APIRouter

from sensors_app.web.api import (
    events,
    held,
    locations,
    memory,
    push,
    reactions,
    runs,
    sensors,
    ticks,
)

PREFIX: Final = "/api/v1"

router = APIRouter(prefix=PREFIX, generate_unique_id_function=lambda route: route.name)
for part in (sensors, memory, held, ticks, push, runs, events, reactions, locations):
    router.include_router(part.router)
