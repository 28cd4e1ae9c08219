"""``evaluate`` and ``preview``: a tick out of turn, and one that keeps nothing."""

import json

import click

from sensors_app.cli.failure import ExitCode, Failure, warn
from sensors_app.cli.names import SensorRef, find_sensor
from sensors_app.cli.options import json_option, sensor_argument, timeout_option
from sensors_app.cli.output import show_fields, show_json, show_table
from sensors_app.cli.session import operator, with_runtime
from sensors_app.cli.text import clean, counted, quoted
from sensors_app.cli.ticks import dropped_text, print_error, print_logs, print_tick
from sensors_app.cli.waiting import poll
from sensors_app.errors import UnknownNameError
from sensors_app.model.ticks import Preview, Tick, TickStatus
from sensors_app.operating.alive import missing_for_ticks
from sensors_app.operating.records import preview_record
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

SHOWN_REQUESTS = 50
FINISHED_AT_ONCE = 50
"""More ticks of one sensor than can end between two looks."""


@click.command()
@sensor_argument
@click.option("--wait", is_flag=True, help="Wait for the tick and show it; exit 1 if it failed.")
@timeout_option("the tick")
@json_option
@with_runtime
def evaluate(runtime: Runtime, name: str, wait: bool, timeout: float, as_json: bool) -> None:
    """Have a sensor evaluated now, even if it is off.

    It is a real tick: runs are launched, the cursor is kept. See 'preview' for a dry run.
    """
    store = runtime.store
    sensor = _find_polled(store, name)
    token = operator(store).evaluate(sensor.location, sensor.name)
    for problem in missing_for_ticks(store, sensor.location):
        warn(f"{problem} The evaluation waits for it.")
    if wait:
        _await_tick(store, sensor, token, timeout, as_json=as_json)
    elif as_json:
        show_json({"location": sensor.location, "sensor": sensor.name, "token": token})
    else:
        click.echo(f"{clean(sensor.label)} is evaluated now; 'sensors ticks' shows the tick.")


def _find_polled(store: Store, name: str) -> SensorRef:
    sensor = find_sensor(store, name)
    if sensor.snapshot.reacts_to is not None:
        raise Failure(
            f"{sensor.label} is called for events: without one there is nothing to evaluate. "
            f"'sensors replay {sensor.label} --since 1h' has it called once more for those of the "
            "last hour.",
            ExitCode.USAGE,
        )
    return sensor


def _await_tick(
    store: Store, sensor: SensorRef, token: int, timeout: float, *, as_json: bool
) -> None:
    tick = poll(lambda: _first_tick(store, sensor, token), timeout)
    if tick is None:
        raise Failure(
            f"{sensor.label} was not evaluated within {timeout:g} s; it still will be. "
            f"{_reasons(store, sensor)}"
        )
    print_tick(sensor, tick, store.now_ms(), as_json=as_json)
    if tick.status is TickStatus.FAILURE:
        click.get_current_context().exit(1)


def _first_tick(store: Store, sensor: SensorRef, token: int) -> Tick | None:
    finished = store.ticks.ticks(sensor.location, sensor.name, limit=FINISHED_AT_ONCE)
    return next((tick for tick in reversed(finished) if int(tick.tick_id) >= token), None)


@click.command()
@sensor_argument
@click.option("--cursor", metavar="C", help="Try with this cursor. Default: the sensor's own.")
@timeout_option("the answer")
@json_option
@with_runtime
def preview(runtime: Runtime, name: str, cursor: str | None, timeout: float, as_json: bool) -> None:
    """Evaluate a sensor and keep nothing.

    A dry run by one of its workers. Shows the runs it would request, those that its run keys
    would drop, and the cursor it would leave. Exit code 1 if the evaluation failed.
    """
    store = runtime.store
    sensor = _find_polled(store, name)
    if missing := missing_for_ticks(store, sensor.location):
        raise Failure("\n       ".join(missing))
    preview_id = store.outbox.request_preview(
        sensor.location, sensor.name, cursor=cursor, use_cursor=cursor is not None
    )
    if preview_id is None:
        raise UnknownNameError(f"Sensor {sensor.label} is gone: its location left it out.")
    answer = poll(lambda: store.outbox.preview(sensor.location, preview_id), timeout)
    if answer is None:
        raise Failure(
            f"No worker has answered for {sensor.label} within {timeout:g} s. "
            f"{_reasons(store, sensor)}"
        )
    if as_json:
        show_json(preview_record(sensor.location, answer))
    else:
        _print_preview(sensor, answer)
    if answer.status is TickStatus.FAILURE:
        click.get_current_context().exit(1)


def _print_preview(sensor: SensorRef, answer: Preview) -> None:
    show_fields(
        [
            ("dry run of", sensor.label),
            ("status", answer.status.value),
            ("reason", answer.skip_reason or ""),
            ("cursor", _cursor_change(answer)),
            ("requests", counted(len(answer.requests), "new run") if answer.requests else ""),
            ("dropped", dropped_text(answer.dropped[:SHOWN_REQUESTS])),
        ]
    )
    if answer.requests:
        click.echo()
        show_table(
            ("RUN KEY", "JOB", "TAGS", "CONFIG"),
            [
                [
                    "" if request["run_key"] is None else request["run_key"],
                    request["job_name"],
                    ", ".join(f"{key}={value}" for key, value in request["tags"].items()),
                    json.dumps(request["run_config"]) if request["run_config"] else "",
                ]
                for request in answer.requests[:SHOWN_REQUESTS]
            ],
            ids=("RUN KEY",),
        )
    hidden = max(len(answer.requests), len(answer.dropped)) - SHOWN_REQUESTS
    if hidden > 0:
        click.echo(f"… and {hidden:,} more; --json shows all.")
    print_error(answer.error)
    print_logs(answer.logs)


def _cursor_change(answer: Preview) -> str:
    if answer.cursor_before == answer.cursor_after:
        return f"{quoted(answer.cursor_before)} stays"
    return f"{quoted(answer.cursor_before)} -> {quoted(answer.cursor_after)}"


def _reasons(store: Store, sensor: SensorRef) -> str:
    if (held := store.held.held(sensor.location).get(sensor.name)) is not None:
        return (
            f"A tick of it is held: {held.reason} 'sensors release {sensor.label}' or 'sensors "
            f"discard {sensor.label}' decides about it."
        )
    if missing := missing_for_ticks(store, sensor.location):
        return " ".join(missing)
    return (
        f"It may take {sensor.snapshot.timeout_seconds:g} s, its time limit, and the workers may "
        "be busy: see 'sensors list', or wait longer with --timeout."
    )
