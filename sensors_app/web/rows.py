"""One sensor as a list shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sensors_app.model.locations import SensorState
from sensors_app.model.ticks import Tick
from sensors_app.web.results import result_of, why_of

LATE_INTERVALS = 3
LATE_AT_LEAST_MS = 5000
"""A sensor is late when it should have begun so long ago: a short one may wait a moment."""


@dataclass(frozen=True, slots=True)
class SensorRow:
    """A sensor and its last tick. Times in ms since the epoch.

    Args:
        state: The sensor.
        tick: Its last tick.
    """

    state: SensorState
    tick: Tick | None

    @property
    def location(self) -> str:
        """Its code location."""
        return self.state.location

    @property
    def name(self) -> str:
        """Its name."""
        return self.state.snapshot.name

    @property
    def label(self) -> str:
        """Its name over all locations."""
        return f"{self.location}/{self.name}"

    @property
    def kind(self) -> str:
        """What makes it tick: ``sensor``, ``asset`` or ``events``."""
        if self.state.snapshot.reacts_to is not None:
            return "events"
        return "sensor" if self.state.snapshot.asset_key is None else "asset"

    @property
    def on(self) -> bool:
        """Whether it is switched on."""
        return self.state.running

    @property
    def result(self) -> str:
        """How its last tick ended, in a word; empty before the first."""
        return "" if self.tick is None else result_of(self.tick)

    @property
    def why(self) -> str:
        """Why nothing came of its last tick, or what did; or why its tick is held."""
        if self.state.held is not None:
            return self.state.held.reason
        return "" if self.tick is None else why_of(self.tick)

    @property
    def last_run(self) -> str | None:
        """The first run that its last tick made; None if it made none."""
        return self.tick.run_ids[0] if self.tick is not None and self.tick.run_ids else None

    @property
    def jobs(self) -> Sequence[str]:
        """The jobs it may request."""
        return self.state.snapshot.job_names

    def late_ms(self, now: float) -> float:
        """Return for how long it has been late; 0 if it is not."""
        state = self.state
        since = state.last_tick_at or state.switched_on
        under_way = state.activity in {"running", "unfolding", "held"}
        if not self.on or self.kind == "events" or since is None or under_way:
            return 0
        interval = max(0.0, state.snapshot.interval_seconds) * 1000
        due = since + interval + state.put_off_ms
        allowed = max(LATE_AT_LEAST_MS, interval * (LATE_INTERVALS - 1))
        return now - due if now - due > allowed else 0

    def worst_first(self, now: float) -> tuple[int, float, str]:
        """Return what sorts those that need somebody to the top."""
        late = self.late_ms(now)
        failing = self.on and self.result == "failed"
        rank = 0 if failing or self.state.held else 1 if late else 2 if self.on else 3
        return rank, -(self.state.failures if failing else late), self.label
