"""Calls a sensor's function, and turns whatever it does into something that the store can keep."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from sensors_app.definitions.asset_sensor import AssetSensorDefinition
from sensors_app.definitions.sensor import SensorDefinition
from sensors_app.definitions.sensor_context import SensorEvaluationContext
from sensors_app.engine.calling import (
    REASON_MAX_CHARS,
    Surroundings,
    TimeLimit,
    call_in_time,
    described,
    run_to_create,
)
from sensors_app.engine.ticklog import TickLog, cut
from sensors_app.errors import TickTooLargeError
from sensors_app.model.ticks import DroppedRequest, TickFailure, TickResult, TickStart

KnownRunKeys = Callable[[Sequence[str]], Mapping[str, str]]
"""Tells which of these run keys have made a run, and the run."""


def evaluate(
    sensor: SensorDefinition,
    start: TickStart,
    surroundings: Surroundings,
    *,
    time_limit: TimeLimit,
    known_run_keys: KnownRunKeys | None = None,
) -> TickResult | TickFailure:
    """Evaluate a sensor once; whatever its code does is in the outcome, nothing is raised.

    Args:
        sensor: The sensor.
        start: What it may know.
        surroundings: What its code location has.
        time_limit: Interrupts it; its time is ``sensor.timeout_seconds``.
        known_run_keys: Requests with a key that it knows are dropped here, unread.

    Raises:
        Exception: ``known_run_keys`` raised it.
    """
    log = TickLog(surroundings.limits.log_max_bytes)
    context = _context(sensor, start, surroundings, log)
    call, latest = partial(sensor.evaluate_tick, context), None
    if isinstance(sensor, AssetSensorDefinition) and surroundings.materializations is not None:
        latest = surroundings.materializations.latest_materialization(
            sensor.asset_key, start.cursor
        )
        if latest is None:
            return TickResult(skip_reason=sensor.nothing_new, cursor=start.cursor)
        call = partial(sensor.evaluate_event, context, latest.entry)
    try:
        data = call_in_time(sensor, call, context, time_limit)
    except BaseException as error:  # noqa: BLE001 -- user code may raise anything at all
        return TickFailure(described(error), log.lines())
    keys = [each.run_key for each in data.run_requests if each.run_key is not None]
    known = known_run_keys(keys) if known_run_keys is not None else {}
    cursor = data.cursor if latest is None else latest.ident
    try:
        return TickResult(
            runs=[
                run_to_create(each, sensor, surroundings.jobs)
                for each in data.run_requests
                if each.run_key not in known
            ],
            dropped=[DroppedRequest(key, known[key]) for key in keys if key in known],
            skip_reason=data.skip_message and cut(data.skip_message, REASON_MAX_CHARS),
            cursor=_checked_cursor(cursor, surroundings.limits.cursor_max_bytes),
            logs=log.lines(),
        )
    except BaseException as error:  # noqa: BLE001 -- what it asks for may be anything, too
        return TickFailure(described(error), log.lines())


def _context(
    sensor: SensorDefinition, start: TickStart, surroundings: Surroundings, log: TickLog
) -> SensorEvaluationContext:
    return SensorEvaluationContext(
        instance_ref=None,
        instance=surroundings.instance,
        cursor=start.cursor,
        last_run_key=start.last_run_key,
        last_tick_completion_time=start.last_tick_completion_time,
        last_sensor_start_time=start.last_sensor_start_time,
        events=start.events,
        sensor_name=sensor.name,
        repository_name=None,
        resources=surroundings.resources,
        log_handler=log,
    )


def _checked_cursor(cursor: str | None, max_bytes: int) -> str | None:
    size = 0 if cursor is None else len(cursor.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise TickTooLargeError(
            f"The new cursor has {size:,} bytes; SENSORS_CURSOR_MAX_BYTES allows {max_bytes:,}. "
            "A cursor is a position, not a list of what was seen: run keys remember that."
        )
    return cursor
