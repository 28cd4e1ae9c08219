"""Jobs: who requests them, what holds them back, and how their last runs went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.runs import DagsterRun
from sensors_app.operating.limits import Use, uses
from sensors_app.web.durations import duration_bars, durations_of
from sensors_app.web.problems import Problem
from sensors_app.web.rows import SensorRow
from sensors_app.web.run_rows import run_rows
from sensors_app.web.site import Site, ThisSite
from sensors_app.web.templating import page

router = APIRouter(include_in_schema=False)

RECENT = 1000
"""Among how many runs the list looks for those of each job."""

SHOWN = 50
STRIP = 30


@dataclass(slots=True)
class JobRow:
    """A job of a code location, or one that another system reports runs of.

    Args:
        location: Where it is.
        name: Its name.
        ours: Whether a code location defines it.
        sensors: The sensors that say they request it.
        runs: Its runs among those of late, newest first.
    """

    location: str
    name: str
    ours: bool = True
    sensors: list[str] = field(default_factory=list)
    runs: list[DagsterRun] = field(default_factory=list)

    @property
    def strip(self) -> str:
        """How its last runs ended, oldest first, as a strip of ticks has it."""
        ended = [run for run in self.runs if run.is_finished][:STRIP]
        return "".join(
            "r" if run.is_success else "f" if run.is_failure else "s" for run in reversed(ended)
        )


@router.get("/jobs")
def jobs(
    request: Request, site: ThisSite, q: Annotated[str, Query(max_length=300)] = ""
) -> Response:
    """Show all jobs."""
    recent = site.store.run_pages.page(site.store.sensors.location_names(), limit=RECENT).runs
    everything = _jobs(site, recent)
    found = [job for job in everything if q.lower() in f"{job.location}/{job.name}".lower()]
    latest = run_rows(site, (job.runs[0] for job in found if job.runs))
    return page(
        request,
        "jobs.html",
        section="Jobs",
        q=q,
        jobs=found,
        total=len(everything),
        latest={(row.run.location, row.run.job_name): row for row in latest},
        durations_of=durations_of,
        recent=len(recent),
        now=site.overview.now_ms(),
        trouble=site.health.trouble(),
    )


@router.get("/jobs/{location}/{job:path}")
def one_job(request: Request, site: ThisSite, location: str, job: str) -> Response:
    """Show one job."""
    home = site.health.health.locations.get(location)
    found = site.store.run_pages.page(
        [location], accepts=lambda run: run.job_name == job, limit=SHOWN
    )
    defined = home is not None and job in home.state.snapshot.job_names
    if not defined and not found.runs:
        raise Problem(404, f"There is no job {job!r} of {location}, nor a run of one.")
    limits: Sequence[ConcurrencyLimit] = ()
    if home is not None:
        limits = home.state.snapshot.concurrency_limits
    return page(
        request,
        "job.html",
        section="Jobs",
        location=location,
        job=job,
        defined=defined,
        ours=home is not None,
        sensors=_requesting(site, location, job),
        limits=_limits(site, location, job, limits),
        durations=durations_of(found.runs),
        bars=duration_bars(found.runs, request.scope.get("root_path", "")),
        rows=run_rows(site, found.runs),
        searched_to=found.searched_to,
        now=site.overview.now_ms(),
        trouble=site.health.trouble(),
    )


def _jobs(site: Site, recent: Iterable[DagsterRun]) -> list[JobRow]:
    found: dict[tuple[str, str], JobRow] = {}
    for location, health in site.health.health.locations.items():
        for name in health.state.snapshot.job_names:
            found[location, name] = JobRow(location, name)
    for row in site.overview.rows():
        for name in row.jobs:
            if (row.location, name) in found:
                found[row.location, name].sensors.append(row.name)
    for run in recent:
        place = (run.location or "", run.job_name)
        if place not in found:
            ours = run.location in site.health.health.locations
            found[place] = JobRow(*place, ours=ours)
        found[place].runs.append(run)
    return sorted(found.values(), key=lambda job: (not job.ours, job.location, job.name))


def _requesting(site: Site, location: str, job: str) -> list[SensorRow]:
    rows = [row for row in site.overview.rows() if row.location == location and job in row.jobs]
    return sorted(rows, key=lambda row: row.name)


def _limits(site: Site, location: str, job: str, limits: Iterable[ConcurrencyLimit]) -> list[Use]:
    """Return the limits that may hold a job's runs, and how far each is used up."""
    found = uses(limits, site.store.overview.groups(location))
    return [use for use in found if use.limit is not None and use.limit.job_name in {None, job}]
