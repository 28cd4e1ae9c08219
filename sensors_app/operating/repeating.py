"""Whether a run can be run once more, and with what."""

from collections.abc import Iterable

from sensors_app.errors import DagsterInvariantViolationError
from sensors_app.model.locations import LocationState
from sensors_app.model.runs import DagsterRun
from sensors_app.storage.store import Store


def home_of(store: Store, run: DagsterRun) -> LocationState:
    """Return the code location that can run a run's job once more.

    Raises:
        DagsterInvariantViolationError: There is none.
    """
    known = {state.snapshot.name: state for state in store.sensors.locations()}
    return require_home(known.get(run.location or ""), run)


def require_home(location: LocationState | None, run: DagsterRun) -> LocationState:
    """Return a run's code location, if there is one, and it has its job still.

    Raises:
        DagsterInvariantViolationError: It cannot run it.
    """
    if location is None:
        raise DagsterInvariantViolationError(
            f"Run {run.run_id} is of {run.location}, which is no code location of ours: only there "
            "can it be run again."
        )
    if run.job_name not in location.snapshot.job_names:
        raise DagsterInvariantViolationError(
            f"Code location {run.location} has no job {run.job_name!r} any more: "
            f"run {run.run_id} cannot be run again."
        )
    return location


def tags_from(lines: Iterable[str]) -> dict[str, str]:
    """Read tags of the form ``NAME=VALUE``.

    Raises:
        ValueError: One is of another form; the message names it.
    """
    tags = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if not name or not equals:
            raise ValueError(f"{line!r} is not of the form NAME=VALUE.")
        tags[name] = value
    return tags
