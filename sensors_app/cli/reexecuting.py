"""``re-execute``: has a run that ended run once more."""

from collections.abc import Iterable

import click

from sensors_app.cli.failure import ExitCode, Failure, warn
from sensors_app.cli.options import json_option, run_argument, timeout_option
from sensors_app.cli.output import show_json
from sensors_app.cli.run_following import await_end, ended_text, exit_as, reread
from sensors_app.cli.run_names import find_run
from sensors_app.cli.session import operator, with_runtime
from sensors_app.cli.text import clean
from sensors_app.cli.waiting import interruptible
from sensors_app.model.locations import Role
from sensors_app.model.runs import DagsterRun
from sensors_app.operating.alive import worker_command
from sensors_app.operating.records import run_record
from sensors_app.operating.repeating import home_of, tags_from
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store


@click.command("re-execute")
@run_argument
@click.option(
    "--tag", "tags", multiple=True, metavar="NAME=VALUE", help="Put on the new run. Repeatable."
)
@click.option("--wait", is_flag=True, help="Wait for its end; the exit code says how it ended.")
@timeout_option("its end")
@json_option
@with_runtime
def re_execute(
    runtime: Runtime,
    run_id: str,
    tags: tuple[str, ...],
    wait: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Run a run that has ended once more.

    As a new run with the same config and tags, without a run key; it names the other as its parent.
    With --wait the exit code is 0 if it ended well, 1 if it failed, 4 if it was canceled.
    """
    store, given = runtime.store, _read_tags(tags)
    parent = find_run(store, run_id)
    location = home_of(store, parent)
    new_id = operator(store).reexecute(location.snapshot.name, parent.run_id, tags=given)
    if new_id is None:
        status = reread(store, parent).status.value
        raise Failure(
            f"Run {parent.run_id} is {status}: only a run that has ended can be run again. "
            f"'sensors cancel {parent.run_id}' ends it."
        )
    if not location.capacity(Role.LAUNCH):
        command = worker_command(location.snapshot.name, Role.LAUNCH)
        warn(f"No launch worker is alive: the run waits for one. Start '{command}'.")
    new = store.runs.run(location.snapshot.name, new_id)
    assert new is not None, "it has just been made, and has not ended"
    if not as_json:
        click.echo(f"{clean(parent.run_id)} is run again as {new_id}.")
    if wait:
        with interruptible(ExitCode.INTERRUPTED):
            _await(store, new, timeout, as_json=as_json)
    elif as_json:
        show_json(run_record(new))


def _await(store: Store, run: DagsterRun, timeout: float, *, as_json: bool) -> None:
    ended = await_end(store, run, timeout)
    if as_json:
        show_json(run_record(ended or reread(store, run)))
    if ended is None:
        raise Failure(
            f"Run {run.run_id} has not ended within {timeout:g} s; it goes on. "
            f"'sensors run {run.run_id} --follow' shows how."
        )
    if not as_json:
        click.echo(clean(ended_text(ended, store.now_ms())))
    exit_as(ended)


def _read_tags(texts: Iterable[str]) -> dict[str, str]:
    try:
        return tags_from(texts)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--tag") from error
