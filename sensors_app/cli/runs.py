"""``runs`` and ``run``: what was launched and what became of it."""

import click
from rich.text import Text

from sensors_app.cli.failure import ExitCode
from sensors_app.cli.names import complete_sensor, find_sensor
from sensors_app.cli.options import json_option, limit_option, location_option, run_argument
from sensors_app.cli.output import show, show_json, show_table
from sensors_app.cli.run_following import exit_as, follow_run
from sensors_app.cli.run_names import find_places, find_run, require_job
from sensors_app.cli.run_output import print_entry, print_run, took
from sensors_app.cli.session import with_runtime
from sensors_app.cli.text import ago, first_line
from sensors_app.cli.waiting import interruptible
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunsFilter
from sensors_app.operating.records import entry_record, run_record
from sensors_app.runtime import Runtime

HEADINGS = ("RUN", "STATUS", "JOB", "LOCATION", "SENSOR", "RUN KEY", "CREATED", "TOOK", "WHY")


@click.command()
@click.option(
    "--sensor", metavar="NAME", shell_complete=complete_sensor, help="Only runs that it requested."
)
@click.option("--job", metavar="NAME", help="Only runs of this job.")
@click.option(
    "--status",
    "statuses",
    type=click.Choice([status.value for status in DagsterRunStatus], case_sensitive=False),
    multiple=True,
    help="Only runs in this state. May be repeated.",
)
@location_option
@limit_option(20, "runs")
@json_option
@with_runtime
def runs(
    runtime: Runtime,
    sensor: str | None,
    job: str | None,
    statuses: tuple[str, ...],
    location: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show runs, newest first."""
    store = runtime.store
    sensor_name = None
    if sensor is not None:
        ref = find_sensor(store, sensor if location is None else _within(location, sensor))
        location, sensor_name = ref.location, ref.name
    filters = RunsFilter(job_name=job, statuses=tuple(map(DagsterRunStatus, statuses)))
    names = find_places(store, location)
    found: list[DagsterRun] = []
    for name in names:
        found += store.runs.runs(name, sensor=sensor_name, filters=filters, limit=limit)
    if not found and job is not None:
        require_job(store, names, job)
    found = sorted(found, key=lambda run: run.created_at or 0, reverse=True)[:limit]
    if as_json:
        show_json([run_record(run) for run in found])
    elif found:
        now = store.now_ms()
        show_table(HEADINGS, [_row(run, now) for run in found], ids=("RUN",))
    else:
        click.echo("No such run.")


@click.command()
@run_argument
@click.option("--follow", "-f", is_flag=True, help="Show its log as it is written, to its end.")
@json_option
@with_runtime
def run(runtime: Runtime, run_id: str, follow: bool, as_json: bool) -> None:
    """Show one run and its event log.

    ID may be the first characters of a recent run's id, six at least. With --follow the exit code
    says how it ended: 0 well, 1 it failed, 4 it was canceled. --follow --json prints an entry of
    the log a line, and the run as the last one.
    """
    found = find_run(runtime.store, run_id)
    if follow:
        with interruptible(ExitCode.INTERRUPTED):
            ended = follow_run(runtime.store, found, as_json=as_json)
        exit_as(ended)
    log = runtime.store.runs.run_log(found.location or "", found)
    if as_json:
        show_json({**run_record(found), "log": [entry_record(entry) for entry in log]})
        return
    print_run(found, runtime.store.now_ms())
    show(Text("\nlog", style="bold"))
    for entry in log:
        print_entry(entry)


def _within(location: str, sensor: str) -> str:
    return sensor if "/" in sensor else f"{location}/{sensor}"


def _row(found: DagsterRun, now: int) -> list[str]:
    return [
        found.run_id,
        found.status.value,
        found.job_name,
        found.location or "",
        found.sensor_name or "",
        found.run_key or "",
        ago((found.created_at or 0) * 1000, now),
        took(found, now),
        first_line(found.error),
    ]
