"""Calls a sensor's function, and turns whatever it does into something that the store can keep."""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

from sensors_app.definitions.asset_sensor import AssetSensorDefinition
from sensors_app.definitions.job import JobDefinition
from sensors_app.definitions.sensor import SensorDefinition
from sensors_app.definitions.sensor_context import SensorEvaluationContext
from sensors_app.engine.run_tags import run_tags
from sensors_app.engine.ticklog import TickLog, cut
from sensors_app.errors import (
    DagsterError,
    SensorExitError,
    SensorTimeoutError,
    TickTooLargeError,
    UnknownNameError,
)
from sensors_app.model.errors import SerializableErrorInfo, describe_exception, is_ours
from sensors_app.model.requests import RunRequest, SensorExecutionData
from sensors_app.model.ticks import (
    DroppedRequest,
    RunToCreate,
    TickFailure,
    TickResult,
    TickStart,
)
from sensors_app.ports import Instance, Materializations

REASON_MAX_CHARS = 10_000
ERROR_MAX_CHARS = 50_000


KnownRunKeys = Callable[[Sequence[str]], Mapping[str, str]]
"""Tells which of these run keys have made a run, and the run."""


class TimeLimit(AbstractContextManager[Any], Protocol):
    """Interrupts the code inside it when its time is over."""

    expired: bool
    """Whether it has struck, even if the code inside went on all the same."""


@dataclass(frozen=True, slots=True)
class EvaluationLimits:
    """How much of an evaluation is kept.

    Args:
        log_max_bytes: Of what it logs.
        cursor_max_bytes: The largest cursor; a larger one fails the tick.
    """

    log_max_bytes: int = 65_536
    cursor_max_bytes: int = 262_144


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a code location's evaluations have in common.

    Args:
        jobs: The jobs there are, by name.
        resources: The resources there are, by key: resources or values.
        limits: How much of an evaluation is kept.
        instance: What user code gets as ``context.instance``.
        materializations: What asset sensors are called for.
    """

    jobs: Mapping[str, JobDefinition]
    resources: Mapping[str, Any] = field(default_factory=dict)
    limits: EvaluationLimits = EvaluationLimits()
    instance: Instance | None = None
    materializations: Materializations | None = None


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
        data = _call(sensor, call, context, time_limit)
    except BaseException as error:  # noqa: BLE001 -- user code may raise anything at all
        return TickFailure(_describe(error), log.lines())
    keys = [each.run_key for each in data.run_requests if each.run_key is not None]
    known = known_run_keys(keys) if known_run_keys is not None else {}
    cursor = data.cursor if latest is None else latest.ident
    try:
        return TickResult(
            runs=[
                _run_to_create(each, sensor, surroundings.jobs)
                for each in data.run_requests
                if each.run_key not in known
            ],
            dropped=[DroppedRequest(key, known[key]) for key in keys if key in known],
            skip_reason=data.skip_message and cut(data.skip_message, REASON_MAX_CHARS),
            cursor=_checked_cursor(cursor, surroundings.limits.cursor_max_bytes),
            logs=log.lines(),
        )
    except BaseException as error:  # noqa: BLE001 -- what it asks for may be anything, too
        return TickFailure(_describe(error), log.lines())


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
        sensor_name=sensor.name,
        repository_name=None,
        resources=surroundings.resources,
        log_handler=log,
    )


def _call(
    sensor: SensorDefinition,
    call: Callable[[], SensorExecutionData],
    context: SensorEvaluationContext,
    time_limit: TimeLimit,
) -> SensorExecutionData:
    """Call the sensor, and see that what comes back is its own and came in time."""
    pid, began = os.getpid(), time.monotonic()
    error: BaseException | None = None
    data = None
    try:
        with time_limit, context:
            try:
                data = call()
            finally:
                if os.getpid() != pid:
                    # The code forked and let the copy run on: it must neither speak in its
                    # parent's name nor clean its parent's resources up.
                    os._exit(0)
    except BaseException as raised:  # noqa: BLE001 -- sys.exit and worse included
        error = raised
    if time_limit.expired or time.monotonic() - began >= sensor.timeout_seconds:
        # Behind the soft limit, the hard one ends the process by SystemExit: not the user's doing.
        where = None if isinstance(error, SystemExit) else error
        raise SensorTimeoutError(
            f"Sensor {sensor.name!r} took longer than its time limit of "
            f"{sensor.timeout_seconds:g} s; nothing it asked for was kept. Let it do less at a "
            "time, with a cursor to go on from, or raise its timeout_seconds."
        ) from where
    if isinstance(error, SystemExit):
        raise SensorExitError(
            f"Sensor {sensor.name!r} called sys.exit({error.code!r}). A sensor ends by returning: "
            "return SkipReason(...) to skip, raise an exception to fail."
        ) from error
    if error is not None:
        raise error
    assert data is not None
    return data


def _run_to_create(
    request: RunRequest, sensor: SensorDefinition, jobs: Mapping[str, JobDefinition]
) -> RunToCreate:
    job_name = request.job_name or sensor.job_names[0]
    if job_name not in jobs:
        raise UnknownNameError(
            f"Sensor {sensor.name!r} requests a run of job {job_name!r}, which this code location "
            f"does not have. Add the job to its Definitions; it has: {', '.join(jobs)}."
        )
    tags = run_tags(jobs[job_name].tags, request.tags, f"Sensor {sensor.name!r}")
    try:
        run_config = json.dumps(request.run_config, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise DagsterError(
            f"Sensor {sensor.name!r} gives a run_config that is no JSON, in its request with "
            f"run_key {request.run_key!r}: {error}. Use texts, numbers, lists and dicts."
        ) from None
    return RunToCreate(
        run_id=str(uuid4()),
        job_name=job_name,
        run_key=request.run_key,
        run_config=run_config,
        tags=json.dumps(dict(tags), ensure_ascii=False),
    )


def _checked_cursor(cursor: str | None, max_bytes: int) -> str | None:
    size = 0 if cursor is None else len(cursor.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise TickTooLargeError(
            f"The new cursor has {size:,} bytes; SENSORS_CURSOR_MAX_BYTES allows {max_bytes:,}. "
            "A cursor is a position, not a list of what was seen: run keys remember that."
        )
    return cursor


def _describe(error: BaseException) -> SerializableErrorInfo:
    info = describe_exception(error, keep_frame=lambda filename: not is_ours(filename))
    if len(info.to_string()) <= ERROR_MAX_CHARS:
        return info
    return SerializableErrorInfo(
        message=cut(info.message, ERROR_MAX_CHARS // 2),
        stack=(cut("".join(info.stack), ERROR_MAX_CHARS // 2),),
        cls_name=info.cls_name,
    )
