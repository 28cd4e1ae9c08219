"""``ticks`` and ``tick``: what became of a sensor's evaluations."""

import re
from collections.abc import Iterable, Sequence

import click
from rich.text import Text

from sensors_app.cli.names import SensorRef, find_sensor
from sensors_app.cli.options import json_option, limit_option, sensor_argument
from sensors_app.cli.output import show, show_fields, show_json, show_table, show_text
from sensors_app.cli.session import with_runtime
from sensors_app.cli.text import ago, clean, duration, first_line, quoted
from sensors_app.errors import UnknownNameError
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.ticks import DroppedRequest, LogLine, Tick
from sensors_app.operating.records import tick_record
from sensors_app.operating.times import iso, iso_seconds
from sensors_app.runtime import Runtime

HEADINGS = ("TICK", "STATUS", "ENDED", "TOOK", "RUNS", "WHY")
TICK_ID = re.compile(r"\d{1,18}(-\d{1,18})?")
LEVELS = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}


class TickId(click.ParamType[str]):
    """The id of a tick: a number, or two for calls for events that ended at the same time."""

    name = "id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what can be no tick's id."""
        if not TICK_ID.fullmatch(value):
            self.fail(f"{value!r} is no tick's id, as 'sensors ticks' shows them.", param, ctx)
        return value


@click.command()
@sensor_argument
@limit_option(20, "ticks")
@click.option("--before", type=TickId(), metavar="ID", help="Only ticks older than this one.")
@json_option
@with_runtime
def ticks(runtime: Runtime, name: str, limit: int, before: str | None, as_json: bool) -> None:
    """Show the finished ticks of a sensor, newest first.

    Ticks in a row that skipped and say the same are one line, that of the last of them.
    """
    sensor = find_sensor(runtime.store, name)
    found = runtime.store.ticks.ticks(sensor.location, sensor.name, limit=limit, before=before)
    if as_json:
        show_json([tick_record(sensor.location, tick) for tick in found])
    elif found:
        now = runtime.store.now_ms()
        show_table(
            HEADINGS,
            [tick_row(tick, now) for tick in found],
            ids=("TICK",),
        )
    else:
        click.echo(f"{clean(sensor.label)} has no finished tick{' so old' if before else ''}.")


@click.command()
@sensor_argument
@click.argument("tick_id", metavar="ID", type=TickId())
@json_option
@with_runtime
def tick(runtime: Runtime, name: str, tick_id: str, as_json: bool) -> None:
    """Show one tick: its error, its logs, its runs."""
    sensor = find_sensor(runtime.store, name)
    found = runtime.store.ticks.tick(sensor.location, sensor.name, tick_id)
    if found is None:
        raise UnknownNameError(
            f"{sensor.label} has no tick {tick_id}: it never was, is still under way, or is not "
            f"kept any more. 'sensors ticks {sensor.label}' shows those that are."
        )
    print_tick(sensor, found, runtime.store.now_ms(), as_json=as_json)


def print_tick(sensor: SensorRef, found: Tick, now: int, *, as_json: bool) -> None:
    """Print a tick in full."""
    if as_json:
        show_json(tick_record(sensor.location, found))
        return
    show_fields(
        [
            ("tick", found.tick_id),
            ("sensor", sensor.label),
            ("status", found.status.value),
            ("started", f"{iso(found.started_at)} ({ago(found.started_at, now)})"),
            ("took", duration(found.duration_ms)),
            ("times", _row_of(found, now)),
            ("reason", found.skip_reason or ""),
            ("cursor", _change(found.cursor_before, found.cursor_after)),
            ("runs", _counts(found)),
            ("run keys", _listed(map(clean, found.run_keys), found.requested)),
            ("run ids", _listed(found.run_ids, found.created)),
            ("dropped", dropped_text(found.dropped)),
            ("worker", found.worker or ""),
        ]
    )
    print_error(found.error)
    print_logs(found.logs)


def print_error(error: SerializableErrorInfo | None) -> None:
    """Print an error with the user's frames."""
    if error is not None:
        show(Text("\nerror", style="bold red"))
        show_text(error.to_string())


def print_logs(logs: Sequence[LogLine]) -> None:
    """Print what a sensor logged."""
    if logs:
        show(Text("\nlogs", style="bold"))
        for line in logs:
            show_text(f"{iso_seconds(line.timestamp)} {level_name(line.level)} {line.message}")


def level_name(level: int) -> str:
    """Return the name of a level of :mod:`logging`."""
    return LEVELS.get(level, str(level)).ljust(7)


def dropped_text(dropped: Iterable[DroppedRequest]) -> str:
    """Return what run keys dropped, a line each."""
    return "\n".join(f"{quoted(each.run_key)} made run {each.run_id} before" for each in dropped)


def tick_row(found: Tick, now: int) -> list[str]:
    """Return the cells of a tick under ``HEADINGS``."""
    return [
        found.tick_id,
        status_of(found),
        ago(found.ended_at, now),
        duration(found.duration_ms),
        _counts(found),
        first_line(found.error.message if found.error else found.skip_reason),
    ]


def status_of(found: Tick) -> str:
    """Return how a tick ended, and how many ticks in a row it stands for."""
    return found.status if found.times == 1 else f"{found.status} {found.times:,} times"


def _row_of(found: Tick, now: int) -> str:
    if found.times == 1:
        return ""
    since = f"{iso(found.first_at)} ({ago(found.first_at, now)})"
    return f"{found.times:,} in a row that said the same, since {since}"


def _counts(found: Tick) -> str:
    if not found.requested:
        return ""
    if found.created == found.requested:
        return f"{found.created:,}"
    return f"{found.created:,} of {found.requested:,} requested"


def _change(before: str | None, after: str | None) -> str:
    return quoted(before) if before == after else f"{quoted(before)} -> {quoted(after)}"


def _listed(values: Iterable[str], total: int) -> str:
    lines = list(values)
    if lines and total > len(lines):
        lines.append(f"… the first {len(lines):,} of {total:,} requested")
    return "\n".join(lines)
