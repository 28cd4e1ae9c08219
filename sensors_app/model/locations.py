"""Code locations as the rest of the system knows them, without importing their code."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sensors_app.model.held import HeldTick
from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.sensors import SensorOptions


class Role(StrEnum):
    """What a worker process does for its code location."""

    EVALUATE = "evaluate"
    SLOW = "slow"
    """Evaluates the sensors that are not known to be quick, so that they hold up no others."""

    LAUNCH = "launch"
    REACT = "react"


@dataclass(frozen=True, slots=True)
class SensorSnapshot:
    """What a code location says of one of its sensors.

    Args:
        name: The sensor's name.
        job_names: The jobs it may request, as far as it names them.
        interval_seconds: The least time between the end of a tick and the next one's start.
        timeout_seconds: How long its function may take.
        running_by_default: Whether it runs without anybody having started it.
        description: For people.
        tags: Text by name.
        asset_key: The asset whose materializations it is called for, with slashes; None for a
            sensor that is only polled.
        reacts_to: The rules by which events are delivered to it; None for a sensor that is polled.
        options: How it is paced, and how long its run keys count.
    """

    name: str
    job_names: Sequence[str] = ()
    interval_seconds: float = 30.0
    timeout_seconds: float = 60.0
    running_by_default: bool = False
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    asset_key: str | None = None
    reacts_to: ReactionRules | None = None
    options: SensorOptions = field(default_factory=SensorOptions)


@dataclass(frozen=True, slots=True)
class LocationSnapshot:
    """What a code location's workers register when they start.

    Args:
        name: The location's name.
        module: The module its definitions were read from.
        version: Changes whenever its code does.
        sensors: Its sensors.
        job_names: Its jobs.
        concurrency_limits: How many of its runs may be under way at once.
    """

    name: str
    module: str
    version: str
    sensors: Sequence[SensorSnapshot]
    job_names: Sequence[str]
    concurrency_limits: Sequence[ConcurrencyLimit] = ()


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker process that was alive lately.

    Args:
        node: Its Celery node name.
        roles: What it does.
        concurrency: How many tasks it runs at once.
        pid: Its process id.
        version: The version of the code it has loaded.
        seen_at: Its last heartbeat, ms since the epoch.
        alive: Whether that was recent enough.
    """

    node: str
    roles: Sequence[Role]
    concurrency: int
    pid: int
    version: str
    seen_at: int = 0
    alive: bool = True


def capacity(workers: Iterable[WorkerInfo], role: Role) -> int:
    """Return how many tasks the living workers of a role run at once; 0: there is none."""
    return sum(w.concurrency for w in workers if w.alive and role in w.roles)


@dataclass(frozen=True, slots=True)
class LocationState:
    """A code location, its registered definitions, and who serves it.

    Args:
        snapshot: What was registered last.
        registered_at: When, ms since the epoch.
        workers: Its workers of late, living and dead.
    """

    snapshot: LocationSnapshot
    registered_at: int
    workers: Sequence[WorkerInfo] = ()

    def capacity(self, role: Role) -> int:
        """Return how many tasks its living workers of a role run at once; 0: nobody serves it."""
        return capacity(self.workers, role)


@dataclass(frozen=True, slots=True)
class SensorState:
    """A sensor as the store knows it. Times in ms since the epoch.

    Args:
        location: Its code location.
        snapshot: Its definition.
        override: True or False if an operator started or stopped it; None: the code's default.
        cursor: Its cursor.
        last_run_key: The run key of the last run it was given.
        next_due: When it is to be evaluated next; None while a tick is under way or if stopped.
        activity: ``idle``, ``claimed`` (a message is on its way), ``running``, ``unfolding`` (the
            many runs that its tick requested are being created) or ``held``.
        quick: Whether it is evaluated together with others; if not, alone.
        took_ms: How long its evaluations take of late, in ms; None if that is not known.
        held: Its tick, if that requested so much that somebody is asked first.
        failures: How many ticks failed in a row.
        put_off_ms: By how much its next tick was put off after its last one, beyond the interval.
        last_tick_at: When its last tick ended.
        switched_on: When it was started last.
        strip: How its last ticks ended, oldest first: ``r`` requested runs or acted, ``s``
            skipped, ``f`` failed.
    """

    location: str
    snapshot: SensorSnapshot
    override: bool | None = None
    cursor: str | None = None
    last_run_key: str | None = None
    next_due: int | None = None
    activity: str = "idle"
    failures: int = 0
    put_off_ms: int = 0
    last_tick_at: int | None = None
    switched_on: int | None = None
    strip: str = ""
    quick: bool = False
    took_ms: float | None = None
    held: HeldTick | None = None

    @property
    def running(self) -> bool:
        """Whether it is switched on."""
        return self.snapshot.running_by_default if self.override is None else self.override

    @property
    def backing_off(self) -> bool:
        """Whether it rests for longer than it usually does, since it failed again and again."""
        if not self.failures or self.next_due is None or self.last_tick_at is None:
            return False
        usual = self.snapshot.interval_seconds + self.snapshot.options.jitter_seconds
        return self.next_due - self.last_tick_at > usual * 1000
