"""Dagster's sensors, as a distributed system on Celery and Redis.

The names are Dagster's: a user of Dagster changes the import and nothing else.
"""

import importlib
from typing import TYPE_CHECKING, Any

from sensors_app.definitions.absence_sensor import AbsenceSensorDefinition, absence_sensor
from sensors_app.definitions.asset import AssetsDefinition, asset
from sensors_app.definitions.asset_job import define_asset_job, materialize
from sensors_app.definitions.asset_selection import AssetSelection
from sensors_app.definitions.asset_sensor import AssetSensorDefinition, asset_sensor
from sensors_app.definitions.config_choices import Enum, EnumValue, Noneable, Selector
from sensors_app.definitions.config_schema import Array, Field, Permissive, Shape
from sensors_app.definitions.definitions import Definitions
from sensors_app.definitions.env import EnvVar
from sensors_app.definitions.hook import (
    HookContext,
    HookDefinition,
    failure_hook,
    success_hook,
)
from sensors_app.definitions.job import JobDefinition
from sensors_app.definitions.job_decorator import job, validate_run_config
from sensors_app.definitions.join_context import (
    AbsenceContext,
    JoinContext,
    build_absence_context,
    build_join_context,
)
from sensors_app.definitions.join_sensor import JoinSensorDefinition, join_sensor
from sensors_app.definitions.op import OpDefinition, op
from sensors_app.definitions.op_context import OpExecutionContext
from sensors_app.definitions.op_ports import In, Out
from sensors_app.definitions.op_types import Nothing, Output
from sensors_app.definitions.repository import RepositoryDefinition, repository
from sensors_app.definitions.resource import (
    InitResourceContext,
    ResourceDefinition,
    build_resources,
    resource,
)
from sensors_app.definitions.run_config import RunConfig
from sensors_app.definitions.run_status_context import (
    RunFailureSensorContext,
    RunStatusSensorContext,
    build_run_status_sensor_context,
)
from sensors_app.definitions.run_status_decorators import run_failure_sensor, run_status_sensor
from sensors_app.definitions.run_status_sensor import RunStatusSensorDefinition
from sensors_app.definitions.sensor import SensorDefinition
from sensors_app.definitions.sensor_context import SensorEvaluationContext, build_sensor_context
from sensors_app.definitions.sensor_decorator import sensor
from sensors_app.definitions.sensor_failure_context import (
    SensorFailureContext,
    build_sensor_failure_context,
)
from sensors_app.definitions.sensor_failure_sensor import (
    SensorFailureSensorDefinition,
    sensor_failure_sensor,
)
from sensors_app.errors import (
    CheckError,
    DagsterError,
    DagsterExecutionInterruptedError,
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    DagsterMaxRetriesExceededError,
    DagsterResourceFunctionError,
    DagsterStepOutputNotFoundError,
    DagsterTypeCheckDidNotPass,
    DagsterUnknownResourceError,
    ExternalEventError,
    ParameterCheckError,
)
from sensors_app.execution.result import ExecuteInProcessResult
from sensors_app.execution.retry import Backoff, Jitter, RetryPolicy
from sensors_app.execution.signals import Failure, RetryRequested
from sensors_app.model.assets import AssetKey, AssetMaterialization
from sensors_app.model.events import DagsterEvent, DagsterEventType
from sensors_app.model.joins import JoinOutcome
from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.pushed import PushedEvent
from sensors_app.model.requests import (
    DagsterRunReaction,
    RunRequest,
    SensorExecutionData,
    SensorResult,
    SkipReason,
)
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunsFilter
from sensors_app.model.selectors import CodeLocationSelector, JobSelector, RepositorySelector
from sensors_app.model.sensors import DefaultSensorStatus
from sensors_app.model.watched_sensors import SensorSelector

if TYPE_CHECKING:
    from sensors_app.definitions.email_sensor import make_email_on_run_failure_sensor
    from sensors_app.definitions.pythonic import Config, ConfigurableResource, PermissiveConfig
    from sensors_app.external import report_run_event
    from sensors_app.instance import DagsterInstance

__all__ = [  # noqa: RUF022 -- grouped, as a table of contents
    # sensors
    "sensor",
    "SensorDefinition",
    "SensorEvaluationContext",
    "SensorExecutionData",
    "SensorResult",
    "RunRequest",
    "SkipReason",
    "DefaultSensorStatus",
    "PushedEvent",
    "build_sensor_context",
    # run-status sensors
    "run_status_sensor",
    "run_failure_sensor",
    "RunStatusSensorDefinition",
    "RunStatusSensorContext",
    "RunFailureSensorContext",
    "DagsterRunReaction",
    "CodeLocationSelector",
    "JobSelector",
    "RepositorySelector",
    "build_run_status_sensor_context",
    "make_email_on_run_failure_sensor",
    # joins and absences
    "join_sensor",
    "JoinSensorDefinition",
    "JoinContext",
    "JoinOutcome",
    "build_join_context",
    "absence_sensor",
    "AbsenceSensorDefinition",
    "AbsenceContext",
    "build_absence_context",
    # sensors about sensors
    "sensor_failure_sensor",
    "SensorFailureSensorDefinition",
    "SensorFailureContext",
    "SensorSelector",
    "build_sensor_failure_context",
    # asset sensors
    "asset_sensor",
    "AssetSensorDefinition",
    # jobs
    "op",
    "OpDefinition",
    "OpExecutionContext",
    "In",
    "Out",
    "Output",
    "Nothing",
    "job",
    "JobDefinition",
    "ExecuteInProcessResult",
    "validate_run_config",
    # when ops fail
    "Failure",
    "RetryPolicy",
    "RetryRequested",
    "Backoff",
    "Jitter",
    "HookContext",
    "HookDefinition",
    "success_hook",
    "failure_hook",
    # resources
    "resource",
    "ResourceDefinition",
    "InitResourceContext",
    "build_resources",
    # assets
    "asset",
    "AssetsDefinition",
    "AssetSelection",
    "define_asset_job",
    "materialize",
    "AssetKey",
    "AssetMaterialization",
    # config and resources as classes
    "Config",
    "PermissiveConfig",
    "ConfigurableResource",
    "EnvVar",
    "RunConfig",
    # config schemas
    "Field",
    "Noneable",
    "Array",
    "Shape",
    "Permissive",
    "Selector",
    "Enum",
    "EnumValue",
    # code locations and where runs are kept
    "Definitions",
    "ConcurrencyLimit",
    "repository",
    "RepositoryDefinition",
    "DagsterInstance",
    # runs and what happens in them
    "DagsterRun",
    "DagsterRunStatus",
    "RunsFilter",
    "DagsterEvent",
    "DagsterEventType",
    # runs that are not ours
    "report_run_event",
    # errors
    "CheckError",
    "DagsterError",
    "DagsterExecutionInterruptedError",
    "DagsterInvalidConfigDefinitionError",
    "DagsterInvalidConfigError",
    "DagsterInvalidDefinitionError",
    "DagsterInvalidInvocationError",
    "DagsterInvalidSubsetError",
    "DagsterInvariantViolationError",
    "DagsterMaxRetriesExceededError",
    "DagsterResourceFunctionError",
    "DagsterStepOutputNotFoundError",
    "DagsterTypeCheckDidNotPass",
    "DagsterUnknownResourceError",
    "ExternalEventError",
    "ParameterCheckError",
]

# Loaded when first asked for: they bring redis, pydantic or ssl, which not every author of
# sensors needs.
_LAZY = {
    "DagsterInstance": "sensors_app.instance",
    "report_run_event": "sensors_app.external",
    "Config": "sensors_app.definitions.pythonic",
    "ConfigurableResource": "sensors_app.definitions.pythonic",
    "PermissiveConfig": "sensors_app.definitions.pythonic",
    "make_email_on_run_failure_sensor": "sensors_app.definitions.email_sensor",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
