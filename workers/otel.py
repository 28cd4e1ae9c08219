"""Spans by OpenTelemetry. Loaded only if SENSORS_OTEL is set: the SDK takes a while to import."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    Span,
    Status,
    StatusCode,
    get_current_span,
    set_span_in_context,
    use_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sensors_app.model.cancellation import RunWish
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import DagsterEvent, DagsterEventType, EventLogEntry
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunEnding
from sensors_app.model.ticks import TickFailure
from sensors_app.ports import RunMoves

STOP_S: Final = 2.0
"""For how long a process that ends waits for its last spans to be taken."""

LONGEST_TEXT: Final = 1000

_ATTEMPT_BEGINS: Final = (DagsterEventType.STEP_START, DagsterEventType.STEP_RESTARTED)
_ATTEMPT_ENDS: Final = (
    DagsterEventType.STEP_SUCCESS,
    DagsterEventType.STEP_FAILURE,
    DagsterEventType.STEP_UP_FOR_RETRY,
)
_W3C: Final = TraceContextTextMapPropagator()


def open_exporting() -> "OtelTracer":
    """Return a tracer that sends what it traces where the OTEL_… variables say."""
    resource = Resource.create()
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "sensors"}))
    # At an exit it would wait for a collector that is away.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OtelTracer(provider)


class OtelTracer:
    """Begins spans.

    Args:
        provider: Takes them when they end. It must not wait, nor raise.
    """

    is_on = True

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("sensors_app")

    def tick(self, location: str, sensor: str) -> "OtelSpan":
        """Begin that of a tick: a trace of its own."""
        about = {"sensors.location": location, "sensors.sensor": sensor}
        return OtelSpan(self._tracer.start_span(f"tick {sensor}", Context(), attributes=about))

    def reaction(self, location: str, sensor: str, causes: Sequence[str]) -> "OtelSpan":
        """Begin that of a call for events, in the trace of the first run, with links to others."""
        about = {"sensors.location": location, "sensors.sensor": sensor}
        first, *others = [_context(each) for each in causes] or [Context()]
        links = [Link(get_current_span(each).get_span_context()) for each in others]
        name = f"reaction {sensor}"
        return OtelSpan(self._tracer.start_span(name, first, attributes=about, links=links))

    def run(self, run: DagsterRun) -> "OtelRunSpan":
        """Begin that of a run, below that of its launch, which began when the run was made."""
        about = {
            "sensors.location": run.location or "",
            "sensors.run_id": run.run_id,
            "sensors.job": run.job_name,
        }
        launch = self._tracer.start_span(
            f"launch {run.job_name}",
            _context(run.trace or ""),
            attributes=about,
            start_time=None if run.created_at is None else _ns(run.created_at),
        )
        launch.end()
        below = set_span_in_context(launch, Context())
        span = self._tracer.start_span(f"run {run.job_name}", below, attributes=about)
        return OtelRunSpan(span, self._provider)

    def close(self) -> None:
        """Send what is left, for a moment at most: a collector may be away."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(STOP_S)


class OtelSpan:
    """A tick, or a call for events.

    Args:
        span: OpenTelemetry's own.
    """

    def __init__(self, span: Span) -> None:
        self._span = span
        carrier: dict[str, str] = {}
        _W3C.inject(carrier, set_span_in_context(span, Context()))
        self.context = carrier.get("traceparent", "")

    def active(self) -> AbstractContextManager[object]:
        """What runs inside belongs to it."""
        return use_span(self._span, record_exception=False, set_status_on_exception=False)

    def end(self, result: str, failure: TickFailure | None = None, *, created: int = 0) -> None:
        """End it."""
        self._span.set_attributes({"sensors.result": result, "sensors.runs_created": created})
        if failure is not None:
            _fail(self._span, failure.error.message, failure.error)
        self._span.end()


class OtelRunSpan(OtelSpan):
    """The execution of a run.

    Args:
        span: OpenTelemetry's own.
        provider: For the spans of the steps.
    """

    def __init__(self, span: Span, provider: TracerProvider) -> None:
        super().__init__(span)
        self._tracer = provider.get_tracer("sensors_app")
        self._steps: dict[str, Span] = {}
        self._result = "lost"

    def moves(self, moves: RunMoves) -> RunMoves:
        """Return what passes all on, and traces the steps."""
        return TracedMoves(moves, self)

    def end(
        self, result: str = "", failure: TickFailure | None = None, *, created: int = 0
    ) -> None:
        """End it, as the run did; a run that was taken from this process is lost."""
        for step in self._steps.values():
            step.end()
        super().end(result or self._result, failure, created=created)

    def saw(self, entry: EventLogEntry) -> None:
        """Begin or end the span of a step's attempt."""
        event, key = entry.dagster_event, entry.step_key
        if event is None or key is None:
            return
        if event.event_type in _ATTEMPT_BEGINS:
            below = set_span_in_context(self._span, Context())
            at = _ns(entry.timestamp)
            self._steps[key] = self._tracer.start_span(f"step {key}", below, start_time=at)
        elif event.event_type in _ATTEMPT_ENDS and (step := self._steps.pop(key, None)):
            if event.event_type is not DagsterEventType.STEP_SUCCESS:
                _fail(step, event.message or "", _error_of(event))
            step.end(_ns(entry.timestamp))

    def ended(self, status: DagsterRunStatus, event: DagsterEvent) -> None:
        """Remember how the run ended."""
        self._result = status.value.lower()
        if status is DagsterRunStatus.FAILURE:
            _fail(self._span, event.message or "", _error_of(event))


class TracedMoves:
    """Passes the moves of a run on to the store, and those that it took to the trace.

    Args:
        moves: The store.
        span: Of the run.
    """

    def __init__(self, moves: RunMoves, span: OtelRunSpan) -> None:
        self._moves = moves
        self._span = span

    def mark_run_started(
        self, location: str, run_id: str, holder: str, event: DagsterEvent
    ) -> RunWish:
        """Pass it on."""
        return self._moves.mark_run_started(location, run_id, holder, event)

    def append_run_entries(
        self, location: str, run_id: str, holder: str, first: int, entries: Sequence[EventLogEntry]
    ) -> RunWish:
        """Pass them on; what was not taken is passed on again."""
        wish = self._moves.append_run_entries(location, run_id, holder, first, entries)
        for entry in entries:
            self._span.saw(entry)
        return wish

    def finish_run(self, ending: RunEnding) -> bool:
        """Pass it on."""
        done = self._moves.finish_run(ending)
        for entry in ending.entries:
            self._span.saw(entry)
        if done:
            self._span.ended(ending.status, ending.event)
        return done


def _context(trace: str) -> Context:
    return _W3C.extract({"traceparent": trace}, Context())


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


def _error_of(event: DagsterEvent) -> SerializableErrorInfo | None:
    data = event.event_specific_data
    return None if data is None else data.error


def _fail(span: Span, message: str, error: SerializableErrorInfo | None) -> None:
    span.set_status(Status(StatusCode.ERROR, message.strip()[:LONGEST_TEXT]))
    if error is not None:
        about: Mapping[str, str] = {
            "exception.type": error.cls_name or "",
            "exception.message": error.message.strip()[:LONGEST_TEXT],
            "exception.stacktrace": "".join(error.stack),
        }
        span.add_event("exception", about)
