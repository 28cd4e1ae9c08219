"""One code location of a store, under a clock that the test moves: arrange in few words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sensors_app.model.assets import AssetKey, AssetMaterialization
from sensors_app.model.cancellation import CancelVerdict, RunWish
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    EventSpecificData,
)
from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.locations import LocationSnapshot, SensorSnapshot, SensorState
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunEnding
from sensors_app.model.ticks import Claim, RunToCreate, TickFailure, TickResult, TickStart
from sensors_app.storage.claims import DueClaims
from sensors_app.storage.commits import Commit
from sensors_app.storage.keys import LocationKeys
from sensors_app.storage.store import Store
from tests.support.audit import contents

START = 1_700_000_000_000
"""What a test's clock says at first, ms since the epoch."""

HOLDER = "task-1/worker@host/101"
OTHER_HOLDER = "task-2/other@host/202"
BOOM = SerializableErrorInfo("ValueError: boom\n", ("frame\n",), "ValueError")
LOST = SerializableErrorInfo("worker lost")


def sensor(name: str = "s", **fields: Any) -> SensorSnapshot:
    """Return a sensor that runs every 30 s, for at most 60 s; ``fields`` say otherwise."""
    usual = SensorSnapshot(name, ("job",), running_by_default=True)
    return replace(usual, **fields)


def location(
    *sensors: SensorSnapshot,
    name: str = "loc",
    version: str = "1",
    limits: Sequence[ConcurrencyLimit] = (),
) -> LocationSnapshot:
    """Return a code location with these sensors."""
    return LocationSnapshot(name, "package.module", version, sensors, ("job",), limits)


def request(run_id: str, run_key: str | None = None, **fields: str) -> RunToCreate:
    """Return a request for a run."""
    usual = RunToCreate(run_id, "job", run_key, run_config="{}", tags="{}")
    return replace(usual, **fields)


def materialized(run_id: str, asset: str, **metadata: Any) -> EventLogEntry:
    """Return the entry of a run's log by which it brought an asset about."""
    made = AssetMaterialization(AssetKey.from_user_string(asset), metadata=metadata)
    kind = DagsterEventType.ASSET_MATERIALIZATION.value
    event = DagsterEvent(kind, "job", "step", "made", EventSpecificData(materialization=made))
    return EventLogEntry(run_id, "job", 1.0, "made", step_key="step", dagster_event=event)


class Site:
    """A code location of a store, and the time there.

    Args:
        store: The store.
        prefix: What its keys begin with.
        name: The location's name.
    """

    def __init__(self, store: Store, prefix: str, name: str = "loc") -> None:
        self.store = store
        self.prefix = prefix
        self.name = name
        self.now = START
        self.keys = LocationKeys(prefix, name)

    def through(self, store: Store) -> "Site":
        """Return the same location at the same time, reached by another store."""
        site = Site(store, self.prefix, self.name)
        site.now = self.now
        return site

    def contents(self) -> Mapping[str, Any]:
        """Return all that is kept under the prefix, to compare."""
        return contents(self.store.client, self.prefix)

    def register(
        self,
        *sensors: SensorSnapshot,
        version: str = "1",
        limits: Sequence[ConcurrencyLimit] = (),
    ) -> bool:
        """Register these sensors and limits, and no others."""
        snapshot = location(*sensors, name=self.name, version=version, limits=limits)
        return self.store.sensors.register_location(snapshot, now_ms=self.now)

    # ---- ticks

    def claim_due(self, limit: int = 100, window: int = 100) -> DueClaims:
        """Claim what is due."""
        return self.store.ticks.claim_due(self.name, limit=limit, window=window, now_ms=self.now)

    def claim(self, name: str = "s") -> Claim:
        """Claim one sensor, which must be idle."""
        claim = self.store.ticks.claim_sensor(self.name, name, now_ms=self.now)
        assert claim is not None
        return claim

    def begin(self, claim: Claim, holder: str = HOLDER) -> TickStart | None:
        """Begin a claimed tick."""
        (start,) = self.store.ticks.begin_ticks(self.name, [claim], holder, now_ms=self.now)
        return start

    def begun(self, name: str = "s", holder: str = HOLDER) -> Claim:
        """Claim one sensor and begin its tick."""
        claim = self.claim(name)
        assert self.begin(claim, holder) is not None
        return claim

    def commit(
        self,
        claim: Claim,
        *runs: RunToCreate,
        cursor: str | None = None,
        holder: str = HOLDER,
        skip_reason: str | None = None,
    ) -> Commit:
        """Commit a tick."""
        return self._finish(claim, TickResult(runs, skip_reason=skip_reason, cursor=cursor), holder)

    def fail(
        self, claim: Claim, error: SerializableErrorInfo = BOOM, holder: str = HOLDER
    ) -> Commit:
        """Fail a tick."""
        return self._finish(claim, TickFailure(error), holder)

    def _finish(self, claim: Claim, outcome: TickResult | TickFailure, holder: str) -> Commit:
        (answer,) = self.store.ticks.finish_ticks(
            self.name, [(claim, outcome)], holder, now_ms=self.now
        )
        return answer

    def tick(self, *runs: RunToCreate, cursor: str | None = None, name: str = "s") -> Commit:
        """Claim, begin and commit one tick."""
        return self.commit(self.begun(name), *runs, cursor=cursor)

    def expire_claims(self, dead: Sequence[str] = ()) -> list[tuple[str, str]]:
        """Fail the ticks under way whose time is over or whose worker is dead."""
        return self.store.ticks.expire_claims(self.name, LOST, dead, now_ms=self.now)

    # ---- sensors

    def state(self, name: str = "s") -> SensorState:
        """Return a sensor that is registered."""
        (state,) = [s for s in self.store.sensors.sensors(self.name) if s.snapshot.name == name]
        return state

    def places(self, name: str = "s") -> set[str]:
        """Return in which of due, claimed and running a sensor is."""
        lists = {
            "due": (self.keys.due, self.keys.due_slow),
            "claimed": (self.keys.claimed, self.keys.claimed_slow),
            "running": (self.keys.running,),
        }
        client = self.store.client
        return {
            place
            for place, keys in lists.items()
            if any(client.zscore(key, name) is not None for key in keys)
        }

    def poke(self, name: str = "s") -> int | None:
        """Ask for an evaluation now."""
        return self.store.sensors.poke(self.name, name, now_ms=self.now)

    def switch(self, running: bool | None, name: str = "s") -> bool | None:
        """Start or stop a sensor, or give it back to its default."""
        return self.store.sensors.set_sensor_status(self.name, name, running, now_ms=self.now)

    def set_cursor(self, cursor: str | None, name: str = "s") -> str | None:
        """Set a sensor's cursor."""
        return self.store.sensors.set_cursor(self.name, name, cursor, now_ms=self.now)

    # ---- runs

    def start_run(self, run_id: str, holder: str = HOLDER) -> DagsterRun | None:
        """Take a run up."""
        return self.store.runs.start_run(self.name, run_id, holder, now_ms=self.now)

    def mark_started(self, run_id: str, holder: str = HOLDER) -> bool:
        """Say that a run's first step begins."""
        event = DagsterEvent(DagsterEventType.RUN_START.value, "job", message="Started.")
        wish = self.store.runs.mark_run_started(self.name, run_id, holder, event, now_ms=self.now)
        return wish is RunWish.OK

    def heartbeat(self, run_id: str, holder: str = HOLDER) -> bool:
        """Say that a run's worker is alive; return whether the run is still its own."""
        return self.wish(run_id, holder) is not RunWish.LOST

    def wish(self, run_id: str, holder: str = HOLDER) -> RunWish:
        """Say that a run's worker is alive; return what is to become of the run."""
        (wish,) = self.store.runs.heartbeat_runs(self.name, [(run_id, holder)], now_ms=self.now)
        return wish

    def request_cancel(
        self, run_id: str, request_id: str = "first", reason: str = "Why."
    ) -> CancelVerdict:
        """Have a run ended."""
        return self.store.runs.request_cancel(
            self.name, run_id, reason=reason, request_id=request_id, now_ms=self.now
        )

    def finish_run(
        self,
        run_id: str,
        status: DagsterRunStatus = DagsterRunStatus.SUCCESS,
        holder: str = HOLDER,
        message: str = "Ended.",
        took_ms: float | None = None,
    ) -> bool:
        """End a run."""
        event = DagsterEvent(f"PIPELINE_{status.value}", "job", message=message)
        ending = RunEnding(self.name, run_id, holder, status, event, took_ms=took_ms)
        return self.store.runs.finish_run(ending, now_ms=self.now)

    def expire_runs(self) -> list[tuple[str, str]]:
        """Fail the runs whose worker is gone."""
        return self.store.runs.expire_runs(self.name, now_ms=self.now)

    def status(self, run_id: str) -> DagsterRunStatus | None:
        """Return a run's state; None if it is not kept."""
        run = self.store.runs.run(self.name, run_id)
        return None if run is None else run.status

    def indexes_of(self, run_id: str) -> set[DagsterRunStatus]:
        """Return in which of the indexes of states a run is."""
        return {
            status
            for status in DagsterRunStatus
            if self.store.client.zscore(self.keys.runs_in(status.value), run_id) is not None
        }
