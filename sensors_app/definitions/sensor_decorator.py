"""The decorator that makes sensors."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Unpack

from sensors_app.definitions.asset_selection import CoercibleToAssetSelection
from sensors_app.definitions.sensor import SensorDefinition
from sensors_app.definitions.sensor_options import OptionArguments
from sensors_app.definitions.sensor_types import S
from sensors_app.definitions.target import TargetJob
from sensors_app.model import checks
from sensors_app.model.sensors import DefaultSensorStatus


def sensor(
    job_name: str | None = None,
    name: str | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    job: TargetJob | None = None,
    jobs: Sequence[TargetJob] | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    *,
    asset_selection: CoercibleToAssetSelection | None = None,
    required_resource_keys: Collection[str] | None = None,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    target: TargetJob | CoercibleToAssetSelection | None = None,
    timeout_seconds: float | None = None,
    **options: Unpack[OptionArguments],
) -> Callable[[Callable[..., S]], SensorDefinition[S]]:
    """Make a sensor of a function; the arguments are those of :class:`SensorDefinition`."""

    def decorate(function: Callable[..., S]) -> SensorDefinition[S]:
        checks.function("fn", function)
        return SensorDefinition(
            name=name,
            evaluation_fn=function,
            job_name=job_name,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            job=job,
            jobs=jobs,
            default_status=default_status,
            asset_selection=asset_selection,
            required_resource_keys=required_resource_keys,
            tags=tags,
            metadata=metadata,
            target=target,
            timeout_seconds=timeout_seconds,
            **options,
        )

    return decorate
