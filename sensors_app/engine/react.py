"""Calls a sensor for events, and turns whatever it does into something that the store can keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sensors_app.definitions.context_resources import ContextResources
from sensors_app.definitions.event_sensor import CallSurroundings, EventSensorDefinition, Happened
from sensors_app.engine.calling import (
    REASON_MAX_CHARS,
    Surroundings,
    TimeLimit,
    call_in_time,
    described,
    run_to_create,
)
from sensors_app.engine.ticklog import TickLog, cut
from sensors_app.errors import SensorLoopError
from sensors_app.execution.logs import user_logger
from sensors_app.model.events import DagsterEventType, StreamedEvent
from sensors_app.model.reactions import ReactionStart
from sensors_app.model.requests import DagsterRunReaction, SensorExecutionData
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunNote
from sensors_app.model.ticks import TickFailure, TickResult
from sensors_app.model.watched_sensors import ABOUT_SENSORS
from sensors_app.ports import Instance, RunReader

LINEAGE_MAX = 100
"""How many calls back the way that led to a run is known."""

STATUS_OF_EVENT = {
    DagsterEventType.RUN_ENQUEUED.value: DagsterRunStatus.QUEUED,
    DagsterEventType.RUN_START.value: DagsterRunStatus.STARTED,
}
"""Where the words differ."""


@dataclass(frozen=True, slots=True)
class ReactionOutcome:
    """What a call for events came to.

    Args:
        result: What is to be kept.
        final: For a failure, whether another attempt would be of no use.
        notes: What the runs' logs are to say of it.
        lineage: The sensors whose calls led to the runs that are requested, with commas.
    """

    result: TickResult | TickFailure
    final: bool = False
    notes: Sequence[RunNote] = ()
    lineage: str = ""


def react(
    sensor: EventSensorDefinition,
    start: ReactionStart,
    home: str,
    surroundings: Surroundings,
    runs: RunReader,
    *,
    time_limit: TimeLimit,
    loop_max: int,
) -> ReactionOutcome:
    """Call a sensor for the events of a reaction; whatever its code does is in the outcome.

    Args:
        sensor: The sensor.
        start: The reaction.
        home: The sensor's code location.
        surroundings: What that location has.
        runs: Where the runs are read that the events are of.
        time_limit: Interrupts the call; its time is ``sensor.timeout_seconds``.
        loop_max: How often the sensor may have been called on the way to a run for which it
            requests another.
    """
    assert surroundings.instance is not None
    happened = [_happened(each, runs) for each in start.events]
    log = TickLog(surroundings.limits.log_max_bytes)
    resources = _Resources(surroundings.resources, surroundings.instance)
    around = CallSurroundings(surroundings.instance, user_logger(log), resources)
    call = partial(sensor.evaluate_events, happened, around)
    lineage = max((each.run.lineage for each in happened if each.run), key=len, default=())
    own = f"{home}/{sensor.name}"
    try:
        data = call_in_time(sensor, call, resources, time_limit)
        if data.run_requests and lineage.count(own) >= loop_max:
            raise _loop(sensor.name, happened, loop_max)
        result = TickResult(
            runs=[run_to_create(each, sensor, surroundings.jobs) for each in data.run_requests],
            skip_reason=_reason(sensor.name, data),
            logs=log.lines(),
            acted=bool(data.dagster_run_reactions),
        )
    except BaseException as error:  # noqa: BLE001 -- user code may raise anything at all
        failure = TickFailure(described(error), log.lines())
        return ReactionOutcome(failure, final=isinstance(error, SensorLoopError))
    return ReactionOutcome(
        result,
        notes=[
            RunNote(
                each.dagster_run.location or home,
                each.dagster_run.run_id,
                f"{own}/{start.ident}",
                message,
            )
            for each in data.dagster_run_reactions
            if each.dagster_run and (message := _acted(sensor.name, each))
        ],
        lineage=",".join([*lineage, own][-LINEAGE_MAX:]),
    )


class _Resources(ContextResources):
    """The resources of one call, ended with it."""

    def __init__(self, resources: Mapping[str, object], instance: Instance) -> None:
        super().__init__(resources, instance, "build_run_status_sensor_context(...)")

    def __enter__(self) -> None:
        self.enter()

    def __exit__(self, *_exception: object) -> None:
        self.leave()


def _happened(event: StreamedEvent, runs: RunReader) -> Happened:
    if event.kind in ABOUT_SENSORS:
        return Happened(event, event=runs.event_of(event))
    if event.run_id is None or event.job_name is None:
        return Happened(event)
    # An old run may be gone, its event not yet.
    run = runs.run(event.location, event.run_id) or DagsterRun(
        job_name=event.job_name,
        run_id=event.run_id,
        status=_status_of(event.kind),
        location=event.location,
    )
    return Happened(event, run, runs.event_of(event))


def _status_of(kind: str) -> DagsterRunStatus:
    return STATUS_OF_EVENT.get(kind) or DagsterRunStatus(kind.removeprefix("PIPELINE_"))


def _reason(name: str, data: SensorExecutionData) -> str | None:
    acted = [text for each in data.dagster_run_reactions if (text := _acted(name, each))]
    if acted:
        more = f" And {len(acted) - 1} more." if len(acted) > 1 else ""
        return f"{acted[0]}{more}"
    return data.skip_message and cut(data.skip_message, REASON_MAX_CHARS)


def _acted(name: str, reaction: DagsterRunReaction) -> str | None:
    if reaction.dagster_run is None or reaction.run_status is None:
        return None
    return (
        f'Sensor "{name}" acted on run status {reaction.run_status.value} '
        f"of run {reaction.dagster_run.run_id}."
    )


def _loop(name: str, happened: Sequence[Happened], most: int) -> SensorLoopError:
    jobs = sorted({each.run.job_name for each in happened if each.run})
    return SensorLoopError(
        f"Sensor {name!r} requests a run for a run of {', '.join(jobs)} that {most} of its own "
        "calls led to, one after the other: it seems to watch the job that it requests, and would "
        "go on for ever. The request is held as a dead letter. Leave that job out of "
        "monitored_jobs, or return a SkipReason for it; to let this one through after all, raise "
        "SENSORS_REACTION_LOOP_MAX and retry the dead letter."
    )
