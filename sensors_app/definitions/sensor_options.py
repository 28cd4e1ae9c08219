"""The arguments of sensors that Dagster's do not have, spelled once for all that take them."""

from datetime import timedelta
from typing import Any, TypedDict, get_args

from sensors_app.errors import ParameterCheckError
from sensors_app.model import checks
from sensors_app.model.sensors import RunKeyPolicy, SensorOptions


class OptionArguments(TypedDict, total=False):
    """These arguments; :class:`SensorDefinition` says what they mean."""

    jitter_seconds: float | None
    max_requests_per_tick: int | None
    run_key_ttl: float | timedelta | None
    run_key_policy: RunKeyPolicy


def sensor_options(
    *,
    jitter_seconds: float | None = None,
    max_requests_per_tick: int | None = None,
    run_key_ttl: float | timedelta | None = None,
    run_key_policy: RunKeyPolicy = "once",
) -> SensorOptions:
    """Return the arguments as they are kept.

    Raises:
        ParameterCheckError: One is out of its range, or of the wrong type.
    """
    if isinstance(run_key_ttl, timedelta):
        run_key_ttl = run_key_ttl.total_seconds()
    return SensorOptions(
        jitter_seconds=_jitter(jitter_seconds),
        max_requests_per_tick=_most(max_requests_per_tick),
        run_key_ttl_seconds=None
        if run_key_ttl is None
        else checks.positive_seconds("run_key_ttl", run_key_ttl),
        run_key_policy=_policy(run_key_policy),
    )


def _jitter(seconds: float | None) -> float:
    # Zero is the one that is allowed without being positive.
    if seconds is None or seconds == 0:
        return 0.0
    return checks.positive_seconds("jitter_seconds", seconds)


def _most(requests: int | None) -> int | None:
    if requests is None or (type(requests) is int and requests >= 1):
        return requests
    raise ParameterCheckError(
        'Param "max_requests_per_tick" is not a whole number from 1 on. '
        f"Got {requests!r} which is type {type(requests)}."
    )


def _policy(policy: Any) -> RunKeyPolicy:
    known: tuple[RunKeyPolicy, ...] = get_args(RunKeyPolicy)
    for each in known:
        if policy == each:
            return each
    raise ParameterCheckError(
        f'Param "run_key_policy" is not one of {list(known)}. '
        f"Got {policy!r} which is type {type(policy)}."
    )
