"""Who is there to do the work: beats, listeners, and workers of each role."""

from sensors_app.model.locations import LocationState, Role
from sensors_app.storage.store import Store

HEARD_OF_MS = 5000
"""Beats and listeners say every second that they are alive."""


def living_beats(store: Store) -> list[str]:
    """Return the beats that are alive."""
    return [name for name, silent_ms in store.sensors.beats().items() if silent_ms < HEARD_OF_MS]


def living_listeners(store: Store) -> list[str]:
    """Return the listeners that are alive."""
    return [name for name, ms in store.sensors.listeners().items() if ms < HEARD_OF_MS]


def living_workers(store: Store, role: Role, location: str | None = None) -> list[str]:
    """Return the workers of a role that are alive, of one code location or of all."""
    return [
        worker.node
        for name, workers in store.sensors.workers().items()
        for worker in workers
        if location in {None, name} and worker.alive and role in worker.roles
    ]


def roles_needed(location: LocationState) -> list[Role]:
    """Return what there must be workers for: to react only if events feed a sensor.

    Nobody needs workers for slow sensors: without any, evaluate workers do that, too.
    """
    fed = any(sensor.reacts_to is not None for sensor in location.snapshot.sensors)
    return [Role.EVALUATE, Role.LAUNCH, *([Role.REACT] if fed else [])]


def roles_served(location: LocationState) -> list[Role]:
    """Return what there must be workers for, and what there are workers for."""
    needed = roles_needed(location)
    return [role for role in Role if role in needed or location.capacity(role)]


def last_seen(location: LocationState, role: Role) -> int | None:
    """Return when a worker of a role was last heard of, ms; None if it is too long ago."""
    return max(
        (worker.seen_at for worker in location.workers if role in worker.roles), default=None
    )


def worker_command(location: str, role: str) -> str:
    """Return the command that starts what is missing."""
    return f"sensors worker --location {location} --role {role}"


def missing_for_ticks(store: Store, location: str) -> list[str]:
    """Return who is missing for a sensor to be evaluated, with the remedy; empty if nobody is."""
    missing = []
    if not living_beats(store):
        missing.append("No beat is alive: start one with 'sensors beat'.")
    states = [state for state in store.sensors.locations() if state.snapshot.name == location]
    if not any(state.capacity(Role.EVALUATE) for state in states):
        missing.append(
            f"No evaluate worker of {location} is alive: start one with "
            f"'{worker_command(location, Role.EVALUATE)}'."
        )
    return missing


def missing_for_events(store: Store, location: str) -> list[str]:
    """Return who is missing for a sensor to be called for events, with the remedy."""
    missing = []
    if not living_listeners(store):
        missing.append("No listener is alive: start one with 'sensors listener'.")
    states = [state for state in store.sensors.locations() if state.snapshot.name == location]
    if not any(state.capacity(Role.REACT) for state in states):
        missing.append(
            f"No react worker of {location} is alive: start one with "
            f"'{worker_command(location, Role.REACT)}'."
        )
    return missing
