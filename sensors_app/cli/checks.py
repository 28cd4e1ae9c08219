"""What ``doctor`` judges, each judgement a function of what was found."""

import difflib
from collections.abc import Iterable, Mapping

from sensors_app.cli.text import ago, counted, duration, without_credentials
from sensors_app.model.held import HeldTick
from sensors_app.model.locations import LocationState, Role
from sensors_app.operating.alive import roles_served, worker_command
from sensors_app.operating.server_checks import Check, Level, version_tuple
from sensors_app.settings import Settings

MINIMUM_VERSIONS = {"celery": (5, 7), "kombu": (5, 7), "redis": (8, 1)}
"""As in pyproject.toml; a test holds them together."""

UNSENT_MAX = 1000
SENT_MAX_AGE_MS = 60_000


def check_package(name: str, installed: str | None) -> Check:
    """Judge the version of an installed package."""
    wanted = ".".join(map(str, MINIMUM_VERSIONS[name]))
    remedy = f"pip install '{name}>={wanted}'"
    if installed is None:
        return Check(name, Level.FAIL, "not installed", remedy)
    if version_tuple(installed) < MINIMUM_VERSIONS[name]:
        return Check(name, Level.FAIL, f"{installed} is too old", remedy)
    return Check(name, Level.OK, installed)


def check_environment(environment: Iterable[str]) -> list[Check]:
    """Look for variables that are no settings: they are without effect, perhaps mistyped."""
    known = [f"SENSORS_{name.upper()}" for name in Settings.model_fields]
    unknown = [
        name
        for name in sorted(environment)
        if name.upper().startswith("SENSORS_") and name.upper() not in known
    ]
    if not unknown:
        return [Check("environment", Level.OK, "no unknown SENSORS_ variable")]
    checks = []
    for name in unknown:
        near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.7)
        remedy = f"Did you mean {near[0]}?" if near else "It has no effect: unset it."
        checks.append(Check("environment", Level.WARN, f"{name} is no setting", remedy))
    return checks


def check_urls(settings: Settings) -> Check:
    """See that broker and state do not share a database."""
    if settings.effective_broker_url == settings.redis_url:
        return Check(
            "databases",
            Level.WARN,
            "the broker uses the database of the state: to flush it would lose the state",
            "Give SENSORS_BROKER_URL another database, or leave it out.",
        )
    return Check("settings", Level.OK, without_credentials(settings.redis_url))


def check_location(name: str, configured: str | None, state: LocationState | None) -> list[Check]:
    """Judge a code location: registered, and served in each role.

    Args:
        name: Its name.
        configured: Its module, as SENSORS_LOCATIONS has it; None if that does not name it.
        state: What the store knows of it.
    """
    title = f"location {name}"
    start = f"Start '{worker_command(name, 'all')}'."
    if state is None:
        return [Check(title, Level.FAIL, "configured, and has never registered", start)]
    served = any(state.capacity(role) for role in Role)
    if configured is None and not served:
        found = "registered once, not in SENSORS_LOCATIONS, and nobody serves it"
        return [Check(title, Level.WARN, found, "Its ticks and runs are kept; else ignore it.")]
    snapshot = state.snapshot
    found = f"{snapshot.module}, {counted(len(snapshot.sensors), 'sensor')}"
    checks = [Check(title, Level.OK, found)]
    if configured not in {None, snapshot.module}:
        found = f"its workers load {snapshot.module}, SENSORS_LOCATIONS here says {configured}"
        checks = [Check(title, Level.WARN, found, "Give all processes the same settings.")]
    return [
        *checks,
        *(_check_role(state, role) for role in roles_served(state)),
        *_check_versions(state),
    ]


def _check_role(state: LocationState, role: Role) -> Check:
    name = state.snapshot.name
    title = f"{role} workers of {name}"
    serving = [worker for worker in state.workers if worker.alive and role in worker.roles]
    if not serving:
        return Check(title, Level.FAIL, "none is alive", f"Start '{worker_command(name, role)}'.")
    tasks = counted(state.capacity(role), "task")
    return Check(title, Level.OK, f"{counted(len(serving), 'worker')}, {tasks} at once")


def _check_versions(state: LocationState) -> list[Check]:
    versions = sorted({worker.version for worker in state.workers if worker.alive})
    if len(versions) < 2:
        return []
    return [
        Check(
            f"code of {state.snapshot.name}",
            Level.WARN,
            f"its workers run different versions: {', '.join(versions)}",
            "Restart those with the old code.",
        )
    ]


def check_beats(living: Iterable[str]) -> Check:
    """Judge who has due sensors evaluated."""
    names = list(living)
    if not names:
        return Check("beat", Level.FAIL, "none is alive", "Start 'sensors beat'.")
    return Check("beat", Level.OK, f"{len(names)} alive: {', '.join(names)}")


def check_held(held: Mapping[str, Mapping[str, HeldTick]], now: int) -> Check:
    """Judge whether somebody is to decide about ticks that ask for too many runs.

    Args:
        held: The ticks that are held, by location and sensor.
        now: The time, ms since the epoch.
    """
    found = [(f"{place}/{name}", tick) for place, own in held.items() for name, tick in own.items()]
    if not found:
        return Check("held ticks", Level.OK, "none")
    label, oldest = min(found, key=lambda each: each[1].at)
    others = f", and of {counted(len(found) - 1, 'other sensor')}" if len(found) > 1 else ""
    what = f"a tick of {label}, {ago(oldest.at, now)}: {oldest.reason}{others}"
    remedy = "See 'sensors held'; then 'sensors release' or 'sensors discard'."
    return Check("held ticks", Level.WARN, what, remedy)


def check_backlog(waiting: Mapping[str, tuple[int, int]], oldest_ms: Mapping[str, int]) -> Check:
    """Judge what waits to be sent or taken up.

    Args:
        waiting: For each location, how many messages are to be sent, and how many were.
        oldest_ms: For each location where some were, for how long the oldest has been waiting.
    """
    total = sum(unsent + sent for unsent, sent in waiting.values())
    unsent = sum(unsent for unsent, _ in waiting.values())
    oldest = max(oldest_ms.values(), default=0)
    if unsent <= UNSENT_MAX and oldest <= SENT_MAX_AGE_MS:
        return Check("backlog", Level.OK, f"{counted(total, 'message')} on the way")
    found = f"{unsent:,} to be sent, {total - unsent:,} sent and not taken up"
    if oldest:
        found += f", the oldest for {duration(oldest)}"
    remedy = "Start more launch workers, or give them more --concurrency; is the broker well?"
    return Check("backlog", Level.WARN, found, remedy)
