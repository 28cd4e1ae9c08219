"""The thread of a worker's main process that speaks to the store: heartbeats, and reports of
processes that died. The main loop itself must never wait for the store.

With each heartbeat of a run it learns what is to become of it. The process that executes the run
learns it, too, and is to end it; one that does not is killed."""

import contextlib
import logging
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sensors_app.engine.obituary import run_died
from sensors_app.errors import StoreUnavailableError
from sensors_app.model.cancellation import RunWish
from sensors_app.model.locations import WorkerInfo
from sensors_app.model.runs import DagsterRunStatus, RunEnding
from sensors_app.model.ticks import Claim, TickFailure
from sensors_app.runtime import Runtime, build_runtime
from sensors_app.settings import Settings
from workers.process import prepared, worker_id

STOP_TIMEOUT_S = 5.0
RUN_LOOK_S = 1.0
"""How often it looks at the least what is to become of the runs."""

KILLED = "it did not stop when it was told to, and had to be killed"

logger = logging.getLogger(__name__)

Report = Callable[[Runtime], object]


@dataclass(slots=True)
class WatchedRun:
    """A run that a process of this worker executes.

    Args:
        location: The run's code location.
        run_id: The run.
        holder: Whose claim it is.
        pid: The process.
        since: When that process got it, by the monotonic clock.
        asked_at: When it was found that it is to end.
        killed_for: Why its process was killed.
    """

    location: str
    run_id: str
    holder: str
    pid: int
    since: float = field(default_factory=time.monotonic)
    asked_at: float | None = None
    killed_for: RunWish | None = None


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
        self._runs: dict[str, list[WatchedRun]] = {}
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

    def watch_runs(self, task_id: str, runs: Sequence[WatchedRun]) -> None:
        """Keep the runs of a message alive, each as long as the store says it is the holder's."""
        self._runs[task_id] = list(runs)

    def leave_runs(self, task_id: str) -> Sequence[WatchedRun]:
        """Keep them alive no longer; return those that were still watched."""
        return self._runs.pop(task_id, ())

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
            self.beat_runs(runtime, location)
            self._next_run_beat = now + min(RUN_LOOK_S, self._settings.run_heartbeat_seconds)

    def beat_runs(self, runtime: Runtime, location: str) -> None:
        """Say that the runs are alive, and see to those that are to end."""
        watched = [(id_, run) for id_, runs in list(self._runs.items()) for run in list(runs)]
        if not watched:
            return
        holders = [(run.run_id, run.holder) for _, run in watched]
        wishes = runtime.store.runs.heartbeat_runs(location, holders)
        now = time.monotonic()
        for (task_id, run), wish in zip(watched, wishes, strict=True):
            if wish.is_interruption:
                self._press(task_id, run, wish, now)
            # A run that was only just handed to its process is not that process's yet.
            elif wish is RunWish.LOST and now - run.since > self._settings.run_heartbeat_seconds:
                with contextlib.suppress(KeyError, ValueError):
                    self._runs[task_id].remove(run)

    def _press(self, task_id: str, run: WatchedRun, wish: RunWish, now: float) -> None:
        """Kill the process of a run that is to end and does not, once it had its time."""
        if run.asked_at is None:
            run.asked_at = now
        over = now - run.asked_at >= self._settings.cancel_grace_seconds
        # Its process may have ended it just now, and be at work on another.
        if over and run.killed_for is None and run in self._runs.get(task_id, ()):
            logger.warning("run %s does not end (%s): its process is killed", run.run_id, wish)
            run.killed_for = wish
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.pid, signal.SIGKILL)

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


def report_ticks(location: str, claims: Sequence[Claim], holder: str, died: TickFailure) -> None:
    """End the ticks of one message whose process died."""
    if _parent is not None:
        _parent.report(
            lambda runtime: runtime.store.ticks.lose_ticks(location, claims, holder, died)
        )


def report_reactions(
    location: str, reactions: Sequence[tuple[str, str]], holder: str, died: TickFailure
) -> None:
    """End the calls for events of one message whose process died."""
    if _parent is not None:
        _parent.report(
            lambda runtime: runtime.store.reactions.lose_reactions(
                location, reactions, holder, died
            )
        )


def report_runs(task_id: str, location: str, run_ids: Sequence[str], holder: str, why: str) -> None:
    """End the run that a process executed when it died; send the others of its message again."""
    if _parent is None:
        return
    killed = {run.run_id: run.killed_for for run in _parent.leave_runs(task_id) if run.killed_for}

    def report(runtime: Runtime) -> None:
        runs = runtime.store.runs
        for run_id in run_ids:
            wish = killed.get(run_id)
            reason = why if wish is None else KILLED
            overdue = runs.run(location, run_id) if wish is RunWish.OVERDUE else None
            # Of those that it has ended, or not begun, it is not the holder.
            event = run_died(reason, overdue)
            failed = DagsterRunStatus.FAILURE
            runs.finish_run(RunEnding(location, run_id, holder, failed, event))
        runtime.store.outbox.return_runs(location, run_ids)

    _parent.report(report)


def watch_runs(task_id: str, runs: Sequence[WatchedRun]) -> None:
    """Keep the runs of a message alive."""
    if _parent is not None:
        _parent.watch_runs(task_id, runs)


def leave_runs(task_id: str) -> None:
    """Keep them alive no longer."""
    if _parent is not None:
        _parent.leave_runs(task_id)
