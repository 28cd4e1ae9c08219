"""Calls the function of any sensor, and checks what it asks for: it may do anything at all."""

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

from sensors_app.definitions.job import JobDefinition
from sensors_app.definitions.sensor import SensorDefinition
from sensors_app.engine.run_tags import run_tags
from sensors_app.engine.ticklog import cut
from sensors_app.errors import (
    DagsterError,
    SensorExitError,
    SensorTimeoutError,
    UnknownNameError,
)
from sensors_app.model.errors import SerializableErrorInfo, describe_exception, is_ours
from sensors_app.model.requests import RunRequest, SensorExecutionData
from sensors_app.model.ticks import RunToCreate
from sensors_app.ports import Instance, Materializations

REASON_MAX_CHARS = 10_000
ERROR_MAX_CHARS = 50_000


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


def call_in_time(
    sensor: SensorDefinition,
    call: Callable[[], SensorExecutionData],
    context: AbstractContextManager[Any],
    time_limit: TimeLimit,
) -> SensorExecutionData:
    """Call a sensor, and see that what comes back is its own and came in time.

    Args:
        sensor: The sensor.
        call: Calls its function.
        context: Ends what the function has made use of.
        time_limit: Interrupts it.

    Raises:
        SensorTimeoutError: It took too long, whatever its code made of that.
        SensorExitError: It called ``sys.exit``.
        BaseException: What its code raised.
    """
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


def run_to_create(
    request: RunRequest, sensor: SensorDefinition, jobs: Mapping[str, JobDefinition]
) -> RunToCreate:
    """Return a request checked and ready for the store.

    Raises:
        UnknownNameError: There is no such job.
        DagsterError: A tag or the configuration cannot be kept.
    """
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


def described(error: BaseException) -> SerializableErrorInfo:
    """Return what is kept of an exception: the user's frames, cut to a bearable size."""
    info = describe_exception(error, keep_frame=lambda filename: not is_ours(filename))
    if len(info.to_string()) <= ERROR_MAX_CHARS:
        return info
    return SerializableErrorInfo(
        message=cut(info.message, ERROR_MAX_CHARS // 2),
        stack=(cut("".join(info.stack), ERROR_MAX_CHARS // 2),),
        cls_name=info.cls_name,
    )
