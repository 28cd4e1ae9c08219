"""Waiting for runs: their logs as they are written, and how they end as an exit code."""

from typing import NoReturn

import click
from rich.text import Text

from sensors_app.cli.failure import ExitCode, Failure
from sensors_app.cli.output import show, show_json_line, show_text
from sensors_app.cli.run_output import print_entry, print_run, took
from sensors_app.cli.waiting import STREAM_WAIT_MS, poll
from sensors_app.model.runs import AUTO_RETRY_RUN_ID_TAG, DagsterRun, DagsterRunStatus
from sensors_app.operating.records import entry_record, run_record
from sensors_app.storage.store import Store

EXIT_CODES = {
    DagsterRunStatus.SUCCESS: ExitCode.OK,
    DagsterRunStatus.FAILURE: ExitCode.FAILED,
    DagsterRunStatus.CANCELED: ExitCode.CANCELED,
}


def follow_run(store: Store, run: DagsterRun, *, as_json: bool) -> DagsterRun:
    """Print the log of a run until it has ended; return the run as it ended."""
    if not as_json:
        print_run(run, store.now_ms())
        show(Text("\nlog", style="bold"))
    after = "0-0"
    while True:
        # In this order: the log of a run that has ended has all that led to it.
        current = reread(store, run)
        wait_ms = 0 if current.is_finished else STREAM_WAIT_MS
        log, after = store.runs.run_log_after(run.location or "", run, after, wait_ms=wait_ms)
        for entry in log:
            show_json_line(entry_record(entry)) if as_json else print_entry(entry)
        if current.is_finished:
            break
    if as_json:
        show_json_line(run_record(current))
    else:
        show_text(f"\n{ended_text(current, store.now_ms())}")
    return current


def await_end(store: Store, run: DagsterRun, timeout: float) -> DagsterRun | None:
    """Wait until a run has ended; None if it does not in time, in seconds."""

    def look() -> DagsterRun | None:
        current = reread(store, run)
        return current if current.is_finished else None

    return poll(look, timeout)


def reread(store: Store, run: DagsterRun) -> DagsterRun:
    """Return a run as it is by now.

    Raises:
        Failure: it is not kept any more.
    """
    current = store.runs.run(run.location or "", run.run_id)
    if current is None:
        raise Failure(f"Run {run.run_id} is not kept any more.")
    return current


def ended_text(run: DagsterRun, now: int) -> str:
    """Say how a run ended."""
    after = f" after {took(run, now)}" if run.started_at is not None else ""
    text = f"Run {run.run_id} ended: {run.status.value}{after}."
    if retry := run.tags.get(AUTO_RETRY_RUN_ID_TAG):
        text += f" It is run again as {retry}."
    return text


def exit_as(run: DagsterRun) -> NoReturn:
    """End the command with the exit code that says how a run ended."""
    click.get_current_context().exit(int(EXIT_CODES[run.status]))
