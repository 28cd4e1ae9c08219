"""Who is there to do the work: beats, and workers of each role."""

from sensors_app.model.locations import LocationState, Role
from sensors_app.storage.store import Store

BEAT_ALIVE_MS = 5000
"""A beat says every second that it is alive."""


def living_beats(store: Store) -> list[str]:
    """Return the beats that are alive."""
    return [name for name, silent_ms in store.sensors.beats().items() if silent_ms < BEAT_ALIVE_MS]


def last_seen(location: LocationState, role: Role) -> int | None:
    """Return when a worker of a role was last heard of, ms; None if it is too long ago."""
    return max(
        (worker.seen_at for worker in location.workers if role in worker.roles), default=None
    )


def worker_command(location: str, role: Role) -> str:
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
