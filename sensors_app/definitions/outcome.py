"""Turns what a sensor's function returned or yielded into what its tick comes to."""

import json
from collections.abc import Generator, Mapping
from typing import Any

from sensors_app.errors import CheckError, DagsterInvariantViolationError
from sensors_app.model.requests import (
    DagsterRunReaction,
    RunRequest,
    SensorExecutionData,
    SensorResult,
    SkipReason,
    retagged,
)
from sensors_app.model.runs import ASSET_SELECTION_TAG, PARTITION_TAG, SENSOR_NAME_TAG

EMPTY_RESULT = "Sensor function returned an empty result"
OUTPUTS = (RunRequest, SkipReason, SensorResult, DagsterRunReaction)


def execution_data(
    sensor_name: str,
    job_names: tuple[str, ...],
    results: list[Any],
    cursor: str | None,
    *,
    cursor_updated: bool = False,
) -> SensorExecutionData:
    """Return what an evaluation comes to.

    Args:
        sensor_name: The sensor.
        job_names: The jobs it may request runs of.
        results: What its function said, from :func:`results_of`.
        cursor: The cursor to keep, if the results do not say otherwise.
        cursor_updated: Whether the function has set it.

    Raises:
        CheckError: There are results that do not go together, or a member of the wrong kind.
        DagsterInvariantViolationError: The cursor was set in two ways.
        Exception: A run was requested of a job that is not the sensor's. (Dagster raises no
            narrower class, and its users' tests say so.)
    """
    if not results or results == [None]:
        return SensorExecutionData([], EMPTY_RESULT, cursor)
    for each in results:
        if not isinstance(each, OUTPUTS):
            kinds = sorted(kind.__name__ for kind in OUTPUTS)
            raise CheckError(
                f"Object {each!r} is not one of {kinds}. Got {each!r} with type {type(each)}."
            )
    whole = next((each for each in results if isinstance(each, SensorResult)), None)
    if whole is not None:
        if len(results) > 1:
            raise CheckError(
                "When a SensorResult is returned from a sensor, it must be the only object "
                "returned."
            )
        results = [whole.skip_reason] if whole.skip_reason else list(whole.run_requests or ())
        cursor = _cursor_of(whole, cursor, cursor_updated)
    requests = [each for each in results if isinstance(each, RunRequest)]
    reasons = [each for each in results if isinstance(each, SkipReason)]
    _refuse_mixture(requests, reasons)
    if not results:
        return SensorExecutionData([], EMPTY_RESULT, cursor)
    return SensorExecutionData(
        run_requests=[_resolved(sensor_name, job_names, each) for each in requests],
        skip_message=reasons[0].skip_message if reasons else None,
        cursor=cursor,
        dagster_run_reactions=[each for each in results if isinstance(each, DagsterRunReaction)],
    )


def results_of(
    sensor_name: str, returned: Any, error_class: type[Exception] = Exception
) -> list[Any]:
    """Return everything that a sensor's function said; a generator is run to its end.

    Args:
        sensor_name: The sensor.
        returned: What its function returned.
        error_class: What to raise. (Dagster raises no narrower class than Exception for most
            kinds of sensor, and its users' tests say so.)

    Raises:
        Exception: It is no result of a sensor, nor a list or generator.
    """
    if returned is None:
        return []
    if isinstance(returned, Generator):
        return _run_to_end(sensor_name, returned, error_class)
    if isinstance(returned, list):
        return returned
    if isinstance(returned, OUTPUTS):
        return [returned]
    raise _unexpected(sensor_name, returned, error_class)


def _run_to_end(
    sensor_name: str, generator: Generator[Any, None, Any], error_class: type[Exception]
) -> list[Any]:
    results = []
    while True:
        try:
            results.append(next(generator))
        except StopIteration as end:
            returned = end.value
            break
    if isinstance(returned, OUTPUTS):
        results.append(returned)
    elif returned is not None:
        raise _unexpected(sensor_name, returned, error_class)
    return results


def _unexpected(sensor_name: str, returned: Any, error_class: type[Exception]) -> Exception:
    return error_class(
        f"Error in sensor {sensor_name}: Sensor unexpectedly returned output {returned} of type "
        f"{type(returned)}.  Should only return SkipReason or RunRequest objects."
    )


def _cursor_of(result: SensorResult, cursor: str | None, updated: bool) -> str | None:
    if result.cursor is None:
        return cursor
    if updated:
        raise DagsterInvariantViolationError(
            "SensorResult.cursor cannot be set if context.update_cursor() was called."
        )
    return result.cursor


def _refuse_mixture(requests: list[RunRequest], reasons: list[SkipReason]) -> None:
    if requests and reasons:
        raise CheckError(
            "Expected a single SkipReason or one or more RunRequests: "
            "received both RunRequest and SkipReason"
        )
    if len(reasons) > 1:
        raise CheckError("Expected a single SkipReason: received multiple SkipReasons")


def _resolved(sensor_name: str, job_names: tuple[str, ...], request: RunRequest) -> RunRequest:
    """Return the request with the tags that the system adds, if its job is the sensor's."""
    if not job_names:
        raise Exception(
            f"Error in sensor {sensor_name}: Sensor evaluation function returned a RunRequest for "
            "a sensor lacking a specified target (job_name, job, or jobs). Targets can be "
            "specified by providing job, jobs, or job_name to the @sensor decorator."
        )
    if request.job_name is None and len(job_names) > 1:
        raise Exception(
            f"Error in sensor {sensor_name}: Sensor returned a RunRequest that did not specify "
            f"job_name for the requested run. Expected one of: {list(job_names)}"
        )
    if request.job_name is not None and request.job_name not in job_names:
        raise Exception(
            f"Error in sensor {sensor_name}: Sensor returned a RunRequest with job_name "
            f"{request.job_name}. Expected one of: {list(job_names)}"
        )
    tags: Mapping[str, str] = {**request.tags, SENSOR_NAME_TAG: sensor_name}
    if request.partition_key is not None:
        tags = {**tags, PARTITION_TAG: request.partition_key}
    if request.asset_selection is not None:
        keys = [key.to_user_string() for key in request.asset_selection]
        tags = {**tags, ASSET_SELECTION_TAG: json.dumps(keys)}
    return retagged(request, tags)
