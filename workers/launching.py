"""Executes the runs of one message, one after the other."""

import logging
from collections.abc import Sequence
from contextlib import closing
from functools import partial

from celery import Task

from sensors_app.engine.launch import Writer, launch
from sensors_app.model.cancellation import RunWish
from sensors_app.model.events import DagsterEvent, EventLogEntry
from sensors_app.model.runs import DagsterRun, RunEnding
from sensors_app.storage.runs import RunStore
from workers.process import Child, child, own_holder
from workers.sending import send_launches
from workers.turn import Handover, Turn

_writer = Writer()
"""One for each process: it begins to work when the first run does."""

logger = logging.getLogger(__name__)


def launch_message(task: Task, location: str, run_ids: Sequence[str]) -> None:
    """Take these runs up and execute them, but for those that somebody has.

    Each is taken up when its turn comes, so that it can be canceled until then, and so that a
    process that dies takes down no other.

    Args:
        task: The task of the message.
        location: The code location.
        run_ids: What the message names.
    """
    process = child()
    store = process.runtime.store
    relay = Relay(store.runs, location, own_holder(task.request.id, task.request.hostname))
    company = run_ids[1:]
    quantum = process.runtime.settings.batch_quantum_seconds
    hand_over = partial(_hand_over, process, location)
    with Turn(run_ids, quantum, hand_over) as turn, closing(relay):
        for run_id in turn:
            run = relay.start_run(run_id, company)
            company = ()
            if run is not None:
                _launch(process, run, relay)
    if store.outbox.waiting(location)[0]:
        # Their end may have left room for a run that a concurrency limit held back.
        send_launches(process, location)


class Relay:
    """The moves of the runs of one message: the end of each goes with the start of the next.

    Args:
        runs: The store.
        location: The code location of the runs.
        holder: Who executes them.
    """

    def __init__(self, runs: RunStore, location: str, holder: str) -> None:
        self.holder = holder
        self._runs, self._location = runs, location
        self._ending: RunEnding | None = None

    def start_run(self, run_id: str, company: Sequence[str]) -> DagsterRun | None:
        """Take a run up; None if it is not to be had (any more)."""
        ending, self._ending = self._ending, None
        if ending is None:
            return self._runs.start_run(self._location, run_id, self.holder, company=company)
        kept, run = self._runs.finish_and_start(ending, run_id)
        _tell(ending, kept=kept)
        return run

    def close(self) -> None:
        """End the last one."""
        ending, self._ending = self._ending, None
        if ending is not None:
            _tell(ending, kept=self._runs.finish_run(ending))

    def mark_run_started(
        self, location: str, run_id: str, holder: str, event: DagsterEvent
    ) -> RunWish:
        """Pass it on."""
        return self._runs.mark_run_started(location, run_id, holder, event)

    def append_run_entries(
        self, location: str, run_id: str, holder: str, first: int, entries: Sequence[EventLogEntry]
    ) -> RunWish:
        """Pass them on."""
        return self._runs.append_run_entries(location, run_id, holder, first, entries)

    def finish_run(self, ending: RunEnding) -> bool:
        """Keep it until the next run is taken up, which is at once, or there is none."""
        self._ending = ending
        return True


def _tell(ending: RunEnding, *, kept: bool) -> None:
    if not kept:
        logger.warning("run %s was not this worker's any more when it ended", ending.run_id)


def _hand_over(process: Child, location: str, part: Handover[str, None]) -> None:
    """Give back what has not begun, in any thread of the process; beat sends it."""
    if part.left:
        process.runtime.store.outbox.return_runs(location, part.left, slow=part.current)


def _launch(process: Child, run: DagsterRun, relay: Relay) -> None:
    span, location = process.tracer.run(run), run.location or ""
    if span.context:
        process.runtime.store.runs.trace_run(location, run.run_id, relay.holder, span.context)
    try:
        with span.active():
            launch(
                run,
                relay.holder,
                process.location.jobs,
                span.moves(relay),
                max_lines=process.runtime.settings.of(location).run_log_max_lines,
                instance=process.surroundings.instance,
                writer=_writer,
            )
    finally:
        span.end("")
