"""Evaluates the sensors of one message: begun together, one after the other, ended together."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from celery import Task

from sensors_app.definitions.event_sensor import EventSensorDefinition
from sensors_app.engine.evaluate import KnownRunKeys, evaluate
from sensors_app.engine.preview import preview_of
from sensors_app.model.ticks import Claim, TickFailure, TickResult, TickStart, Timing
from workers.process import Child, child, no_such_sensor, own_holder
from workers.sending import send_launches
from workers.timelimit import SoftTimeLimit
from workers.tracing import Span, end_span, traced
from workers.turn import Handover, Turn


@dataclass(frozen=True, slots=True)
class Ended:
    """An evaluation that is to be kept.

    Args:
        claim: Its claim.
        outcome: What it came to.
        span: Its part of a trace.
    """

    claim: Claim
    outcome: TickResult | TickFailure
    span: Span


def evaluate_message(task: Task, location: str, claims: Sequence[Claim]) -> None:
    """Evaluate the sensors of these claims, and keep what each came to.

    Args:
        task: The task of the message.
        location: The code location.
        claims: What the message names; what is not current any more is left out.
    """
    process = child()
    holder = own_holder(task.request.id, task.request.hostname)
    starts = process.runtime.store.ticks.begin_ticks(location, claims, holder)
    began = time.perf_counter()
    current = [start for start in starts if start is not None]
    quantum = process.runtime.settings.batch_quantum_seconds
    with Turn(current, quantum, partial(_hand_over, process, location, holder)) as turn:
        for start in turn:
            turn.keep(_evaluated(process, location, start, began))


def preview_sensor(location: str, preview_id: str) -> None:
    """Evaluate a sensor without keeping anything but the answer."""
    process = child()
    store = process.runtime.store
    start = store.outbox.begin_preview(location, preview_id)
    if start is None:
        return
    outcome = _outcome(process, start)
    used: dict[str, str] = {}
    if isinstance(outcome, TickResult):
        keys = [run.run_key for run in outcome.runs if run.run_key is not None]
        used = store.run_keys.barred(location, start.claim.sensor, keys)
    store.outbox.answer_preview(location, preview_id, preview_of(start, outcome, used))


def _hand_over(
    process: Child, location: str, holder: str, part: Handover[TickStart, Ended]
) -> None:
    """Keep what is finished and give back what has not begun; in any thread of the process."""
    ticks = process.runtime.store.ticks
    # First: to keep a tick that requests very much takes a while.
    if part.left or part.current is not None:
        left = [start.claim for start in part.left]
        goes_on = None if part.current is None else part.current.claim
        ticks.return_ticks(location, left, holder, goes_on)
    if part.finished:
        outcomes = [(each.claim, each.outcome) for each in part.finished]
        commits = ticks.finish_ticks(location, outcomes, holder)
        for each, commit in zip(part.finished, commits, strict=True):
            end_span(each.span, each.outcome, accepted=commit.accepted, created=commit.created)
        if any(commit.created for commit in commits):
            send_launches(process, location)


def _evaluated(process: Child, location: str, start: TickStart, began: float) -> Ended:
    claim, started = start.claim, time.perf_counter()
    known = partial(process.runtime.store.run_keys.known, location, claim.sensor)
    span = process.tracer.tick(location, claim.sensor)
    with span.active():
        outcome = _outcome(process, start, known)
    timing = Timing.until_now(began, started)
    return Ended(claim, replace(traced(outcome, span), timing=timing), span)


def _outcome(
    process: Child, start: TickStart, known_run_keys: KnownRunKeys | None = None
) -> TickResult | TickFailure:
    sensor = process.location.sensors.get(start.claim.sensor)
    if sensor is None or isinstance(sensor, EventSensorDefinition):
        return no_such_sensor(process, start.claim.sensor, "polled")
    return evaluate(
        sensor,
        start,
        process.surroundings,
        time_limit=SoftTimeLimit(sensor.timeout_seconds),
        known_run_keys=known_run_keys,
    )
