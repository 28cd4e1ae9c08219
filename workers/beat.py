"""Celery beat with our scheduler: it claims due sensors in the store and publishes them.

Claims are atomic, so any number of beats may run at once, and none is the leader. Everything that
a beat knows is in the store: sensors that come, go, start, stop or change their interval need no
restart.
"""

import logging
import os
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any

from celery.beat import Scheduler

from sensors_app.engine.listening import read_by_all
from sensors_app.engine.obituary import TICK_WORKER_LOST
from sensors_app.engine.schedule import BACKLOG_PAUSE_S, Lanes, Rhythm, dead_workers, lanes
from sensors_app.errors import DagsterError, StoreUnavailableError
from sensors_app.model.locations import WorkerInfo
from sensors_app.operating.trimming import Trimming
from sensors_app.operating.unfolding import Unfolding
from sensors_app.runtime import build_runtime
from workers.app import settings
from workers.dispatch import Dispatcher, broker_errors
from workers.process import await_store

CLAIM_BATCH = 500
LOOK_ROUND_S = 1.0
"""How often beat looks at who is alive, expires what is dead, sends again what was lost, and drops
some of what is kept too long."""

EARLY_S, EARLY_ROUND_S = 15.0, 0.2
"""For how long after its start it looks more often: workers are likely to be starting, too, and
somebody to be waiting for the first tick."""

TRIM_ROUND_S = 10.0
"""How often beat drops old events from the streams."""

AWAY_S = 1.0
"""How long beat waits for a store or a broker that is away."""

logger = logging.getLogger(__name__)


class StoreScheduler(Scheduler):
    """Publishes what is due in the store; it has no entries of its own."""

    def __init__(self, app: Any, *args: Any, lazy: bool = False, **kwargs: Any) -> None:
        self._runtime = build_runtime(settings)
        self._store = self._runtime.store
        self._dispatcher = Dispatcher(app, self._runtime)
        self._trimming = Trimming(self._store)
        self._unfolding = Unfolding(self._store)
        self._broker_errors = broker_errors(app)
        self._workers: Mapping[str, Sequence[WorkerInfo]] = {}
        self._rooms: Mapping[str, Lanes] = {}
        self._rhythms: dict[str, Rhythm] = {}
        self._next_round = 0.0
        self._early_until = time.monotonic() + EARLY_S
        self._next_trim = 0.0
        self._no_expiry_before = 0.0
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        super().__init__(app, *args, lazy=lazy, **kwargs)

    def setup_schedule(self) -> None:
        """Wait for the store instead of reading entries."""
        try:
            await_store(self._runtime)
        except DagsterError as error:
            raise SystemExit(f"error: {error}") from None
        self._hold_expiry()

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """Do one round; return for how many seconds to sleep."""
        try:
            return self._pulse()
        except StoreUnavailableError as error:
            logger.warning("%s Trying again.", error)
            self._hold_expiry()
        except self._broker_errors as error:
            logger.warning("The broker is away: %s. What was claimed is sent again later.", error)
            self._drop_connection()
        except Exception:  # whatever it is, a beat that ended would stop every sensor
            logger.exception("beat could not do its round; it goes on with the next")
        return AWAY_S

    def close(self) -> None:
        """Release connections."""
        super().close()
        self._runtime.close()

    def _pulse(self) -> float:
        now = time.monotonic()
        if now >= self._next_round:
            self._next_round = now + (EARLY_ROUND_S if now < self._early_until else LOOK_ROUND_S)
            self._look_round(expire=now >= self._no_expiry_before)
        if now >= self._next_trim:
            self._next_trim = now + TRIM_ROUND_S
            self._trim()
        pauses = self._send_due()
        for name in self._workers:
            self._dispatcher.send_outbox(self.producer, name)
        if self._unfolding.step():
            pauses.append(BACKLOG_PAUSE_S)
        return min([settings.beat_interval_seconds, *pauses])

    def _send_due(self) -> list[float]:
        """Send what is due of all locations; return how long each can wait for the next look.

        However much is due in one of them, the others have their part of each round.
        """
        found = self._store.ticks.claim_due_of(
            {name: (room.quick, room.slow) for name, room in self._rooms.items()},
            limit=CLAIM_BATCH,
        )
        with self.producer.batch():
            for name, due in found.items():
                if due.claims:
                    self._dispatcher.send_claims(
                        self.producer, name, due.claims, apart=self._rooms[name].apart
                    )
        return [
            self._rhythms[name].pause(due.now, due.next_due, due.shortest_ms)
            for name, due in found.items()
        ]

    def _look_round(self, *, expire: bool) -> None:
        self._store.sensors.beat_heartbeat(self._name)
        self._workers = self._store.sensors.workers()
        self._rooms = {
            name: room
            for name, workers in self._workers.items()
            # What nobody would take stays due.
            if (room := lanes(workers, settings.claim_window, settings.batch_max_claims)).slow
        }
        for name in self._rooms:
            self._rhythms.setdefault(name, Rhythm(settings.beat_interval_seconds))
        for name, workers in self._workers.items():
            if expire:
                self._expire(name, workers)
            if resent := self._dispatcher.resend_lost(self.producer, name):
                logger.warning("%d messages for %s were lost; sent again", resent, name)
        self._unfolding.look(self._workers)
        self._trimming.step(list(self._workers))

    def _trim(self) -> None:
        names = list(self._workers)
        rules = self._store.deliveries.rules(names)
        states = self._store.deliveries.read_states(rules)
        for name in names:
            self._store.events.trim_events(name, read_by_all(name, rules, states))

    def _expire(self, name: str, workers: Sequence[WorkerInfo]) -> None:
        for sensor, holder in self._store.ticks.expire_claims(
            name, TICK_WORKER_LOST, dead_workers(workers)
        ):
            logger.warning("sensor %s/%s: its worker is gone (%s)", name, sensor, holder)
        for run_id, holder in self._store.runs.expire_runs(name):
            logger.warning("run %s of %s: its worker is gone (%s)", run_id, name, holder)

    def _hold_expiry(self) -> None:
        """While the store was away nobody could give a sign of life: let them, first."""
        limits = self._store.limits
        self._no_expiry_before = (
            time.monotonic() + max(limits.run_claim_ms, limits.worker_ttl_ms) / 1000
        )

    def _ensure_connected(self) -> Any:
        """Connect, or fail at once: Celery's own way would wait, and hold up all the rest."""
        return self.connection.ensure_connection(
            max_retries=1, interval_start=0, interval_step=0, interval_max=0
        )

    def _drop_connection(self) -> None:
        connection = self.__dict__.pop("connection", None)
        self.__dict__.pop("producer", None)
        if connection is not None:
            connection.collect()
