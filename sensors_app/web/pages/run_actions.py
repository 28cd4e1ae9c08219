"""Canceling runs and running them again: asked first, one or many at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from sensors_app.errors import DagsterInvariantViolationError
from sensors_app.model.runs import DagsterRun
from sensors_app.operating.operator import Operator
from sensors_app.operating.repeating import require_home, tags_from
from sensors_app.web.problems import Problem
from sensors_app.web.run_rows import RunRow, run_rows
from sensors_app.web.site import Site, ThisSite, ThisUser
from sensors_app.web.templating import page

router = APIRouter(include_in_schema=False)

CHOSEN_MAX = 500
Chosen = Annotated[list[str], Query(alias="run", max_length=CHOSEN_MAX)]
ChosenForm = Annotated[list[str], Form(alias="run", max_length=CHOSEN_MAX)]


@dataclass(frozen=True, slots=True)
class Effect:
    """What would come of it for one run.

    Args:
        row: The run.
        text: What would happen, or why nothing would.
        possible: Whether anything would.
    """

    row: RunRow
    text: str
    possible: bool = True


@router.get("/runs/cancel")
def ask_cancel(request: Request, site: ThisSite, chosen: Chosen) -> Response:
    """Ask whether runs are to be canceled, and say what that means for each."""
    return _ask(request, site, "cancel", [_canceled(row) for row in _rows(site, chosen)])


@router.post("/runs/cancel")
def cancel(request: Request, site: ThisSite, user: ThisUser, chosen: ChosenForm) -> Response:
    """Cancel runs."""
    operator = Operator(site.store, user.name)
    runs = _named(chosen)
    for location, run_id in runs:
        operator.cancel(location, run_id)
    return _onwards(request, [run_id for _, run_id in runs], "")


@router.get("/runs/re-execute")
def ask_reexecute(request: Request, site: ThisSite, chosen: Chosen) -> Response:
    """Ask whether runs are to be run again, and with which tags and config."""
    return _ask(request, site, "re-execute", [_repeated(site, row) for row in _rows(site, chosen)])


@router.post("/runs/re-execute")
def reexecute(
    request: Request,
    site: ThisSite,
    user: ThisUser,
    chosen: ChosenForm,
    tags: Annotated[str, Form(max_length=20_000)] = "",
    config: Annotated[str, Form(max_length=1_000_000)] = "",
) -> Response:
    """Run runs again that have ended."""
    operator, made = Operator(site.store, user.name), []
    added, given = _tags(tags), _config(config)
    effects = [_repeated(site, row) for row in _rows(site, chosen)]
    if not any(effect.possible for effect in effects):
        raise Problem(409, " ".join(effect.text for effect in effects))
    for run in (effect.row.run for effect in effects if effect.possible):
        new = operator.reexecute(run.location or "", run.run_id, tags=added, run_config=given)
        made += [new] if new is not None else []
    return _onwards(request, made, "?tab=queued")


def _ask(request: Request, site: Site, action: str, effects: Sequence[Effect]) -> Response:
    return page(
        request,
        "run_action.html",
        section="Runs",
        action=action,
        effects=effects,
        possible=sum(effect.possible for effect in effects),
        config=json.dumps(effects[0].row.run.run_config, indent=2, ensure_ascii=False)
        if len(effects) == 1
        else None,
        now=site.overview.now_ms(),
        trouble=site.health.trouble(),
    )


def _rows(site: Site, chosen: Sequence[str]) -> list[RunRow]:
    found: list[DagsterRun] = []
    for location, run_id in _named(chosen):
        run = site.store.runs.run(location, run_id)
        found += [run] if run is not None else []
    if not found:
        raise Problem(404, "None of these runs is kept any more.")
    return run_rows(site, found)


def _named(labels: Sequence[str]) -> list[tuple[str, str]]:
    parts = [label.partition("/") for label in labels]
    return [(location, run_id) for location, _, run_id in parts]


def _canceled(row: RunRow) -> Effect:
    if row.run.is_finished:
        return Effect(row, "has ended", possible=False)
    if not row.ours:
        return Effect(row, "is another system's, which alone can end it", possible=False)
    if row.run.started_at is None:
        return Effect(row, "ends at once: no worker has taken it up")
    return Effect(row, "its op is interrupted, and may clean up")


def _repeated(site: Site, row: RunRow) -> Effect:
    home = site.health.health.locations.get(row.run.location or "")
    try:
        require_home(None if home is None else home.state, row.run)
    except DagsterInvariantViolationError as error:
        return Effect(row, str(error), possible=False)
    if not row.run.is_finished:
        return Effect(row, "has not ended: cancel it first", possible=False)
    return Effect(row, "is run again as a new run, without its run key")


def _tags(text: str) -> dict[str, str]:
    try:
        return tags_from(line.strip() for line in text.splitlines() if line.strip())
    except ValueError as error:
        raise Problem(422, f"These tags are not understood: {error}") from error


def _config(text: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Problem(422, f"The config is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise Problem(422, "The config must be a JSON object.")
    return found


def _onwards(request: Request, run_ids: Sequence[str], otherwise: str) -> Response:
    """Go on to the run that it was about, or to the list if there are several."""
    root = request.scope.get("root_path", "")
    path = f"/{run_ids[0]}" if len(run_ids) == 1 else otherwise
    return RedirectResponse(f"{root}/runs{path}", 303)
