"""``cancel``: has runs ended."""

import time
from collections.abc import Iterable

import click

from sensors_app.cli.failure import ExitCode, Failure
from sensors_app.cli.options import json_option, timeout_option
from sensors_app.cli.output import show_json
from sensors_app.cli.run_following import await_end, ended_text
from sensors_app.cli.run_names import find_run
from sensors_app.cli.session import operator, with_runtime
from sensors_app.cli.text import clean, counted
from sensors_app.cli.waiting import interruptible
from sensors_app.model.cancellation import CancelVerdict
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

SAID = {
    CancelVerdict.CANCELED: "canceled at once: no worker had taken it up",
    CancelVerdict.CANCELING: "its worker is asked to end it",
    CancelVerdict.ASKED_BEFORE: "its worker had been asked to end it before",
    CancelVerdict.ENDED: "had ended",
    CancelVerdict.FOREIGN: "is another system's, which alone can end it",
    CancelVerdict.UNKNOWN: "is not kept any more",
}
REFUSED = frozenset({CancelVerdict.FOREIGN, CancelVerdict.UNKNOWN})


@click.command()
@click.argument("run_ids", metavar="ID...", nargs=-1, required=True)
@click.option("--wait", is_flag=True, help="Wait until they have ended; exit 1 if one does not.")
@timeout_option("their end")
@json_option
@with_runtime
def cancel(
    runtime: Runtime, run_ids: tuple[str, ...], wait: bool, timeout: float, as_json: bool
) -> None:
    """Cancel runs.

    One that waits is canceled at once. In one that is under way the op is interrupted and may clean
    up; after SENSORS_CANCEL_GRACE_SECONDS its process is killed. Exit code 1 if a run is another
    system's, and cannot be canceled from here.
    """
    store = runtime.store
    # All are found before any is canceled: a mistyped id must not leave half of it done.
    runs = {run.run_id: run for run in [find_run(store, name) for name in run_ids]}
    me = operator(store)
    verdicts = {run_id: me.cancel(run.location or "", run_id) for run_id, run in runs.items()}
    if not as_json:
        for run_id, verdict in verdicts.items():
            click.echo(f"{clean(run_id)}: {SAID[verdict]}")
    late: list[str] = []
    if wait:
        under_way = [runs[each] for each, verdict in verdicts.items() if verdict not in REFUSED]
        with interruptible(ExitCode.INTERRUPTED):
            late = _await_all(store, under_way, timeout, quiet=as_json)
    if as_json:
        show_json([_record(store, run, verdicts[run_id]) for run_id, run in runs.items()])
    if late:
        raise Failure(
            f"{counted(len(late), 'run')} did not end within {timeout:g} s, and still will: "
            f"{', '.join(late)}."
        )
    if REFUSED & set(verdicts.values()):
        click.get_current_context().exit(int(ExitCode.FAILED))


def _await_all(
    store: Store, runs: Iterable[DagsterRun], timeout: float, *, quiet: bool
) -> list[str]:
    """Wait until runs have ended; return the ids of those that do not in time."""
    deadline, late = time.monotonic() + timeout, []
    for run in runs:
        ended = await_end(store, run, max(0.0, deadline - time.monotonic()))
        if ended is None:
            late.append(run.run_id)
        elif not quiet and ended.status is not run.status:
            click.echo(clean(ended_text(ended, store.now_ms())))
    return late


def _record(store: Store, run: DagsterRun, verdict: CancelVerdict) -> dict[str, str | None]:
    now = store.runs.run(run.location or "", run.run_id)
    status: DagsterRunStatus | None = now.status if now else None
    return {
        "run_id": run.run_id,
        "location": run.location,
        "outcome": verdict.value,
        "status": status.value if status else None,
    }
