"""Runs: what was launched, and what became of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from sensors_app.model.cancellation import CancelVerdict
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.operating.operator import Operator
from sensors_app.operating.records import entry_record, run_record
from sensors_app.operating.run_shapes import EntryShape, RunShape
from sensors_app.storage import run_pages
from sensors_app.web.api.answers import Answer
from sensors_app.web.api.common import (
    Cursor,
    Limit,
    OfLocation,
    Page,
    RunId,
    page_of,
    place_of,
    places,
)
from sensors_app.web.api.once import OnceRoute
from sensors_app.web.problems import Problem
from sensors_app.web.site import Site, ThisSite, ThisUser

router = APIRouter(tags=["runs"], route_class=OnceRoute)

LOG_ENTRY = r"^[0-9]{1,15}-[0-9]{1,18}$"


class LogShape(TypedDict):
    """A part of a run's log, oldest entry first, and where the next part begins."""

    entries: list[EntryShape]
    after: str
    ended: bool


class CanceledShape(TypedDict):
    """What came of a wish to end a run."""

    run_id: str
    location: str | None
    outcome: str
    status: str | None


class Again(BaseModel):
    """What is to differ when a run is run again."""

    model_config = ConfigDict(extra="forbid")

    tags: dict[str, str] = Field(
        default={}, description="Put on the new run, beside its parent's.", examples=[{"why": "x"}]
    )
    run_config: dict[str, Any] | None = Field(
        default=None, description="Its configuration; null: its parent's."
    )


@router.get("/runs", response_model=Page[RunShape])
def list_runs(
    site: ThisSite,
    location: OfLocation = None,
    sensor: Annotated[
        str | None,
        Query(max_length=200, description="Only those that it requested.", examples=["new_files"]),
    ] = None,
    job: Annotated[
        str | None, Query(max_length=500, description="Only of this job.", examples=["load_file"])
    ] = None,
    status: Annotated[
        list[DagsterRunStatus] | None, Query(description="Only those in one of these states.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        Query(
            description="Only those with this tag, or tag=value; each of them.",
            examples=[["team=a"]],
        ),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Answer:
    """List runs of all code locations and of other systems, newest first.

    A page may be short though there are more, if few of many runs are wanted: follow `next`.
    """
    tags = [each.partition("=") for each in tag or ()]

    def wanted(run: DagsterRun) -> bool:
        return (job is None or run.job_name == job) and all(
            name in run.tags and (not equals or run.tags[name] == value)
            for name, equals, value in tags
        )

    page = site.store.run_pages.page(
        places(site, location),
        sensor=sensor,
        statuses=status or (),
        accepts=wanted,
        after=place_of(cursor, str, run_pages.place_of),
        limit=limit,
    )
    return Answer(page_of([run_record(run) for run in page.runs], page.after))


@router.get("/runs/{run_id:path}/log", response_model=LogShape)
def show_log(
    site: ThisSite,
    run_id: RunId,
    location: OfLocation = None,
    after: Annotated[
        str,
        Query(pattern=LOG_ENTRY, description="Only what came after the part that said this."),
    ] = "0-0",
) -> Answer:
    """Show the log of a run. Ask again with `after` until it has `ended`."""
    run = _run(site, run_id, location)
    entries, last = site.store.runs.run_log_after(run.location or "", run, after)
    return Answer(
        {
            "entries": [entry_record(each) for each in entries],
            "after": last,
            "ended": run.is_finished,
        }
    )


@router.post("/runs/{run_id:path}/cancel", response_model=CanceledShape)
def cancel_run(
    site: ThisSite, user: ThisUser, run_id: RunId, location: OfLocation = None
) -> Answer:
    """Have a run ended: at once if it waits; if it is under way, by its worker.

    `outcome` is canceled, canceling, asked before, or ended: it had.
    """
    run = _run(site, run_id, location)
    verdict = Operator(site.store, user.name).cancel(run.location or "", run_id)
    if verdict is CancelVerdict.FOREIGN:
        raise Problem(409, f"Run {run_id} is another system's, which alone can end it.")
    now = site.store.runs.run(run.location or "", run_id)
    return Answer(
        {
            "run_id": run_id,
            "location": run.location,
            "outcome": verdict.value,
            "status": now.status.value if now else None,
        }
    )


@router.post("/runs/{run_id:path}/re-execute", status_code=201, response_model=RunShape)
def reexecute_run(
    site: ThisSite,
    user: ThisUser,
    run_id: RunId,
    location: OfLocation = None,
    how: Annotated[Again | None, Body()] = None,
) -> Answer:
    """Run a run that has ended once more.

    As a new run with the same config and tags, without a run key; it names the other as its parent.
    """
    how = how or Again()
    run = _run(site, run_id, location)
    _require_ours(site, run)
    made = Operator(site.store, user.name).reexecute(
        run.location or "", run_id, tags=how.tags, run_config=how.run_config
    )
    new = None if made is None else site.store.runs.run(run.location or "", made)
    if new is None:
        raise Problem(409, f"Run {run_id} is {run.status.value}: only one that has ended can.")
    return Answer(run_record(new), 201)


# The last of them: the id of another system's run may have slashes in it.
@router.get("/runs/{run_id:path}", response_model=RunShape)
def show_run(site: ThisSite, run_id: RunId, location: OfLocation = None) -> Answer:
    """Show one run."""
    return Answer(run_record(_run(site, run_id, location)))


def _run(site: Site, run_id: str, location: str | None) -> DagsterRun:
    found = site.store.run_pages.homes(run_id, places(site, location))
    if not found:
        raise Problem(404, f"There is no run {run_id!r} (any more).")
    if len(found) > 1:
        where = ", ".join(str(run.location) for run in found)
        raise Problem(409, f"There are several runs {run_id!r}; say which `location`: {where}.")
    return found[0]


def _require_ours(site: Site, run: DagsterRun) -> None:
    jobs = {
        state.snapshot.name: state.snapshot.job_names for state in site.store.sensors.locations()
    }
    if run.job_name not in jobs.get(run.location or "", ()):
        raise Problem(
            409, f"No code location {run.location} of ours has a job {run.job_name!r} (any more)."
        )
