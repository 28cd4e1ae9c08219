"""Whether everything is there that sensors need: looked at once for everybody."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sensors_app.errors import StoreUnavailableError
from sensors_app.model.locations import LocationState, Role
from sensors_app.operating.alive import HEARD_OF_MS, roles_needed, worker_command
from sensors_app.storage.store import Store

LOOK_S = 2.0
SHOWN_NAMES = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LocationHealth:
    """How a code location is.

    Args:
        state: Its definitions and workers.
        unsent: Launches that are to be sent.
        sent: Launches that were sent and not taken up.
        oldest_sent_ms: For how long the oldest of these waits.
        reactions: Calls for events that wait.
        dead_letters: Calls that failed once too often.
    """

    state: LocationState
    unsent: int = 0
    sent: int = 0
    oldest_sent_ms: int | None = None
    reactions: int = 0
    dead_letters: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """How a deployment is. Heartbeats by name, in ms since the last one.

    Args:
        beats: The beats of late.
        listeners: The listeners of late.
        locations: The code locations, by name.
        store_problem: Why the store cannot be read; None if it can.
    """

    beats: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    listeners: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    locations: Mapping[str, LocationHealth] = field(default_factory=lambda: MappingProxyType({}))
    store_problem: str | None = None

    def trouble(self) -> list[str]:
        """Return what is wrong and what to do about it, for the banner of every page."""
        if self.store_problem is not None:
            return [self.store_problem]
        found = []
        if not any(silent < HEARD_OF_MS for silent in self.beats.values()):
            found.append(
                "No beat is alive: nothing is evaluated on schedule. Start one: sensors beat"
            )
        states = [each.state for each in self.locations.values()]
        fed = any(Role.REACT in roles_needed(state) for state in states)
        if fed and not any(silent < HEARD_OF_MS for silent in self.listeners.values()):
            found.append(
                "No listener is alive: run-status sensors are not called. "
                "Start one: sensors listener"
            )
        for role in Role:
            missing = [
                state.snapshot.name
                for state in states
                if role in roles_needed(state) and not state.capacity(role)
            ]
            if missing:
                names = ", ".join(missing[:SHOWN_NAMES]) + (
                    f" and {len(missing) - SHOWN_NAMES} more" if len(missing) > SHOWN_NAMES else ""
                )
                found.append(
                    f"No {role} worker of {names} is alive. "
                    f"Start one: {worker_command(missing[0], role)}"
                )
        return found


class HealthWatch:
    """Looks at the deployment again and again, in a thread of its own.

    Args:
        store: The state.
        on_change: Called when something is wrong that was not, or is well again.
    """

    def __init__(self, store: Store, on_change: Callable[[], None] | None = None) -> None:
        self._store = store
        self._on_change = on_change
        self._health = Health()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sensors-health", daemon=True)

    def start(self) -> None:
        """Look once, then go on in the background."""
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()

    @property
    def health(self) -> Health:
        """How things were at the last look."""
        return self._health

    def trouble(self) -> list[str]:
        """Return what is wrong."""
        return self._health.trouble()

    def look(self) -> None:
        """Look at everything now."""
        before = self._health.trouble()
        try:
            self._health = self._read()
        except StoreUnavailableError as error:
            self._health = Health(store_problem=str(error))
        if self._on_change is not None and self._health.trouble() != before:
            self._on_change()

    def _read(self) -> Health:
        store = self._store
        found = {}
        for state in store.sensors.locations():
            name = state.snapshot.name
            unsent, sent = store.outbox.waiting(name)
            found[name] = LocationHealth(
                state,
                unsent,
                sent,
                store.outbox.oldest_sent_ms(name) if sent else None,
                store.deliveries.read_states([name])[name].waiting,
                len(store.overview.dead_letters(name)),
            )
        return Health(store.sensors.beats(), store.sensors.listeners(), found)

    def _work(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                self.look()
            except Exception:  # whatever it is, a banner that stands still must not do so for ever
                logger.exception("the health of the deployment could not be read; trying again")
