"""What the web process knows of all sensors: read once for everybody who looks, as it changes."""

import logging
import threading
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

from sensors_app.errors import StoreUnavailableError
from sensors_app.model.locations import SensorState
from sensors_app.storage.store import Store
from sensors_app.web.rows import SensorRow

PAUSE_S = 0.5
"""How soon a change is seen."""

logger = logging.getLogger(__name__)

Listener = Callable[[Sequence[SensorRow], bool], None]
"""Gets the rows that changed, and whether a code location has registered."""


@dataclass(slots=True)
class _Known:
    """What is known of a code location.

    Args:
        registration: Of its definitions.
        rows: Its sensors.
        marks: By which a change of each of them shows.
    """

    registration: str = ""
    rows: dict[str, SensorRow] = field(default_factory=dict)
    marks: dict[str, tuple[str | None, ...]] = field(default_factory=dict)


class Overview:
    """Keeps a row for each sensor up to date, in a thread of its own.

    Args:
        store: The state.
        on_change: Called when something changed.
    """

    def __init__(self, store: Store, on_change: Listener | None = None) -> None:
        self._store = store
        self._on_change = on_change
        self._known: dict[str, _Known] = {}
        self._late: dict[str, SensorRow] = {}
        self._clock_ms = 0.0
        self._refreshed = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sensors-overview", daemon=True)
        self._lock = threading.Lock()

    def start(self) -> None:
        """Read everything, then go on in the background."""
        self.refresh()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()

    @property
    def age_s(self) -> float:
        """For how long nothing could be read."""
        return time.monotonic() - self._refreshed

    def now_ms(self) -> float:
        """Return the store's clock, as far as it is known here."""
        return self._clock_ms + self.age_s * 1000

    def rows(self) -> list[SensorRow]:
        """Return every sensor."""
        with self._lock:
            return [row for known in self._known.values() for row in known.rows.values()]

    def row(self, location: str, sensor: str) -> SensorRow | None:
        """Return one sensor."""
        with self._lock:
            known = self._known.get(location)
            return None if known is None else known.rows.get(sensor)

    def refresh(self) -> None:
        """Read what changed since the last time."""
        clock = self._store.now_ms()
        changed: list[SensorRow] = []
        registered = False
        for location, registration in self._store.sensors.registrations().items():
            known = self._known.get(location)
            if known is None or known.registration != registration:
                self._read_all(location, registration)
                registered = True
            else:
                changed += self._read_on(location, known)
        with self._lock:
            self._clock_ms, self._refreshed = clock, time.monotonic()
        changed += self._turned({row.label for row in changed})
        if (changed or registered) and self._on_change is not None:
            self._on_change(changed, registered)

    def _read_all(self, location: str, registration: str) -> None:
        known = _Known(registration)
        known.rows = self._read(location, self._store.sensors.sensors(location))
        known.marks = self._marks(location, list(known.rows))
        with self._lock:
            self._known[location] = known

    def _read_on(self, location: str, known: _Known) -> list[SensorRow]:
        marks = self._marks(location, list(known.rows))
        names = [name for name, mark in marks.items() if known.marks.get(name) != mark]
        rows = self._read(location, self._store.sensors.sensors_named(location, names))
        with self._lock:
            known.rows.update(rows)
        known.marks = marks
        return list(rows.values())

    def _turned(self, others: Container[str]) -> list[SensorRow]:
        """Return the rows, but for others, that time alone made late, or late no more."""
        now = self.now_ms()
        late = {row.label: row for row in self.rows() if row.late_ms(now)}
        turned = late.keys() ^ self._late.keys()
        rows = [late.get(label) or self._late[label] for label in turned if label not in others]
        self._late = late
        return rows

    def _marks(self, location: str, names: Sequence[str]) -> dict[str, tuple[str | None, ...]]:
        return dict(zip(names, self._store.sensors.marks(location, names), strict=True))

    def _read(self, location: str, states: Sequence[SensorState]) -> dict[str, SensorRow]:
        names = [each.snapshot.name for each in states]
        ticks = self._store.sensors.last_ticks(location, names)
        return {
            each.snapshot.name: SensorRow(each, ticks.get(each.snapshot.name)) for each in states
        }

    def _work(self) -> None:
        while not self._stop.wait(PAUSE_S):
            try:
                self.refresh()
            except StoreUnavailableError as error:
                logger.warning("%s The pages show what was read last.", error)
            except Exception:  # whatever it is, pages that stand still must not do so for ever
                logger.exception("the overview of sensors could not be read; trying again")
