"""The tasks. Each message only names what is in the store; a copy of one finds it taken."""

from collections.abc import Sequence
from typing import Any

from celery import Task

from sensors_app.model.ticks import Claim
from workers import signals
from workers.app import (
    EVALUATE_NOW_TASK,
    EVALUATE_TASK,
    LAUNCH_TASK,
    PREVIEW_TASK,
    REACT_TASK,
    app,
)
from workers.evaluating import evaluate_message, preview_sensor
from workers.launching import launch_message
from workers.process import child
from workers.reacting import react_message
from workers.requests import EvaluateRequest, LaunchRequest, ReactRequest

signals.connect()


class EvaluateTask(Task):
    """A task whose claims are failed at once if its process dies."""

    Request = EvaluateRequest


class ReactTask(Task):
    """A task whose reaction has failed at once if its process dies, or, of several, are called
    again."""

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
            apart = process.dispatcher.has_slow_workers(location)
            process.dispatcher.send_claims(producer, location, [claim], apart=apart)


@app.task(name=PREVIEW_TASK, bind=True)
def preview(_self: Task, location: str, preview_id: str) -> None:
    """Evaluate a sensor without keeping anything but the answer."""
    preview_sensor(location, preview_id)


@app.task(name=LAUNCH_TASK, base=LaunchTask, bind=True)
def launch_runs(self: Task, location: str, runs: Sequence[str]) -> None:
    """Take runs up and execute them, one after the other, but for those that somebody has."""
    launch_message(self, location, runs)


@app.task(name=REACT_TASK, base=ReactTask, bind=True)
def react_to_events(self: Task, location: str, reactions: Sequence[Sequence[str]]) -> None:
    """Call sensors for events, one after the other, but for those that somebody has called."""
    react_message(self, location, [(sensor, ident) for sensor, ident in reactions])
