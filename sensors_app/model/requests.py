"""What a sensor asks for: runs, or nothing for a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sensors_app.errors import CheckError, ParameterCheckError
from sensors_app.model import checks
from sensors_app.model.assets import AssetKey
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.runs import DagsterRun, DagsterRunStatus


class HasConfigDict(Protocol):
    """A run config as an object, such as a ``RunConfig``."""

    def to_config_dict(self) -> Mapping[str, Any]:
        """Return it as a dict."""


@dataclass(frozen=True)
class SkipReason:
    """Why a sensor requested no run.

    Args:
        skip_message: One line for people; None gives no reason.

    Raises:
        ParameterCheckError: The message is no text.
    """

    skip_message: str | None = None

    def __post_init__(self) -> None:
        checks.optional("skip_message", self.skip_message, str)


@dataclass(frozen=True)
class RunRequest:
    """One run that a sensor asks for.

    Args:
        run_key: The sensor's name for the event it answers: at most one run is made for each key
            of a sensor. None makes a run each time.
        run_config: The run's configuration, a dict or a ``RunConfig``; None for none.
        tags: Put on the run. Values that are no text become their JSON.
        job_name: Which of the sensor's jobs to run; needed if it has several.
        asset_selection: Which of the job's assets to bring about; None for all of them.
        stale_assets_only: Kept for Dagster's sake: nothing here tells what is stale, and whatever
            is selected is brought about.
        partition_key: The partition to run, put on the run as the tag ``dagster/partition``.

    Raises:
        CheckError: An argument has the wrong type.
        DagsterInvalidDefinitionError: A tag's value cannot be written as JSON.
    """

    run_key: str | None
    run_config: Mapping[str, Any]
    tags: Mapping[str, str]
    job_name: str | None
    asset_selection: Sequence[AssetKey] | None
    stale_assets_only: bool
    partition_key: str | None

    def __init__(
        self,
        run_key: str | None = None,
        run_config: Mapping[str, Any] | HasConfigDict | None = None,
        tags: Mapping[str, Any] | None = None,
        job_name: str | None = None,
        asset_selection: Sequence[AssetKey] | None = None,
        stale_assets_only: bool = False,
        partition_key: str | None = None,
    ) -> None:
        if asset_selection is not None:
            checks.members("asset_selection", asset_selection, AssetKey)
        # Past the guard of a frozen dataclass: evaluations make them by the ten thousand.
        self.__dict__.update(
            run_key=checks.optional("run_key", run_key, str),
            run_config=checks.config_mapping("run_config", run_config),
            tags=checks.tags("tags", tags),
            job_name=checks.optional("job_name", job_name, str),
            asset_selection=asset_selection,
            stale_assets_only=checks.instance_of("stale_assets_only", stale_assets_only, bool),
            partition_key=checks.optional("partition_key", partition_key, str),
        )


def retagged(request: RunRequest, tags: Mapping[str, str]) -> RunRequest:
    """Return the request with other tags; what it has was checked when it was made."""
    copy = object.__new__(RunRequest)
    copy.__dict__.update(request.__dict__, tags=tags)
    return copy


@dataclass(frozen=True)
class SensorResult:
    """All that one evaluation of a sensor comes to, in one object.

    Args:
        run_requests: The runs to make.
        skip_reason: Why there are none; text is taken for a :class:`SkipReason`.
        cursor: What the next evaluation gets as its cursor; None leaves it as it is.

    Raises:
        ParameterCheckError: An argument has the wrong type.
        CheckError: There are both run requests and a reason to skip.
    """

    run_requests: Sequence[RunRequest] | None = None
    skip_reason: SkipReason | str | None = None
    cursor: str | None = None

    def __post_init__(self) -> None:
        requests = self.run_requests
        if not isinstance(requests, Sequence):
            requests = checks.members("run_requests", requests, RunRequest)
        checks.members("run_requests", requests, RunRequest)
        object.__setattr__(self, "run_requests", requests)
        checks.optional("cursor", self.cursor, str)
        if isinstance(self.skip_reason, str):
            object.__setattr__(self, "skip_reason", SkipReason(self.skip_reason))
        elif not isinstance(self.skip_reason, SkipReason | None):
            raise ParameterCheckError(
                "Param \"skip_reason\" is not one of ['SkipReason', 'str']. "
                f"Got {self.skip_reason!r} which is type {type(self.skip_reason)}."
            )
        if requests and self.skip_reason is not None:
            raise CheckError(
                "Expected a single skip reason or one or more run requests: "
                "received values for both run_requests and skip_reason"
            )


@dataclass(frozen=True)
class DagsterRunReaction:
    """That a run-status sensor was called for a run and requested nothing.

    Args:
        dagster_run: The run.
        error: What the sensor's function raised; None if it returned.
        run_status: The status it was called for.
    """

    dagster_run: DagsterRun | None
    error: SerializableErrorInfo | None = None
    run_status: DagsterRunStatus | None = None


@dataclass(frozen=True)
class SensorExecutionData:
    """What one evaluation of a sensor came to.

    Args:
        run_requests: The runs to make, tagged with the sensor's name.
        skip_message: Why there are none, if a reason is known.
        cursor: The cursor to keep.
        dagster_run_reactions: For a run-status sensor, the runs it was called for.
    """

    run_requests: list[RunRequest]
    skip_message: str | None
    cursor: str | None
    dagster_run_reactions: list[DagsterRunReaction] = field(default_factory=list)
