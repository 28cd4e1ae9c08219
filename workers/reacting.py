"""Calls sensors for the events of one message: begun together, called in turn, kept together."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from celery import Task

from sensors_app.definitions.event_sensor import EventSensorDefinition
from sensors_app.engine.react import ReactionOutcome, react
from sensors_app.model.events import DagsterEvent, StreamedEvent
from sensors_app.model.reactions import ReactionEnd, ReactionStart
from sensors_app.model.runs import DagsterRun, RunNote
from sensors_app.model.ticks import Timing
from sensors_app.ports import RunReader
from workers.process import Child, child, no_such_sensor, own_holder
from workers.sending import send_launches
from workers.timelimit import SoftTimeLimit
from workers.tracing import Span, end_span, traced
from workers.turn import Handover, Turn


@dataclass(frozen=True, slots=True)
class Called:
    """A call that is to be kept.

    Args:
        end: What it came to.
        outcome: The same, with what the logs of runs are to say.
        span: Its part of a trace.
    """

    end: ReactionEnd
    outcome: ReactionOutcome
    span: Span


@dataclass(frozen=True, slots=True)
class RunsAtHand:
    """The runs that the events of a message are about, read in one round trip."""

    store: RunReader
    runs: Mapping[tuple[str, str], DagsterRun]

    def run(self, location: str, run_id: str) -> DagsterRun | None:
        """Return one of them."""
        return self.runs.get((location, run_id))

    def event_of(self, event: StreamedEvent) -> DagsterEvent:
        """Return the event of a run, or of a sensor, that a stream has."""
        return self.store.event_of(event)


def react_message(task: Task, location: str, reactions: Sequence[tuple[str, str]]) -> None:
    """Call the sensors of these reactions, but for those that somebody has, and keep the outcomes.

    Args:
        task: The task of the message.
        location: The code location.
        reactions: What the message names: the sensor and the id of each.
    """
    process = child()
    store = process.runtime.store
    holder = own_holder(task.request.id, task.request.hostname)
    starts = store.reactions.begin_reactions(location, reactions, holder)
    began = time.perf_counter()
    events = [event for start in starts for event in start.events]
    at_hand = RunsAtHand(store.runs, store.runs.runs_named(_runs_of(events)))
    quantum = process.runtime.settings.batch_quantum_seconds
    with Turn(starts, quantum, partial(_hand_over, process, location, holder)) as turn:
        for start in turn:
            turn.keep(_called(process, location, start, at_hand, began))


def _hand_over(
    process: Child, location: str, holder: str, part: Handover[ReactionStart, Called]
) -> None:
    """Keep what is finished and give back what was not called; in any thread of the process."""
    store = process.runtime.store
    if part.finished:
        ends = [each.end for each in part.finished]
        commits = store.reactions.finish_reactions(location, ends, holder)
        notes: list[RunNote] = []
        for each, commit in zip(part.finished, commits, strict=True):
            result = each.end.result
            end_span(each.span, result, accepted=commit.accepted, created=commit.created)
            notes += each.outcome.notes if commit.accepted else ()
        if any(commit.created for commit in commits):
            send_launches(process, location)
        if notes:
            store.runs.note_runs(notes)
    if part.left or part.current is not None:
        goes_on = None if part.current is None else part.current.ident
        left = [start.ident for start in part.left]
        store.reactions.return_reactions(location, left, holder, goes_on=goes_on)


def _called(
    process: Child, location: str, start: ReactionStart, runs: RunReader, began: float
) -> Called:
    started = time.perf_counter()
    span = process.tracer.reaction(location, start.sensor, _causes(process, start))
    with span.active():
        outcome = _outcome(process, start, runs)
    timing = Timing.until_now(began, started)
    result = replace(traced(outcome.result, span), timing=timing)
    end = ReactionEnd(start.sensor, start.ident, result, outcome.final, outcome.lineage)
    return Called(end, outcome, span)


def _causes(process: Child, start: ReactionStart) -> Sequence[str]:
    if not process.tracer.is_on:
        return []
    return process.runtime.store.runs.traces(_runs_of(start.events))


def _runs_of(events: Iterable[StreamedEvent]) -> list[tuple[str, str]]:
    """Return code location and id of the runs that events are about."""
    return [(each.location, each.run_id) for each in events if each.run_id is not None]


def _outcome(process: Child, start: ReactionStart, runs: RunReader) -> ReactionOutcome:
    sensor = process.location.sensors.get(start.sensor)
    if not isinstance(sensor, EventSensorDefinition):
        return ReactionOutcome(no_such_sensor(process, start.sensor, "called for events"))
    return react(
        sensor,
        start,
        process.location.snapshot.name,
        process.surroundings,
        runs,
        time_limit=SoftTimeLimit(sensor.timeout_seconds),
        loop_max=process.runtime.settings.reaction_loop_max,
    )
