"""Runs, jobs and the places that have runs, as the command line names them."""

from sensors_app.cli.names import find_locations
from sensors_app.errors import UnknownNameError
from sensors_app.model.runs import DagsterRun
from sensors_app.operating.names import nearest
from sensors_app.storage.store import Store

PREFIX_MIN_CHARS = 6
RECENT_RUNS = 1000
"""Among how many of each location a part of a run's id is looked for."""


def find_places(store: Store, name: str | None = None) -> list[str]:
    """Return where runs may be: code locations, and other systems that reported theirs.

    Raises:
        UnknownNameError: there is no such place.
    """
    known = store.sensors.location_names()
    if name is None:
        return known
    return [name] if name in known else [find_locations(store, name)[0].snapshot.name]


def find_run(store: Store, run_id: str) -> DagsterRun:
    """Return the run with this id, or with an id that begins like this.

    Raises:
        UnknownNameError: there is none, or several.
    """
    names = store.sensors.location_names()
    for name in names:
        if found := store.runs.run(name, run_id):
            return found
    if len(run_id) < PREFIX_MIN_CHARS:
        raise UnknownNameError(
            f"There is no run {run_id!r}; the beginning of an id needs "
            f"{PREFIX_MIN_CHARS} characters. 'sensors runs' shows those of late."
        )
    recent = [r for name in names for r in store.runs.runs(name, limit=RECENT_RUNS)]
    like = [run for run in recent if run.run_id.lower().startswith(run_id.lower())]
    if len(like) == 1:
        return like[0]
    if like:
        ids = ", ".join(run.run_id for run in like[:PREFIX_MIN_CHARS])
        raise UnknownNameError(f"Several runs begin with {run_id!r}: {ids}.")
    raise UnknownNameError(
        f"There is no run {run_id!r}. 'sensors runs' shows those of late; an ended run is kept for "
        "SENSORS_RUN_MAX_AGE_DAYS."
    )


def require_job(store: Store, places: list[str], job: str) -> None:
    """Refuse the name of a job that is defined nowhere, nor reported by another system of late."""
    here = [each.snapshot for each in store.sensors.locations() if each.snapshot.name in places]
    jobs = {name for snapshot in here for name in snapshot.job_names}
    for place in set(places) - {snapshot.name for snapshot in here}:
        jobs.update(run.job_name for run in store.runs.runs(place, limit=RECENT_RUNS))
    if job not in jobs:
        raise UnknownNameError(f"There is no job {job!r}.{nearest(job, jobs)}")
