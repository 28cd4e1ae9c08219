"""Executes a run that a worker has taken up, and reports its progress to the store."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress

from sensors_app.definitions.job import JobDefinition
from sensors_app.engine.ticklog import cut
from sensors_app.errors import StoreUnavailableError
from sensors_app.execution.interruption import Interruption, shielded
from sensors_app.execution.run import run_plan
from sensors_app.model.cancellation import RunWish
from sensors_app.model.errors import describe_exception, is_ours
from sensors_app.model.events import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    EventSpecificData,
)
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunEnding
from sensors_app.ports import Instance, RunClaimLost, RunMoves

FLUSH_SECONDS = 0.25
"""How long an entry may wait before it can be seen in the run's log."""

ASK_SECONDS = 0.5
"""How long a run that has nothing to say goes on without asking what is to become of it."""

STATUSES = {
    DagsterEventType.RUN_SUCCESS: DagsterRunStatus.SUCCESS,
    DagsterEventType.RUN_FAILURE: DagsterRunStatus.FAILURE,
    DagsterEventType.RUN_CANCELED: DagsterRunStatus.CANCELED,
}

ENTRY_MAX_CHARS = 100_000
BATCH = 500


class StoreRecorder:
    """Writes a run's progress to the store: moves at once, entries a moment later, all in order.

    With each word it learns from the store what is to become of the run, and passes that on.

    Args:
        moves: The store.
        location: The run's code location.
        run: The run.
        holder: Whose claim the run is.
        max_lines: How many logged lines are kept; events are kept always.
        interruption: Gets to know if the run is to end; None if that only counts between steps.
        writer: Has entries written while the run goes on; None for one of its own.
    """

    def __init__(
        self,
        moves: RunMoves,
        location: str,
        run: DagsterRun,
        holder: str,
        max_lines: int,
        interruption: Interruption | None = None,
        writer: "Writer | None" = None,
    ) -> None:
        self._moves, self._location, self._run, self._holder = moves, location, run, holder
        self._lines_left = max_lines
        self._max_lines = max_lines
        self._pending: list[EventLogEntry] = []
        self._written = 0
        self._lock = threading.Lock()
        self._interruption = interruption or Interruption()
        self._writer = writer or Writer()
        self._began_at = self._asked_at = time.monotonic()
        self._writing = threading.Lock()
        """Who writes to the log holds it, so that entries keep their order."""
        self._is_over = False

    def started(self, event: DagsterEvent) -> None:
        """Move the run to STARTED, unless it is to end."""
        self._interruption.ask(
            self._moves.mark_run_started(self._location, self._run.run_id, self._holder, event)
        )
        self.check()
        self._writer.serve(self)

    def entry(self, entry: EventLogEntry) -> None:
        """Keep an event or a logged line, cut to a bearable size."""
        if entry.dagster_event is None:
            if self._lines_left < 0:
                return
            self._lines_left -= 1
            text = cut(entry.user_message, ENTRY_MAX_CHARS)
            if self._lines_left < 0:
                text = f"Further lines are left out: a run keeps {self._max_lines:,} of them."
            entry = EventLogEntry(
                entry.run_id, entry.job_name, entry.timestamp, text, entry.level, entry.step_key
            )
        with shielded(), self._lock:
            self._pending.append(entry)

    def check(self) -> None:
        """Raise if the run was found to be someone else's, or is to end."""
        self._check_claim()
        self._interruption.check()

    def user_code(self) -> AbstractContextManager[None]:
        """Let what runs inside be interrupted, if the run is to end."""
        return self._interruption.user_code()

    @property
    def wish(self) -> RunWish:
        """What is to become of the run."""
        return self._interruption.wish

    def finished(self, event: DagsterEvent) -> None:
        """Write what is pending and move the run to its end, in one round trip if it is little."""
        self.close()
        with self._writing:
            self._is_over = True
            self._write(leave=BATCH)
            self._check_claim()
            ending = RunEnding(
                self._location,
                self._run.run_id,
                self._holder,
                STATUSES[event.event_type],
                event,
                first=self._written,
                entries=self._pending,
                took_ms=(time.monotonic() - self._began_at) * 1000,
            )
            if not self._moves.finish_run(ending):
                raise RunClaimLost(self._run.run_id)

    def close(self) -> None:
        """Have nothing written any more; what is pending of a lost run is dropped."""
        self._writer.leave(self)

    def flush(self) -> None:
        """Write what is pending, and learn now and then what is to become of the run."""
        with self._writing:
            if self._is_over:
                return
            self._write()
            if self.wish is RunWish.OK and time.monotonic() - self._asked_at >= ASK_SECONDS:
                self._interruption.ask(self._append([]))

    def _check_claim(self) -> None:
        if self.wish is RunWish.LOST:
            raise RunClaimLost(self._run.run_id)

    def _write(self, leave: int = 0) -> None:
        while self.wish is not RunWish.LOST:
            with self._lock:
                part = self._pending[:BATCH] if len(self._pending) > leave else []
            if not part:
                return
            wish = self._append(part)
            with self._lock:
                del self._pending[: len(part)]
            self._written += len(part)
            self._interruption.ask(wish)

    def _append(self, entries: Sequence[EventLogEntry]) -> RunWish:
        self._asked_at = time.monotonic()
        return self._moves.append_run_entries(
            self._location, self._run.run_id, self._holder, self._written, entries
        )


class Writer:
    """Writes what recorders have pending, a moment later, in a thread that ends when none is left.

    To begin a thread takes a tenth of the time of a run that does nothing, so the runs of a process
    share one.
    """

    def __init__(self) -> None:
        self._recorders: list[StoreRecorder] = []
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def serve(self, recorder: StoreRecorder) -> None:
        """Write for this one from now on."""
        with self._lock:
            self._recorders.append(recorder)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

    def leave(self, recorder: StoreRecorder) -> None:
        """Write for it no more."""
        with self._lock:
            if recorder in self._recorders:
                self._recorders.remove(recorder)

    def _work(self) -> None:
        while True:
            time.sleep(FLUSH_SECONDS)
            with self._lock:
                if not self._recorders:
                    self._thread = None
                    return
                recorders = list(self._recorders)
            for recorder in recorders:
                # What is pending stays pending until the server is back.
                with suppress(StoreUnavailableError):
                    recorder.flush()


def launch(
    run: DagsterRun,
    holder: str,
    jobs: Mapping[str, JobDefinition],
    moves: RunMoves,
    *,
    max_lines: int,
    instance: Instance | None = None,
    writer: Writer | None = None,
) -> None:
    """Execute a run; whatever its code does ends in the run's state and log.

    Args:
        run: The run, taken up by ``holder``.
        holder: Whose claim it is.
        jobs: The jobs there are, by name.
        moves: The store.
        max_lines: How many logged lines are kept.
        instance: What user code gets as ``context.instance``.
        writer: Shared with other runs; None for one of its own.

    Raises:
        StoreUnavailableError: the server went away for longer than its calls are repeated.
    """
    location = run.location or ""
    interruption = Interruption(by_signal=True)
    recorder = StoreRecorder(moves, location, run, holder, max_lines, interruption, writer)
    try:
        try:
            job = _job(run, jobs).selecting_assets(run.asset_selection)
            plan = job.plan(run.run_config)
        except Exception as error:  # noqa: BLE001 -- user code runs when a job is planned
            recorder.finished(_not_started(run, error))
            return
        run_plan(plan, run, recorder, instance=instance)
    except RunClaimLost:
        logging.getLogger(__name__).warning(
            "run %s is not this worker's any more; it was stopped", run.run_id
        )
    finally:
        recorder.close()


def _job(run: DagsterRun, jobs: Mapping[str, JobDefinition]) -> JobDefinition:
    if run.job_name not in jobs:
        raise LookupError(
            f"Code location {run.location!r} has no job {run.job_name!r} any more; "
            f"it has: {', '.join(jobs)}."
        )
    return jobs[run.job_name]


def _not_started(run: DagsterRun, error: Exception) -> DagsterEvent:
    return DagsterEvent(
        DagsterEventType.RUN_FAILURE.value,
        run.job_name,
        message=f'Execution of run for "{run.job_name}" failed before its first step: {error}',
        event_specific_data=EventSpecificData(
            error=describe_exception(error, keep_frame=lambda name: not is_ours(name))
        ),
    )
