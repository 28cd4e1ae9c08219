"""Join sensors: functions that are called when runs of several jobs have come about, or not all."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast, get_args

from sensors_app.definitions.event_sensor import (
    CallSurroundings,
    EventSensorDefinition,
    Happened,
    retry_delays_ms,
)
from sensors_app.definitions.join_context import JoinContext
from sensors_app.definitions.monitoring import EVENT_OF_STATUS, monitored_runs
from sensors_app.definitions.outcome import results_of
from sensors_app.definitions.sensor_types import Returned, S
from sensors_app.definitions.target import TargetJob
from sensors_app.errors import DagsterInvalidDefinitionError, ParameterCheckError
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model import checks
from sensors_app.model.joins import JoinOutcome, JoinRules, side, tag_of
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.requests import DagsterRunReaction, SensorExecutionData
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.selectors import JobSelector
from sensors_app.model.sensors import DefaultSensorStatus

Joined = TargetJob | JobSelector
HOUR_SECONDS = 3600


class JoinSensorDefinition(EventSensorDefinition[Returned]):
    """A function that is called for runs of several jobs together.

    Made with :func:`join_sensor`, which documents the arguments.
    """

    context_builder = JoinContext.builder
    words = "join sensor"
    context_class = JoinContext

    def __init__(
        self,
        name: str,
        jobs: Sequence[Joined],
        join_sensor_fn: Callable[..., Any],
        by: str | None = None,
        within_seconds: float = HOUR_SECONDS,
        when: JoinOutcome = JoinOutcome.COMPLETE,
        run_status: DagsterRunStatus = DagsterRunStatus.SUCCESS,
        description: str | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        request_job: TargetJob | None = None,
        request_jobs: Sequence[TargetJob] | None = None,
        *,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        super().__init__(
            name=name,
            evaluation_fn=join_sensor_fn,
            description=description,
            job=request_job,
            jobs=request_jobs,
            default_status=default_status,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
        )
        joined = _joined(jobs)
        self._words_for = _words(joined)
        self._run_status = checks.instance_of("run_status", run_status, DagsterRunStatus)
        self._rules = ReactionRules(
            kinds=(EVENT_OF_STATUS[run_status].value,),
            runs=monitored_runs(joined),
            retry_delays_ms=retry_delays_ms(retry_policy),
            join=JoinRules(
                sides=tuple(self._words_for),
                by=tag_of(checks.optional("by", by, str)),
                within=window_ms(within_seconds),
                outcome=checks.instance_of("when", when, JoinOutcome).value,
            ),
        )

    @property
    def rules(self) -> ReactionRules:
        """Which events it is called for, and how."""
        return self._rules

    def evaluate_events(
        self, happened: Sequence[Happened], around: CallSurroundings
    ) -> SensorExecutionData:
        """Call the function for runs that belong together, and return what that comes to."""
        group, *members = happened
        assert self._rules.join is not None
        sides = json.loads(group.streamed.fields["sides"])
        context = JoinContext(
            self.name,
            {
                self._word(each): member.run
                for each, member in zip(sides, members, strict=True)
                if member.run is not None
            },
            around.instance,
            missing=[self._word(each) for each in json.loads(group.streamed.fields["missing"])],
            correlation=group.streamed.fields["value"] if self._rules.join.by else None,
            logger=around.log,
            repository_def=around.repository_def,
            resources=around.resources,
        )
        return self.evaluate_group(context)

    def evaluate_group(self, context: JoinContext) -> SensorExecutionData:
        """Call the function, and return what that comes to.

        A function that returns nothing leaves a reaction for each run. What it raises comes out as
        it is.

        Raises:
            CheckError: There are results that do not go together, or one of the wrong kind.
            DagsterInvariantViolationError: The function wants to set a cursor.
            Exception: The function returned no result of a sensor, or requested a run of a job
                that is not the sensor's.
        """
        own = cast("JoinContext", self._checked_context(context))
        returned = self._function.evaluate(own, lambda: own.resources)
        if returned is None:
            reactions = [
                DagsterRunReaction(run, None, self._run_status) for run in own.runs.values()
            ]
            return SensorExecutionData([], None, None, reactions)
        return self._data(results_of(self.name, returned))

    def _word(self, side_name: str) -> str:
        # The code may have changed since the events came.
        return self._words_for.get(side_name) or side_name.rpartition("/")[2]


class JoinDecorator(Protocol):
    """Makes a join sensor of a function."""

    def __call__(self, function: Callable[..., S], /) -> JoinSensorDefinition[S]:
        """Return the sensor."""


def join_sensor(
    jobs: Sequence[Joined],
    by: str | None = None,
    within_seconds: float = HOUR_SECONDS,
    when: JoinOutcome = JoinOutcome.COMPLETE,
    run_status: DagsterRunStatus = DagsterRunStatus.SUCCESS,
    name: str | None = None,
    description: str | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_job: TargetJob | None = None,
    request_jobs: Sequence[TargetJob] | None = None,
    *,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    timeout_seconds: float | None = None,
    retry_policy: RetryPolicy | None = None,
) -> JoinDecorator:
    """Make a sensor that is called when each of several jobs has had a run that reached a status.

    The oldest run of each job goes with the oldest of the others; none goes with two. A group
    begins with its oldest run, and those belong to it that come within the window from then on.

    Args:
        jobs: Two jobs or more; a :class:`JobSelector` for one of another code location.
        by: ``"partition"``, or the tag of the runs that must be the same in all of them; a run
            without it is left out. None joins runs as they come.
        within_seconds: How long the window is.
        when: ``JoinOutcome.MISSING`` has it called instead for groups whose window is over before
            they are complete.
        run_status: The status.
        name: Its name; by default the function's.
        description: For people.
        default_status: Whether it runs while no operator has started or stopped it.
        request_job: The job that it may request runs of.
        request_jobs: The jobs, if there are several.
        tags: Text by name.
        metadata: More about it, by name.
        timeout_seconds: How long one call may take, in seconds; None means 60.
        retry_policy: How a call that raises is tried again; None for after 1, 3, 7, 15 and 31
            seconds. Then it is kept as a dead letter.

    Raises:
        KeyError: No event brings the status about.
        DagsterInvalidDefinitionError: There are fewer than two jobs, or one is there twice.
        CheckError: An argument has the wrong type.
    """

    def decorate(function: Callable[..., S]) -> JoinSensorDefinition[S]:
        checks.function("fn", function)
        return JoinSensorDefinition(
            function.__name__ if name is None else name,
            jobs,
            function,
            by,
            within_seconds,
            when,
            run_status,
            description,
            default_status,
            request_job,
            request_jobs,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
            retry_policy=retry_policy,
        )

    return decorate


def window_ms(within_seconds: float) -> int:
    """Return a window in ms.

    Raises:
        ParameterCheckError: It is no number above 0, or below a thousand years.
    """
    seconds = checks.number("within_seconds", within_seconds) or 0
    if not 0 < seconds < 1000 * 365 * 24 * HOUR_SECONDS:
        raise ParameterCheckError(
            f'Param "within_seconds" is not a positive number of seconds. Got {within_seconds!r}.'
        )
    return max(1, round(seconds * 1000))


def _joined(jobs: Sequence[Joined]) -> list[Joined]:
    joined: list[Joined] = checks.members("jobs", jobs, get_args(Joined))
    if len({_side(each) for each in joined}) < max(2, len(joined)):
        raise DagsterInvalidDefinitionError(
            "A join needs two jobs or more, each of them once. "
            f"Got {[_side(each).lstrip('/') for each in joined]}."
        )
    return joined


def _side(job: Joined) -> str:
    if isinstance(job, JobSelector):
        return side(job.location_name, job.job_name or "")
    return side(None, job.name)


def _words(jobs: Sequence[Joined]) -> dict[str, str]:
    """Return what each side is called in contexts: its job, with the location if two are alike."""
    alike = Counter(_side(each).rpartition("/")[2] for each in jobs)
    return {
        (own := _side(each)): name
        if alike[name := own.rpartition("/")[2]] == 1
        else own.lstrip("/")
        for each in jobs
    }
