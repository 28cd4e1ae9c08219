"""The JSON of code locations and of the processes that serve them, as :mod:`.shapes` has others."""

from pydantic import with_config
from typing_extensions import TypedDict

from sensors_app.operating.shapes import DESCRIBED


@with_config(DESCRIBED)
class WorkerShape(TypedDict):
    """A worker."""

    node: str
    """Its Celery node name."""

    roles: list[str]
    """What it does: evaluate, slow, launch, react."""

    concurrency: int
    """How many tasks it runs at once."""

    pid: int
    """Its process id."""

    version: str
    """The version of the code it has loaded."""

    seen_at: str | None
    """Its last sign of life, ISO 8601 in UTC."""

    alive: bool
    """Whether that is recent enough."""


@with_config(DESCRIBED)
class LocationShape(TypedDict):
    """A code location and who serves it."""

    name: str
    """Its name."""

    module: str
    """The module of its definitions."""

    version: str
    """Changes whenever its code does."""

    registered_at: str | None
    """When a worker registered it last, ISO 8601 in UTC."""

    sensors: list[str]
    """Its sensors."""

    job_names: list[str]
    """Its jobs."""

    capacity: dict[str, int]
    """By role, how many tasks its living workers run at once."""

    workers: list[WorkerShape]
    """Its workers of late, living and dead."""


@with_config(DESCRIBED)
class PlacedWorkerShape(WorkerShape):
    """A worker and the code location it serves."""

    location: str
    """The code location."""


@with_config(DESCRIBED)
class ProcessShape(TypedDict):
    """A beat or a listener."""

    name: str
    """Its host and process id."""

    silent_ms: int
    """How long ago it was heard of, ms."""

    alive: bool
    """Whether that is recent enough."""
