"""The run keys of a sensor: the run that each made, and forgetting some."""

import json
import re
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from sensors_app.operating.operator import Operator
from sensors_app.storage.run_keys import PLACE
from sensors_app.web.pages.frame import confirm, find_row, go_to, sensor_page, under_way
from sensors_app.web.problems import Problem
from sensors_app.web.site import ThisSite, ThisUser

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 100
SPECIAL = re.compile(r"([\[\]\\])")


@router.get("/sensors/{location}/{sensor}/run-keys")
def run_keys(
    request: Request,
    site: ThisSite,
    location: str,
    sensor: str,
    q: Annotated[str, Query(max_length=1000)] = "",
    after: Annotated[str, Query(pattern=f"^{PLACE.pattern}$")] = "",
) -> Response:
    """Show run keys that begin with a text or fit a pattern."""
    row = find_row(site, location, sensor)
    store = site.store.run_keys
    found, position = store.find(location, sensor, pattern_of(q), after=after, limit=PAGE_SIZE)
    statuses = site.store.runs.statuses(location, list(found.values()))
    return sensor_page(
        request,
        site,
        row,
        "run_keys.html",
        "run keys",
        q=q,
        known=store.count(location, sensor),
        after=after,
        position=position,
        keys=[(key, json.dumps(key), run_id) for key, run_id in sorted(found.items())],
        run_statuses=statuses,
        followed=under_way(statuses),
    )


@router.post("/sensors/{location}/{sensor}/run-keys/forget")
def forget(
    request: Request,
    site: ThisSite,
    user: ThisUser,
    location: str,
    sensor: str,
    key: Annotated[list[str] | None, Form()] = None,
    q: Annotated[str, Form(max_length=1000)] = "",
    matching: Annotated[bool, Form()] = False,
    confirmed: Annotated[bool, Form()] = False,
) -> Response:
    """Forget the keys that were chosen, or once confirmed all that a search finds."""
    row = find_row(site, location, sensor)
    operator = Operator(site.store, user.name)
    if not matching:
        keys = [_key(each) for each in key or ()]
        if keys:
            operator.forget_run_keys(location, sensor, keys)
    elif not confirmed:
        which = f"that {q!r} finds" if q else "it has used"
        return confirm(
            request,
            site,
            row,
            "run keys",
            question=f"Forget all run keys of {row.label} {which}?",
            lines=["For each of them the sensor can request a run again. That cannot be undone."],
            action="/run-keys/forget",
            fields=[("matching", "true"), ("q", q)],
            button="Yes, forget them",
            danger=True,
            back="/run-keys",
        )
    else:
        operator.forget_matching_run_keys(location, sensor, pattern_of(q))
    return go_to(request, location, sensor, "/run-keys", **({"q": q} if q else {}))


def pattern_of(q: str) -> str:
    """Return the pattern that a search means: without ``*`` and ``?``, what begins with it."""
    pattern = SPECIAL.sub(r"\\\1", q)
    return pattern if "*" in q or "?" in q else f"{pattern}*"


def _key(text: str) -> str:
    try:
        key = json.loads(text)
    except ValueError:
        key = None
    if not isinstance(key, str):
        raise Problem(422, "A run key is text, as JSON.")
    return key
