"""The thread of a worker's main process that speaks to the store: heartbeats, and reports of
processes that died. The main loop itself must never wait for the store."""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sensors_app.engine.obituary import run_died, tick_died
from sensors_app.errors import StoreUnavailableError
from sensors_app.model.locations import WorkerInfo
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.ticks import Claim
from sensors_app.runtime import Runtime, build_runtime
from sensors_app.settings import Settings
from workers.process import prepared, worker_id

STOP_TIMEOUT_S = 5.0

logger = logging.getLogger(__name__)

Report = Callable[[Runtime], object]


@dataclass(frozen=True, slots=True)
class _WatchedRun:
    location: str
    run_id: str
    holder: str
    since: float


class Parent:
    """What the thread works on; other threads only hand things to it.

    Args:
        settings: The settings.
        worker: This worker, as the store is to know it.
    """

    def __init__(self, settings: Settings, worker: WorkerInfo) -> None:
        self._settings = settings
        self._worker = worker
        self._reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self._runs: dict[str, _WatchedRun] = {}
        self._thread = threading.Thread(target=self._work, name="sensors-parent", daemon=True)
        self._next_worker_beat = 0.0
        self._next_run_beat = 0.0

    def start(self) -> None:
        """Register the code location and begin."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is left to report, say good-bye, and end."""
        self._reports.put(None)
        self._thread.join(STOP_TIMEOUT_S)

    def report(self, report: Report) -> None:
        """Have a report stored, in order, as soon as the store can be reached."""
        self._reports.put(report)

    def watch_run(self, task_id: str, location: str, run_id: str, holder: str) -> None:
        """Keep a run alive until the store says that it is not the holder's (any more)."""
        self._runs[task_id] = _WatchedRun(location, run_id, holder, time.monotonic())

    def _work(self) -> None:
        runtime = build_runtime(self._settings)
        assignment, location = prepared()
        pending: Report | None = lambda r: r.store.sensors.register_location(location.snapshot)  # noqa: E731
        stopping = False
        while not (stopping and pending is None):
            try:
                if pending is not None:
                    pending(runtime)
                    pending = None
                self._beat(runtime, assignment.location)
            except StoreUnavailableError as error:
                logger.warning("%s Trying again.", error)
                if stopping:
                    break
                time.sleep(1)
                continue
            except Exception:  # a thread that ended would leave the worker for dead
                logger.exception("a report of this worker could not be stored")
                pending = None
            try:
                pending = self._reports.get(timeout=self._until_next_beat())
            except queue.Empty:
                continue
            stopping = stopping or pending is None
        self._say_goodbye(runtime, assignment.location)

    def _until_next_beat(self) -> float:
        due = min(self._next_worker_beat, self._next_run_beat)
        return max(0.0, due - time.monotonic())

    def _beat(self, runtime: Runtime, location: str) -> None:
        now = time.monotonic()
        if now >= self._next_worker_beat:
            runtime.store.sensors.worker_heartbeat(location, self._worker)
            self._next_worker_beat = now + self._settings.worker_heartbeat_seconds
        if now >= self._next_run_beat:
            self._beat_runs(runtime, location)
            self._next_run_beat = now + self._settings.run_heartbeat_seconds

    def _beat_runs(self, runtime: Runtime, location: str) -> None:
        watched = dict(self._runs)
        holders = {run.run_id: run.holder for run in watched.values()}
        lost = set(runtime.store.runs.heartbeat_runs(location, holders)) if holders else set()
        # A run that was only just handed to its process is not that process's yet.
        old = time.monotonic() - self._settings.run_heartbeat_seconds
        for task_id, run in watched.items():
            if run.run_id in lost and run.since < old:
                self._runs.pop(task_id, None)

    def _say_goodbye(self, runtime: Runtime, location: str) -> None:
        try:
            gone = WorkerInfo(
                node=self._worker.node,
                roles=self._worker.roles,
                concurrency=self._worker.concurrency,
                pid=self._worker.pid,
                version=self._worker.version,
                alive=False,
            )
            runtime.store.sensors.worker_heartbeat(location, gone)
        except StoreUnavailableError:
            pass  # The missing heartbeat says the same, later.
        finally:
            runtime.close()


_parent: Parent | None = None


def start(settings: Settings, hostname: str, concurrency: int) -> None:
    """Begin, in a worker's main process that is ready for work."""
    global _parent  # one for each worker
    assignment, location = prepared()
    _parent = Parent(
        settings,
        WorkerInfo(
            node=worker_id(hostname, os.getpid()),
            roles=assignment.roles,
            concurrency=concurrency,
            pid=os.getpid(),
            version=location.snapshot.version,
        ),
    )
    _parent.start()


def stop() -> None:
    """End, when the worker does."""
    if _parent is not None:
        _parent.stop()


def report_tick(
    location: str, sensor: str, token: int, timeout: float, holder: str, why: str
) -> None:
    """Fail the tick of a process that died."""
    claim = Claim(sensor, token, timeout)
    if _parent is not None:
        _parent.report(
            lambda runtime: runtime.store.ticks.finish_ticks(
                location, [(claim, tick_died(why))], holder
            )
        )


def report_run(location: str, run_id: str, holder: str, why: str) -> None:
    """Fail the run of a process that died."""
    if _parent is not None:
        _parent.report(
            lambda runtime: runtime.store.runs.finish_run(
                location, run_id, holder, DagsterRunStatus.FAILURE, run_died(why)
            )
        )


def watch_run(task_id: str, location: str, run_id: str, holder: str) -> None:
    """Keep a run alive."""
    if _parent is not None:
        _parent.watch_run(task_id, location, run_id, holder)
