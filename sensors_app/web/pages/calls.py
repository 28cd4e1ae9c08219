"""The calls of a sensor for events: those that wait, dead letters, skipping and replaying."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from sensors_app.operating.operator import Operator
from sensors_app.operating.replays import count_replayed, replay_ranges
from sensors_app.operating.times import LAST_NUMBER, absolute, id_before, parse_time
from sensors_app.web.pages.frame import confirm, find_fed, go_to, sensor_page
from sensors_app.web.pages.sensor import lag_of
from sensors_app.web.problems import Problem
from sensors_app.web.site import ThisSite, ThisUser
from sensors_app.web.watched import events_of

router = APIRouter(include_in_schema=False)

SHOWN = 50
BATCH = 500
"""How many dead letters are changed at once: the server is held for some milliseconds."""


@router.get("/sensors/{location}/{sensor}/calls")
def calls(
    request: Request,
    site: ThisSite,
    location: str,
    sensor: str,
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Response:
    """Show the calls of a sensor that are not done: dead letters first, then those that wait."""
    row = find_fed(site, location, sensor)
    reactions = site.store.reactions
    dead = site.store.overview.dead_letters(location, sensor)
    chosen = dead[(number - 1) * SHOWN : number * SHOWN]
    letters = [found for ident in chosen if (found := reactions.reaction(location, ident))]
    waiting = [
        each for each in reactions.reactions(location, sensor, limit=SHOWN) if each.state != "dead"
    ]
    retries = site.store.overview.retries(location, [each.ident for each in waiting])
    return sensor_page(
        request,
        site,
        row,
        "calls.html",
        "calls",
        lag=lag_of(site, row),
        dead=len(dead),
        letters=[(each, events_of(each)) for each in letters],
        number=number,
        last_page=max(1, -(-len(dead) // SHOWN)),
        waiting=[(each, events_of(each), retries.get(each.ident)) for each in waiting],
        shown=SHOWN,
    )


@router.post("/sensors/{location}/{sensor}/dead-letters")
def change_dead_letters(
    request: Request,
    site: ThisSite,
    user: ThisUser,
    location: str,
    sensor: str,
    do: Annotated[str, Form()],
    ident: Annotated[list[str] | None, Form()] = None,
    confirmed: Annotated[bool, Form()] = False,
) -> Response:
    """Retry or drop the dead letters that were chosen, or all of them; ask before dropping."""
    row = find_fed(site, location, sensor)
    if do not in {"retry", "drop", "retry all", "drop all"}:
        raise Problem(422, f"Dead letters can be retried or dropped, and not {do!r}.")
    own = site.store.overview.dead_letters(location, sensor)
    # Only this sensor's: a form may be old, or somebody's own.
    chosen = own if do.endswith("all") else [each for each in ident or () if each in set(own)]
    if do.startswith("drop") and chosen and not confirmed:
        fields = [("do", do), *(("ident", each) for each in ident or ())]
        return confirm(
            request,
            site,
            row,
            "calls",
            question=f"Give up {len(chosen):,} dead letter{'s' if len(chosen) > 1 else ''}?",
            lines=["The sensor is not called for their events any more. That cannot be undone."],
            action="/dead-letters",
            fields=fields,
            button="Yes, drop them",
            danger=True,
            back="/calls",
        )
    operator = Operator(site.store, user.name)
    change = operator.drop_dead_letters if do.startswith("drop") else operator.retry_dead_letters
    for first in range(0, len(chosen), BATCH):
        change(location, chosen[first : first + BATCH], sensor=sensor)
    return go_to(request, location, sensor, "/calls")


@router.get("/sensors/{location}/{sensor}/skip")
def confirm_skip(request: Request, site: ThisSite, location: str, sensor: str) -> Response:
    """Ask whether a sensor is to skip all events up to now."""
    row = find_fed(site, location, sensor)
    lag = lag_of(site, row)
    waiting = lag.states["waiting"] + lag.states["held"]
    unread = f"{lag.unread:,}{'+' if lag.more else ''}"
    return confirm(
        request,
        site,
        row,
        "calls",
        question=f"Have {row.label} skip all events up to now?",
        lines=[
            f"{waiting:,} calls that wait are given up, and {unread} events that have not been "
            "read yet are not for it.",
            "Calls under way go on, and dead letters stay. That cannot be undone, but the events "
            "can be replayed as long as they are kept.",
        ],
        action="/skip",
        button="Yes, skip them",
        danger=True,
        back="/calls",
    )


@router.post("/sensors/{location}/{sensor}/skip")
def skip(request: Request, site: ThisSite, user: ThisUser, location: str, sensor: str) -> Response:
    """Have a sensor skip all events up to now."""
    Operator(site.store, user.name).skip_to_latest(location, sensor)
    return go_to(request, location, sensor, "/calls")


@router.get("/sensors/{location}/{sensor}/replay")
def ask_replay(
    request: Request,
    site: ThisSite,
    location: str,
    sensor: str,
    since: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Ask from when on events are to be replayed, then how many that is."""
    row = find_fed(site, location, sensor)
    error, start, found, more = None, 0, 0, False
    if since:
        try:
            start = _start(since, site.store.now_ms())
        except ValueError as wrong:
            error = str(wrong)
        else:
            upto = f"{site.store.now_ms()}-{LAST_NUMBER}"
            ranges = replay_ranges(
                site.store, location, row.state.snapshot, id_before(f"{start}-0"), upto
            )
            found, more = count_replayed(site.store, location, row.state.snapshot, ranges)
    return sensor_page(
        request, site, row, "replay.html", "calls",
        since=since, start=start, found=found, more=more, error=error,
    )  # fmt: skip


@router.post("/sensors/{location}/{sensor}/replay")
def replay(
    request: Request,
    site: ThisSite,
    user: ThisUser,
    location: str,
    sensor: str,
    start: Annotated[int, Form(ge=1, lt=10**14)],
) -> Response:
    """Have a sensor called once more for what happened from a time on, ms since the epoch."""
    row = find_fed(site, location, sensor)
    upto = f"{site.store.now_ms()}-{LAST_NUMBER}"
    operator = Operator(site.store, user.name)
    operator.replay(location, row.state.snapshot, id_before(f"{start}-0"), upto)
    return go_to(request, location, sensor, "/calls")


def _start(since: str, now: int) -> int:
    start = max(1, absolute(parse_time(since.strip()), now))
    if start > now:
        raise ValueError(f"{since!r} is not in the past.")
    return start
