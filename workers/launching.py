"""Executes the runs of one message, one after the other."""

from collections.abc import Sequence
from functools import partial

from celery import Task

from sensors_app.engine.launch import Writer, launch
from sensors_app.model.runs import DagsterRun
from workers.process import Child, child, own_holder
from workers.sending import send_launches
from workers.turn import Handover, Turn

_writer = Writer()
"""One for each process: it begins to work when the first run does."""


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
    holder = own_holder(task.request.id, task.request.hostname)
    company = run_ids[1:]
    quantum = process.runtime.settings.batch_quantum_seconds
    with Turn(run_ids, quantum, partial(_hand_over, process, location)) as turn:
        for run_id in turn:
            run = store.runs.start_run(location, run_id, holder, company=company)
            company = ()
            if run is not None:
                _launch(process, location, run, holder)
    if store.outbox.waiting(location)[0]:
        # Their end may have left room for a run that a concurrency limit held back.
        send_launches(process, location)


def _hand_over(process: Child, location: str, part: Handover[str, None]) -> None:
    """Give back what has not begun, in any thread of the process; beat sends it."""
    if part.left:
        process.runtime.store.outbox.return_runs(location, part.left, slow=part.current)


def _launch(process: Child, location: str, run: DagsterRun, holder: str) -> None:
    runs, span = process.runtime.store.runs, process.tracer.run(run)
    if span.context:
        runs.trace_run(location, run.run_id, holder, span.context)
    try:
        with span.active():
            launch(
                run,
                holder,
                process.location.jobs,
                span.moves(runs),
                max_lines=process.runtime.settings.of(location).run_log_max_lines,
                instance=process.surroundings.instance,
                writer=_writer,
            )
    finally:
        span.end("")
