"""``runs`` and ``run``: what was launched and what became of it."""

import json
from collections.abc import Mapping

import click
from rich.text import Text

from sensors_app.cli.names import complete_sensor, find_locations, find_sensor, nearest
from sensors_app.cli.options import json_option, limit_option, location_option
from sensors_app.cli.output import show, show_fields, show_json, show_table, show_text
from sensors_app.cli.records import entry_record, run_record
from sensors_app.cli.session import with_runtime
from sensors_app.cli.text import ago, clean, duration, first_line, iso_seconds
from sensors_app.cli.ticks import level_name
from sensors_app.errors import UnknownNameError
from sensors_app.model.events import EventLogEntry
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunsFilter
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

PREFIX_MIN_CHARS = 6
RECENT_RUNS = 1000
"""Among how many of each location a part of a run's id is looked for."""

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
    names = _places(store, location)
    found: list[DagsterRun] = []
    for name in names:
        found += store.runs.runs(name, sensor=sensor_name, filters=filters, limit=limit)
    if not found and job is not None:
        _require_job(store, names, job)
    found = sorted(found, key=lambda run: run.created_at or 0, reverse=True)[:limit]
    if as_json:
        show_json([run_record(run) for run in found])
    elif found:
        now = store.now_ms()
        show_table(HEADINGS, [_row(run, now) for run in found], ids=("RUN",))
    else:
        click.echo("No such run.")


@click.command()
@click.argument("run_id", metavar="ID")
@json_option
@with_runtime
def run(runtime: Runtime, run_id: str, as_json: bool) -> None:
    """Show one run and its event log.

    ID may be the first characters of a recent run's id, six at least.
    """
    found = find_run(runtime.store, run_id)
    log = runtime.store.runs.run_log(found.location or "", found)
    if as_json:
        show_json({**run_record(found), "log": [entry_record(entry) for entry in log]})
        return
    _print_run(found, runtime.store.now_ms())
    show(Text("\nlog", style="bold"))
    for entry in log:
        _print_entry(entry)


def find_run(store: Store, run_id: str) -> DagsterRun:
    """Return the run with this id, or with an id that begins like this.

    Raises:
        UnknownNameError: there is none, or several.
    """
    names = store.sensors.location_names()
    for name in names:
        if found := store.runs.run(name, run_id):
            return found
    if len(run_id) < PREFIX_MIN_CHARS:
        raise UnknownNameError(
            f"There is no run {run_id!r}; the beginning of an id needs "
            f"{PREFIX_MIN_CHARS} characters. 'sensors runs' shows those of late."
        )
    recent = [r for name in names for r in store.runs.runs(name, limit=RECENT_RUNS)]
    like = [run for run in recent if run.run_id.lower().startswith(run_id.lower())]
    if len(like) == 1:
        return like[0]
    if like:
        ids = ", ".join(run.run_id for run in like[:PREFIX_MIN_CHARS])
        raise UnknownNameError(f"Several runs begin with {run_id!r}: {ids}.")
    raise UnknownNameError(
        f"There is no run {run_id!r}. 'sensors runs' shows those of late; an ended run is kept for "
        "SENSORS_RUN_MAX_AGE_DAYS."
    )


def _places(store: Store, location: str | None) -> list[str]:
    """Return where runs may be: code locations, and other systems that reported theirs.

    Raises:
        UnknownNameError: there is no such place.
    """
    known = store.sensors.location_names()
    if location is None:
        return known
    return [location] if location in known else [find_locations(store, location)[0].snapshot.name]


def _require_job(store: Store, places: list[str], job: str) -> None:
    """Refuse the name of a job that is defined nowhere, nor reported by another system of late."""
    here = [each.snapshot for each in store.sensors.locations() if each.snapshot.name in places]
    jobs = {name for snapshot in here for name in snapshot.job_names}
    for place in set(places) - {snapshot.name for snapshot in here}:
        jobs.update(run.job_name for run in store.runs.runs(place, limit=RECENT_RUNS))
    if job not in jobs:
        raise UnknownNameError(f"There is no job {job!r}.{nearest(job, jobs)}")


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
        _took(found, now),
        first_line(found.error),
    ]


def _took(found: DagsterRun, now: int) -> str:
    if found.started_at is None:
        return ""
    end = now if found.ended_at is None else found.ended_at * 1000
    return duration(end - found.started_at * 1000)


def _print_run(found: DagsterRun, now: int) -> None:
    show_fields(
        [
            ("run", found.run_id),
            ("status", found.status.value),
            ("job", found.job_name),
            ("location", found.location or ""),
            ("sensor", found.sensor_name or ""),
            ("tick", found.tick_id or ""),
            ("run key", found.run_key or ""),
            ("created", iso_seconds(found.created_at) or ""),
            ("started", iso_seconds(found.started_at) or ""),
            ("ended", iso_seconds(found.ended_at) or ""),
            ("took", _took(found, now)),
            ("worker", found.worker or ""),
            ("tags", _lines(found.tags)),
            ("config", json.dumps(found.run_config, indent=2) if found.run_config else ""),
            ("error", found.error or ""),
        ]
    )


def _lines(tags: Mapping[str, str]) -> str:
    return "\n".join(f"{clean(name)}: {clean(value)}" for name, value in tags.items())


def _print_entry(entry: EventLogEntry) -> None:
    event = entry.dagster_event
    kind = event.event_type.name if event else level_name(entry.level).strip()
    step = f"[{entry.step_key}] " if entry.step_key else ""
    style = "red" if event and event.is_failure else ""
    show_text(f"{iso_seconds(entry.timestamp)} {kind:<14} {step}{entry.user_message}", style=style)
    data = event.event_specific_data if event else None
    if data is not None and data.error is not None:
        show_text(data.error.to_string())
