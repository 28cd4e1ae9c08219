"""What tasks tell a tracer: off unless SENSORS_OTEL is set, and then only is OpenTelemetry loaded.

The context of a trace travels in the store, with the runs, and not in messages, which get lost or
doubled. So one trace leads from a tick to the launch of its runs, to each run, to the sensors that
are called for it, and on.
"""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Protocol, TypeVar

from sensors_app.model.runs import DagsterRun
from sensors_app.model.ticks import TickFailure, TickResult
from sensors_app.ports import RunMoves
from workers.app import settings

Outcome = TypeVar("Outcome", TickResult, TickFailure, TickResult | TickFailure)


class Span(Protocol):
    """One piece of work in a trace."""

    @property
    def context(self) -> str:
        """Its place in the trace, as W3C's ``traceparent``; empty if there is no trace."""

    def active(self) -> AbstractContextManager[object]:
        """What runs inside belongs to it, also what user code traces."""

    def end(self, result: str, failure: TickFailure | None = None, *, created: int = 0) -> None:
        """End it.

        Args:
            result: How it went.
            failure: Why it failed.
            created: How many runs it made.
        """


class RunSpan(Span, Protocol):
    """The execution of a run."""

    def moves(self, moves: RunMoves) -> RunMoves:
        """Return what passes all on to ``moves``, and traces the steps."""


class Tracer(Protocol):
    """Begins spans."""

    @property
    def is_on(self) -> bool:
        """Whether anything is traced."""

    def tick(self, location: str, sensor: str) -> Span:
        """Begin that of a tick."""

    def reaction(self, location: str, sensor: str, causes: Sequence[str]) -> Span:
        """Begin that of a call for events; ``causes`` are the contexts of the runs they are of."""

    def run(self, run: DagsterRun) -> RunSpan:
        """Begin that of a run that was taken up."""

    def close(self) -> None:
        """Send what is left, for a moment at most."""


class Untraced:
    """Does nothing, as a tracer and as each of its spans."""

    is_on = False
    context = ""

    def tick(self, _location: str, _sensor: str) -> Span:
        """Begin nothing."""
        return self

    def reaction(self, _location: str, _sensor: str, _causes: Sequence[str]) -> Span:
        """Begin nothing."""
        return self

    def run(self, _run: DagsterRun) -> RunSpan:
        """Begin nothing."""
        return self

    def active(self) -> AbstractContextManager[object]:
        """Change nothing."""
        return nullcontext()

    def moves(self, moves: RunMoves) -> RunMoves:
        """Leave them as they are."""
        return moves

    def end(self, result: str, failure: TickFailure | None = None, *, created: int = 0) -> None:
        """End nothing."""

    def close(self) -> None:
        """Have nothing left."""


if settings.otel:
    try:
        from workers.otel import open_exporting
    except ImportError as error:
        sys.exit(
            f"error: SENSORS_OTEL is set, and OpenTelemetry is not there ({error}): "
            "pip install 'sensors-app[otel]'"
        )


def open_tracer() -> Tracer:
    """Return a process's tracer. It has threads: after a fork, open another."""
    return open_exporting() if settings.otel else Untraced()


def traced(outcome: Outcome, span: Span) -> Outcome:
    """Return an outcome whose runs go on with the trace."""
    if isinstance(outcome, TickResult) and span.context:
        return replace(outcome, trace=span.context)
    return outcome


def end_span(
    span: Span, outcome: TickResult | TickFailure, *, accepted: bool, created: int = 0
) -> None:
    """End the span of a tick, or of a call for events.

    Args:
        span: The span.
        outcome: What came of it.
        accepted: Whether the store took that.
        created: How many runs it made.
    """
    if not accepted:
        span.end("lost")
    elif isinstance(outcome, TickFailure):
        span.end("failure", outcome)
    else:
        acted = created or outcome.acted
        span.end("success" if acted else "skipped", created=created)
