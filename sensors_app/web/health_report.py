"""What the page of health tells beyond the banner: read when somebody looks."""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sensors_app.model.locations import Role, WorkerInfo
from sensors_app.operating.alive import HEARD_OF_MS, roles_needed
from sensors_app.operating.lag import Lag, measure
from sensors_app.operating.server_checks import Check, check_server
from sensors_app.settings import Settings
from sensors_app.storage.base import StoreLimits
from sensors_app.storage.client import examine
from sensors_app.storage.external import RefusedEvent
from sensors_app.storage.store import Store
from sensors_app.web.health import Health, LocationHealth

REFUSED_SHOWN = 20
_RETENTION = re.compile(r"(?!push)\w+_max_(count|age_days|listed|bytes|lines)")

EXPLAINED: Mapping[str, str] = {
    "The Redis server of the state is away": "Nothing is evaluated, launched or called meanwhile, "
    "and what pages show was read before. Workers wait for it and go on: nothing is lost that it "
    "has on disk.",
    "No beat is alive": "No process has said for five seconds that it claims due sensors. Sensors "
    "that are polled are late until there is one; those called for events, and runs under way, "
    "are not concerned.",
    "No listener is alive": "Nobody reads what happens to runs. Events wait in their streams and "
    "are delivered when there is one.",
    "No evaluate worker is alive": "Sensors of the code location are claimed, and wait.",
    "No launch worker is alive": "Runs are requested, and stay queued.",
    "No react worker is alive": "Calls for events wait, up to SENSORS_REACTION_WINDOW of them; "
    "then events stay in their streams.",
}
"""What stands in the banner, and what it means."""


@dataclass(frozen=True, slots=True)
class RoleHealth:
    """Who serves a role of a code location.

    Args:
        role: The role.
        needed: Whether there is work of this kind.
        alive: How many workers are alive.
        capacity: How many tasks they run at once.
    """

    role: Role
    needed: bool
    alive: int
    capacity: int


@dataclass(frozen=True, slots=True)
class LocationReport:
    """A code location in full.

    Args:
        health: As the watch read it.
        roles: Who serves it.
        versions: The versions of its code that living workers run.
        later: Launches that are put off.
        parked: Launches that wait for a concurrency limit.
        oldest_call_ms: For how long a call was sent that has not begun; None if none was.
        lags: How far its sensors are behind their events.
    """

    health: LocationHealth
    roles: Sequence[RoleHealth]
    versions: Sequence[str]
    later: int
    parked: int
    oldest_call_ms: int | None
    lags: Sequence[Lag]

    @property
    def workers(self) -> Sequence[WorkerInfo]:
        """Its workers of late, living and dead."""
        return self.health.state.workers


@dataclass(frozen=True, slots=True)
class ServerReport:
    """The server of the state.

    Args:
        answer_ms: How long it took to answer.
        checks: What is judged of it.
    """

    answer_ms: float
    checks: Sequence[Check]


def server_report(store: Store) -> ServerReport:
    """Ask the server how it is, and how long that takes."""
    began = time.perf_counter()
    store.now_ms()
    answer_ms = (time.perf_counter() - began) * 1000
    return ServerReport(answer_ms, check_server(examine(store.client, round(time.time() * 1000))))


def location_reports(store: Store, health: Health) -> list[LocationReport]:
    """Return what there is to say of each code location."""
    lags: dict[str, list[Lag]] = {name: [] for name in health.locations}
    for lag in measure(store, health.locations):
        lags[lag.sensor.location].append(lag)
    return [_location(store, each, lags[name]) for name, each in sorted(health.locations.items())]


def heartbeats(heard: Mapping[str, int]) -> list[tuple[str, int, bool]]:
    """Return processes, how long ago each was heard of, and whether that is recent enough."""
    return [(name, ms, ms < HEARD_OF_MS) for name, ms in sorted(heard.items())]


def retention(settings: Settings, limits: StoreLimits) -> list[tuple[str, str, str]]:
    """Return how much is kept: what says so, its value, and of what."""
    kept = [
        (f"SENSORS_{name.upper()}", _number(getattr(settings, name)), field.description or "")
        for name, field in Settings.model_fields.items()
        if _RETENTION.fullmatch(name)
    ]
    fixed = (
        ("events_max_count", "Events kept of each code location, once every listener read them."),
        ("asset_max_count", "Materializations kept of each asset."),
        ("audit_max_count", "Things that people did kept of each code location."),
    )
    known = {name for name, _, _ in kept}
    return kept + [
        ("", f"{getattr(limits, name):,}", said)
        for name, said in fixed
        if f"SENSORS_{name.upper()}" not in known
    ]


def _number(value: float) -> str:
    return f"{value:,}".removesuffix(".0")


def refused(store: Store) -> Sequence[RefusedEvent]:
    """Return the last reports of other systems' runs that were refused."""
    return store.external.refused(limit=REFUSED_SHOWN)


def _location(store: Store, health: LocationHealth, lags: Sequence[Lag]) -> LocationReport:
    state = health.state
    living = [worker for worker in state.workers if worker.alive]
    later, parked = store.overview.later_and_parked(state.snapshot.name)
    return LocationReport(
        health,
        list(_roles(health, living)),
        sorted({worker.version for worker in living}),
        later,
        parked,
        store.reactions.oldest_sent_ms(state.snapshot.name) if lags else None,
        lags,
    )


def _roles(health: LocationHealth, living: Sequence[WorkerInfo]) -> Iterable[RoleHealth]:
    needed = roles_needed(health.state)
    for role in Role:
        alive = sum(role in worker.roles for worker in living)
        yield RoleHealth(role, role in needed, alive, health.state.capacity(role))
