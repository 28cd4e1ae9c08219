"""One trace from a tick to its runs and to what these lead to; and no harm from a collector."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from sensors_app.engine.calling import EvaluationLimits, Surroundings
from sensors_app.engine.listening import Listening
from sensors_app.engine.locations import load_location
from sensors_app.instance import DagsterInstance
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.runtime import Runtime
from sensors_app.settings import Settings
from sensors_app.storage.store import Store
from workers import evaluating, launching, otel, process, reacting, tasks
from workers.dispatch import Dispatcher
from workers.otel import OtelTracer
from workers.process import Child
from workers.tracing import Tracer, Untraced

HOME = "traced"


class Deployment:
    """All that beat, listener and workers do for one location, in this process."""

    def __init__(self, store: Store, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = store
        self._prefix, self._patch = prefix, monkeypatch
        self._location = load_location(HOME, "tests.support.traced_location")
        store.sensors.register_location(self._location.snapshot)
        self._listening = Listening(store.events, store.deliveries, 1000, store.joins)
        self.trace_with(Untraced())
        # Nothing is sent here: the test hands each message over.
        for module in (evaluating, launching, reacting):
            monkeypatch.setattr(module, "send_launches", lambda *_: None)

    def trace_with(self, tracer: Tracer) -> None:
        """Have this process be a worker with that tracer."""
        surroundings = Surroundings(
            jobs=self._location.jobs,
            resources=self._location.resources,
            limits=EvaluationLimits(65_536, 65_536),
            instance=DagsterInstance(self.store, HOME),
            materializations=self.store.assets,
        )
        runtime = Runtime(Settings(key_prefix=self._prefix), self.store)
        child = Child(self._location, runtime, surroundings, Dispatcher(tasks.app, runtime), tracer)
        self._patch.setattr(process, "_child", child)

    def tick(self, word: str) -> list[DagsterRun]:
        """Have the sensor do as the word says; return the runs that it requested."""
        self.store.sensors.set_cursor(HOME, "watch", word)
        claim = self.store.ticks.claim_sensor(HOME, "watch")
        assert claim is not None
        tasks.evaluate_claims(HOME, [[claim.sensor, claim.token, claim.timeout_seconds]])
        return self.store.runs.runs(HOME, sensor="watch")

    def launch(self) -> None:
        """Execute what waits."""
        for entry in self.store.outbox.take_outbox(HOME):
            tasks.launch_runs(HOME, [entry.ident])

    def listen(self) -> None:
        """Call sensors for what happened."""
        self._listening.refresh([HOME])
        self._listening.look()
        for each in self.store.reactions.take_reactions(HOME):
            tasks.react_to_events(HOME, [(each.sensor, each.ident)])


class Spans:
    """What an exporter got."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def all(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.all() if span.name == name]
        return found

    def line(self, name: str) -> list[str]:
        """Return the names from the root of a trace down to a span."""
        by_id = {span.context.span_id: span for span in self.all()}
        names, span = [], self.named(name)
        while span is not None:
            names.insert(0, span.name)
            span = by_id[span.parent.span_id] if span.parent else None
        return names


@pytest.fixture
def untraced(store: Store, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    return Deployment(store, prefix, monkeypatch)


@pytest.fixture
def spans(untraced: Deployment) -> Spans:
    """What is traced."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    untraced.trace_with(OtelTracer(provider))
    return Spans(exporter)


@pytest.fixture
def deployment(untraced: Deployment, spans: Spans) -> Deployment:
    """Traced."""
    return untraced


class TestOneTrace:
    def test_spans_tick_run_reaction_and_what_that_requests(
        self, deployment: Deployment, spans: Spans
    ):
        """From what was seen to the last run that it led to."""
        deployment.tick("good")
        deployment.launch()
        deployment.listen()
        deployment.launch()
        assert len({span.context.trace_id for span in spans.all()}) == 1
        assert spans.line("step tell") == [
            "tick watch",
            "launch ingest",
            "run ingest",
            "reaction when_ingested",
            "launch report",
            "run report",
            "step tell",
        ]

    def test_is_in_the_store_and_in_no_message(self, deployment: Deployment):
        """Messages may be lost, and sent again by a process that knows nothing of the trace."""
        (run,) = deployment.tick("good")
        of_the_tick = run.trace
        deployment.store.outbox.take_outbox(HOME)
        deployment.store.outbox.requeue_outbox(HOME, 0)
        deployment.launch()
        of_the_run = deployment.store.runs.run(HOME, run.run_id).trace
        assert of_the_tick.split("-")[1] == of_the_run.split("-")[1]
        assert of_the_tick != of_the_run

    def test_each_tick_begins_one(self, deployment: Deployment, spans: Spans):
        """And all its runs are in it."""
        deployment.tick("two")
        deployment.tick("good")
        deployment.launch()
        traces = [span.context.trace_id for span in spans.all() if span.name == "run ingest"]
        assert sorted(map(traces.count, set(traces))) == [1, 2]

    def test_a_run_that_no_tick_requested_begins_one(self, deployment: Deployment, spans: Spans):
        """A person asked for it."""
        (run,) = deployment.tick("good")
        deployment.launch()
        deployment.store.runs.reexecute_run(HOME, run.run_id, "again")
        deployment.launch()
        traces = {s.context.trace_id for s in spans.all() if s.name == "run ingest"}
        assert len(traces) == 2

    def test_a_retry_stays_in_it(self, deployment: Deployment, spans: Spans):
        """Whoever retries."""
        (run,) = deployment.tick("bad")
        key = deployment.store.client.keys(f"*:run:{run.run_id}")[0]
        deployment.store.client.hset(key, "tags", '{"dagster/max_retries":"1"}')
        deployment.launch()
        deployment.launch()
        runs = [span for span in spans.all() if span.name == "run ingest"]
        assert len(runs) == 2
        assert len({span.context.trace_id for span in runs}) == 1


class TestSpans:
    def test_of_ticks_say_how_they_went(self, deployment: Deployment, spans: Spans):
        """With nothing to do, with runs, with an error and where that was."""
        for word in ("nothing", "good", "raise"):
            deployment.tick(word)
        skipped, success, failure = spans.all()
        assert [s.attributes["sensors.result"] for s in spans.all()] == [
            "skipped",
            "success",
            "failure",
        ]
        assert success.attributes["sensors.runs_created"] == 1
        assert failure.status.status_code is StatusCode.ERROR
        (event,) = failure.events
        assert event.attributes["exception.type"] == "LookupError"
        assert "traced_location.py" in event.attributes["exception.stacktrace"]
        assert skipped.attributes["sensors.sensor"] == "watch"

    def test_of_runs_have_their_steps(self, deployment: Deployment, spans: Spans):
        """Each attempt of each, and the error of each that failed."""
        deployment.tick("bad")
        deployment.launch()
        run = spans.named("run ingest")
        assert run.attributes["sensors.result"] == "failure"
        assert run.status.status_code is StatusCode.ERROR
        steps = [span for span in spans.all() if span.name.startswith("step")]
        assert [(s.name, s.status.status_code) for s in steps] == [
            ("step fetch", StatusCode.UNSET),
            ("step load", StatusCode.ERROR),
            ("step load", StatusCode.ERROR),
        ]
        for step in steps:
            assert step.parent.span_id == run.context.span_id
            assert run.start_time <= step.start_time <= step.end_time <= run.end_time

    def test_of_calls_that_fail_say_why(self, deployment: Deployment, spans: Spans):
        """In the trace of the run that they were for."""
        deployment.tick("bad")
        deployment.launch()
        deployment.listen()
        call = spans.named("reaction when_failed")
        assert call.attributes["sensors.result"] == "failure"
        assert call.events[0].attributes["exception.type"] == "ConnectionError"
        assert spans.line("reaction when_failed")[0] == "tick watch"

    def test_of_a_tick_that_was_taken_away(self, deployment: Deployment, spans: Spans):
        """Nothing of it was kept."""
        claim = deployment.store.ticks.claim_sensor(HOME, "watch")
        finish = deployment.store.ticks.finish_ticks

        def too_late(*args: Any) -> Any:
            deployment.store.sensors.set_cursor(HOME, "watch", "moved")
            return finish(*args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deployment.store.ticks, "finish_ticks", too_late)
            tasks.evaluate_claims(HOME, [[claim.sensor, claim.token, claim.timeout_seconds]])
        assert spans.named("tick watch").attributes["sensors.result"] == "lost"


class Hanging(SpanExporter):
    """A collector that never answers."""

    def __init__(self) -> None:
        self.asked, self.release = threading.Event(), threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.asked.set()
        self.release.wait(60)
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Go on hanging."""


class Failing(SpanExporter):
    """A collector that is broken."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.asked.set()
        raise OSError("no route to host")


class TestHarm:
    @pytest.fixture
    def hanging(self) -> Iterator[Hanging]:
        exporter = Hanging()
        yield exporter
        exporter.release.set()

    def tracer(self, exporter: SpanExporter) -> OtelTracer:
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1))
        return OtelTracer(provider)

    def test_none_is_done_by_a_collector_that_fails(self, untraced: Deployment):
        """Ticks and runs go on."""
        exporter = Failing()
        untraced.trace_with(self.tracer(exporter))
        untraced.tick("good")
        assert exporter.asked.wait(10)
        untraced.launch()
        (run,) = untraced.store.runs.runs(HOME, sensor="watch")
        assert run.status is DagsterRunStatus.SUCCESS

    def test_none_is_done_by_a_collector_that_hangs(
        self, untraced: Deployment, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
    ):
        """Nor does the process wait for it when it ends."""
        monkeypatch.setattr(otel, "STOP_S", 0.1)
        tracer = self.tracer(hanging)
        untraced.trace_with(tracer)
        untraced.tick("good")
        assert hanging.asked.wait(10)
        untraced.launch()
        (run,) = untraced.store.runs.runs(HOME, sensor="watch")
        assert run.status is DagsterRunStatus.SUCCESS
        process.leave_child()
        assert not hanging.release.is_set()


class TestOff:
    def test_nothing_is_kept_of_a_trace(self, untraced: Deployment):
        """And all works as it does."""
        untraced.tick("good")
        untraced.launch()
        untraced.listen()
        untraced.launch()
        runs = untraced.store.runs.runs(HOME)
        assert [(run.status, run.trace) for run in runs] == [(DagsterRunStatus.SUCCESS, None)] * 2

    @pytest.mark.parametrize("value", ["", "1"], ids=["off", "on"])
    def test_the_library_is_loaded_only_when_it_is_wanted(self, value: str):
        """It takes a while, and need not be installed."""
        look = "import sys, workers.process; print('opentelemetry.sdk.trace' in sys.modules)"
        env = {"SENSORS_OTEL": value} if value else {}
        done = subprocess.run(
            [sys.executable, "-c", look], env=env, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == str(bool(value))

    def test_a_library_that_is_not_there_is_named(self):
        """With what to install."""
        look = "import sys; sys.modules['opentelemetry.context'] = None; import workers.process"
        done = subprocess.run(
            [sys.executable, "-c", look],
            env={"SENSORS_OTEL": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "pip install 'sensors-app[otel]'" in done.stderr
