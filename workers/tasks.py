"""The tasks. Each message only names what is in the store; a copy of one finds it taken."""

from collections.abc import Sequence
from typing import Any

from celery import Task

from sensors_app.definitions.event_sensor import EventSensorDefinition
from sensors_app.engine.react import ReactionOutcome, react
from sensors_app.model.reactions import ReactionStart
from sensors_app.model.ticks import Claim, TickFailure
from workers import signals
from workers.app import (
    EVALUATE_NOW_TASK,
    EVALUATE_TASK,
    LAUNCH_ONE_TASK,
    LAUNCH_TASK,
    PREVIEW_TASK,
    REACT_TASK,
    app,
)
from workers.evaluating import evaluate_message, preview_sensor
from workers.launching import launch_message
from workers.process import Child, child, no_such_sensor, own_holder
from workers.requests import EvaluateRequest, LaunchRequest, ReactRequest
from workers.sending import send_launches
from workers.timelimit import SoftTimeLimit
from workers.tracing import end_span, traced

signals.connect()


class EvaluateTask(Task):
    """A task whose claims are failed at once if its process dies."""

    Request = EvaluateRequest


class ReactTask(Task):
    """A task whose reaction has failed at once if its process dies."""

    Request = ReactRequest


class LaunchTask(Task):
    """A task whose runs are kept alive by their worker; the one under way fails at once if its
    process dies, and the others are sent again."""

    Request = LaunchRequest


@app.task(name=EVALUATE_TASK, base=EvaluateTask, bind=True)
def evaluate_claims(self: Task, location: str, claims: Sequence[Sequence[Any]]) -> None:
    """Evaluate the sensors of these claims: begun together, committed together."""
    evaluate_message(self, location, [Claim(*claim) for claim in claims])


@app.task(name=EVALUATE_NOW_TASK)
def evaluate_now(location: str, sensor: str) -> None:
    """Evaluate a sensor out of turn. If it is busy, another tick follows the present one.

    Any Celery client may send this task by its name. Such a message knows nothing of the sensor's
    time limit, which Celery reads from the message: so this sends another one that does.
    """
    process = child()
    claim = process.runtime.store.ticks.claim_sensor(location, sensor)
    if claim is not None:
        with app.producer_pool.acquire(block=True) as producer:
            process.dispatcher.send_claims(producer, location, [claim])


@app.task(name=PREVIEW_TASK, bind=True)
def preview(_self: Task, location: str, preview_id: str) -> None:
    """Evaluate a sensor without keeping anything but the answer."""
    preview_sensor(location, preview_id)


@app.task(name=LAUNCH_TASK, base=LaunchTask, bind=True)
def launch_runs(self: Task, location: str, runs: Sequence[str]) -> None:
    """Take runs up and execute them, one after the other, but for those that somebody has."""
    launch_message(self, location, runs)


@app.task(name=LAUNCH_ONE_TASK, base=LaunchTask, bind=True)
def launch_run(self: Task, location: str, run_id: str) -> None:
    """Do the same for one run: what beats of the version before send."""
    launch_message(self, location, [run_id])


@app.task(name=REACT_TASK, base=ReactTask, bind=True)
def react_to(self: Task, location: str, sensor: str, reaction: str) -> None:
    """Call a sensor for events, unless somebody has."""
    process = child()
    store = process.runtime.store
    holder = own_holder(self.request.id, self.request.hostname)
    start = store.reactions.begin_reaction(location, sensor, reaction, holder)
    if start is None:
        return
    span = process.tracer.reaction(location, sensor, _causes(process, start))
    with span.active():
        outcome = _reaction_outcome(process, start)
    if isinstance(outcome.result, TickFailure):
        accepted = store.reactions.fail_reaction(
            location, sensor, reaction, holder, outcome.result, final=outcome.final
        )
        end_span(span, outcome.result, accepted=accepted)
        return
    commit = store.reactions.commit_reaction(
        location, sensor, reaction, holder, traced(outcome.result, span), lineage=outcome.lineage
    )
    end_span(span, outcome.result, accepted=commit.accepted, created=commit.created)
    if not commit.accepted:
        return
    if commit.created:
        send_launches(process, location)
    for note in outcome.notes:
        store.runs.note_run(
            note.location, note.run_id, f"{location}/{sensor}/{reaction}", note.message
        )


def _causes(process: Child, start: ReactionStart) -> Sequence[str]:
    if not process.tracer.is_on:
        return []
    runs = [(each.location, each.run_id) for each in start.events if each.run_id is not None]
    return process.runtime.store.runs.traces(runs)


def _reaction_outcome(process: Child, start: ReactionStart) -> ReactionOutcome:
    sensor = process.location.sensors.get(start.sensor)
    if not isinstance(sensor, EventSensorDefinition):
        return ReactionOutcome(no_such_sensor(process, start.sensor, "called for events"))
    return react(
        sensor,
        start,
        process.location.snapshot.name,
        process.surroundings,
        process.runtime.store.runs,
        time_limit=SoftTimeLimit(sensor.timeout_seconds),
        loop_max=process.runtime.settings.reaction_loop_max,
    )
