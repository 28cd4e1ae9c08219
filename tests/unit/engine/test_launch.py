"""How a worker executes a run: what it reports, and when it stops."""

import asyncio
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import ClassVar

import pytest

from sensors_app import Out, Output, RetryPolicy, job, op, resource, success_hook
from sensors_app.definitions.job import JobDefinition
from sensors_app.engine.launch import launch
from sensors_app.errors import StoreUnavailableError
from sensors_app.execution.interruption import SIGNAL
from sensors_app.model.cancellation import RunWish
from sensors_app.model.events import DagsterEvent, EventLogEntry
from sensors_app.model.runs import MAX_RUNTIME_TAG, DagsterRun, DagsterRunStatus, RunEnding
from tests.support.site import Site, request


class Moves:
    """A store that notes what it is told.

    Args:
        lose_at: From this many entries on, the run is somebody else's.
        away: So many calls that bring entries find the server away.
        wish: What is to become of the run, once it has begun.
        late: What is to become of it when it is about to begin.
    """

    def __init__(
        self,
        *,
        lose_at: int = 1_000_000,
        away: int = 0,
        wish: RunWish = RunWish.OK,
        late: RunWish = RunWish.OK,
    ) -> None:
        self.started: list[str] = []
        self.entries: list[EventLogEntry] = []
        self.finished: list[tuple[DagsterRunStatus, str]] = []
        self._lose_at = lose_at
        self._away = away
        self._wish = wish
        self._late = late

    def mark_run_started(
        self, location: str, run_id: str, holder: str, event: DagsterEvent
    ) -> RunWish:
        if self._late is RunWish.OK:
            self.started.append(event.event_type_value)
        return self._late

    def append_run_entries(
        self, location: str, run_id: str, holder: str, first: int, entries: Sequence[EventLogEntry]
    ) -> RunWish:
        if self._away:
            self._away -= 1
            raise StoreUnavailableError("away")
        assert first == len(self.entries), "an entry was left out or written twice"
        self.entries += entries
        return self._wish if len(self.entries) < self._lose_at else RunWish.LOST

    def finish_run(self, ending: RunEnding) -> bool:
        assert ending.took_ms is not None
        kept = self.append_run_entries(
            ending.location, ending.run_id, ending.holder, ending.first, ending.entries
        )
        if kept is RunWish.LOST:
            return False
        self.finished.append((ending.status, ending.event.message or ""))
        return True


@op(config_schema={"lines": int})
def log_lines(context):
    for number in range(context.op_config["lines"]):
        context.log.info("line %d", number)
    return context.op_config["lines"]


@op
def fails(context, lines):
    raise ValueError(f"after {lines} lines")


@job
def logging_job():
    log_lines()


@job
def failing_job():
    fails(log_lines())


JOBS = {"logging_job": logging_job, "failing_job": failing_job}


def execute(moves: Moves, job_name: str = "logging_job", *, lines: object = 2) -> None:
    config = {"ops": {"log_lines": {"config": {"lines": lines}}}}
    run = DagsterRun(job_name, "r", run_config=config, location="loc")
    launch(run, "holder", JOBS, moves, max_lines=100)


def test_a_run_is_reported_from_start_to_end() -> None:
    """Its move to STARTED, its events and lines in order, its move to SUCCESS."""
    moves = Moves()
    execute(moves)
    assert moves.started == ["PIPELINE_START"]
    lines = [entry.user_message for entry in moves.entries if entry.dagster_event is None]
    assert lines == ["line 0", "line 1"]
    kinds = [entry.dagster_event.event_type_value for entry in moves.entries if entry.dagster_event]
    assert kinds == ["STEP_START", "STEP_OUTPUT", "STEP_SUCCESS"]
    assert [status for status, _ in moves.finished] == [DagsterRunStatus.SUCCESS]


def test_an_op_that_raises_fails_its_run() -> None:
    """The run names the step; the step's entry has the user's exception."""
    moves = Moves()
    execute(moves, "failing_job")
    ((status, message),) = moves.finished
    assert (status, "['fails']" in message) == (DagsterRunStatus.FAILURE, True)
    (failed,) = [
        e.dagster_event
        for e in moves.entries
        if e.dagster_event and e.step_key == "fails" and e.dagster_event.is_failure
    ]
    assert failed.event_specific_data is not None
    assert failed.event_specific_data.error is not None
    assert "after 2 lines" in failed.event_specific_data.error.to_string()


@pytest.mark.parametrize(
    ("job_name", "lines", "words"),
    [("gone_job", 1, "no job 'gone_job' any more"), ("logging_job", "many", "lines")],
)
def test_a_run_that_cannot_begin_fails_with_the_reason(
    job_name: str, lines: object, words: str
) -> None:
    """A job that the code no longer has, or a config that does not fit."""
    moves = Moves()
    execute(moves, job_name, lines=lines)
    ((status, message),) = moves.finished
    assert status is DagsterRunStatus.FAILURE
    assert words in message
    assert not moves.started


def test_a_run_that_is_lost_stops_and_says_no_more() -> None:
    """Neither its end nor anything else is reported once it is somebody else's."""
    at_once, later = Moves(late=RunWish.LOST), Moves(lose_at=1)
    execute(at_once)
    execute(later, "failing_job")
    assert not at_once.entries
    assert not at_once.finished
    assert not later.finished


def test_lines_past_the_limit_are_left_out_with_a_notice() -> None:
    """Events are kept all the same."""
    moves = Moves()
    execute(moves, lines=5000)
    lines = [entry.user_message for entry in moves.entries if entry.dagster_event is None]
    assert len(lines) == 101
    assert "keeps 100 of them" in lines[-1]
    assert moves.entries[-1].dagster_event is not None


def test_a_server_that_is_away_for_good_ends_the_execution() -> None:
    """The run is not ended here: its worker's parent reports it, or its heartbeats go missing."""
    moves = Moves(away=1)
    with pytest.raises(StoreUnavailableError):
        execute(moves)
    assert not moves.finished


class TestARunThatIsToEnd:
    """Its op is interrupted wherever it is, cleans up, and no other begins."""

    notes: ClassVar[list[str]] = []

    @pytest.fixture(autouse=True)
    def restored(self) -> Iterator[None]:
        self.notes.clear()
        before = signal.getsignal(SIGNAL)
        yield
        signal.signal(SIGNAL, before)

    def launch(self, moves: Moves, made: JobDefinition, **tags: str) -> None:
        run = DagsterRun(made.name, "r", tags=tags, location="loc")
        launch(run, "holder", {made.name: made}, moves, max_lines=100)

    def kinds(self, moves: Moves) -> list[str]:
        events = [entry.dagster_event for entry in moves.entries if entry.dagster_event]
        return [event.event_type_value for event in events]

    @pytest.fixture
    def sleeper(self) -> JobDefinition:
        """A job that sleeps in an op with a hook and a resource, and says what it came to."""

        @resource
        def held(_):
            yield "held"
            self.notes.append("resource ended")

        @success_hook
        def hook(_):
            self.notes.append("hook")

        @op(required_resource_keys={"held"})
        def sleeps():
            try:
                time.sleep(3600)
            finally:
                self.notes.append("finally")

        @op
        def follows(_start):
            self.notes.append("next step")

        @job(resource_defs={"held": held}, hooks={hook})
        def sleeping():
            follows(sleeps())

        return sleeping

    def test_canceled(self, sleeper: JobDefinition) -> None:
        """The step fails, hooks are not called, and the run is canceled."""
        moves = Moves(wish=RunWish.CANCEL)
        self.launch(moves, sleeper)
        assert self.notes == ["finally", "resource ended"]
        text = 'Execution of run for "sleeping" canceled.'
        assert moves.finished == [(DagsterRunStatus.CANCELED, text)]
        assert self.kinds(moves)[-2:] == ["STEP_START", "STEP_FAILURE"]
        failed = next(e.dagster_event for e in moves.entries if e.step_key and e.level > 30)
        assert failed is not None
        assert failed.event_specific_data is not None
        error = failed.event_specific_data.error
        assert error is not None
        assert error.cls_name == "DagsterExecutionInterruptedError"

    def test_overdue(self, sleeper: JobDefinition) -> None:
        """It fails, and says how long it might have taken."""
        moves = Moves(wish=RunWish.OVERDUE)
        self.launch(moves, sleeper, **{MAX_RUNTIME_TAG: "90.0"})
        text = "Exceeded maximum runtime of 90 seconds."
        assert moves.finished == [(DagsterRunStatus.FAILURE, text)]
        assert self.notes == ["finally", "resource ended"]

    def test_lost(self, sleeper: JobDefinition) -> None:
        """Its code stops; another speaks for it."""
        moves = Moves(lose_at=0)
        self.launch(moves, sleeper)
        assert self.notes == ["finally", "resource ended"]
        assert not moves.finished

    def test_before_its_first_step(self, sleeper: JobDefinition) -> None:
        """It does not begin."""
        moves = Moves(late=RunWish.CANCEL)
        self.launch(moves, sleeper)
        assert self.notes == []
        assert [status for status, _ in moves.finished] == [DagsterRunStatus.CANCELED]

    def test_while_it_waits_for_a_retry(self) -> None:
        """The wait is interrupted; nothing is tried again."""

        @op(retry_policy=RetryPolicy(max_retries=3, delay=3600))
        def fails_once():
            self.notes.append("attempt")
            raise ValueError

        @job
        def retrying():
            fails_once()

        moves = Moves(wish=RunWish.CANCEL)
        self.launch(moves, retrying)
        assert self.notes == ["attempt"]
        assert self.kinds(moves) == ["STEP_START", "STEP_UP_FOR_RETRY", "STEP_FAILURE"]

    def test_while_its_resources_are_made(self) -> None:
        """Those that are made already are ended."""

        @resource
        def first(_):
            yield 1
            self.notes.append("first ended")

        @resource(required_resource_keys={"first"})
        def slow(_):
            time.sleep(3600)

        @op(required_resource_keys={"slow"})
        def never():
            self.notes.append("step")

        @job(resource_defs={"first": first, "slow": slow})
        def preparing():
            never()

        moves = Moves(wish=RunWish.CANCEL)
        self.launch(moves, preparing)
        assert self.notes == ["first ended"]
        assert [status for status, _ in moves.finished] == [DagsterRunStatus.CANCELED]

    @pytest.mark.parametrize("swallowed", [Exception, BaseException])
    def test_while_its_code_catches_exceptions(self, swallowed: type[BaseException]) -> None:
        """It is no Exception; who swallows everything is stopped when the step ends."""

        @op
        def stubborn():
            with suppress(swallowed):
                time.sleep(3600)
            self.notes.append("went on")

        @op
        def follows(_start):
            self.notes.append("next step")

        @job
        def swallowing():
            follows(stubborn())

        moves = Moves(wish=RunWish.CANCEL)
        self.launch(moves, swallowing)
        assert self.notes == (["went on"] if swallowed is BaseException else [])
        assert [status for status, _ in moves.finished] == [DagsterRunStatus.CANCELED]

    def test_between_two_outputs(self) -> None:
        """The op's generator cleans up before its resources end."""

        @resource
        def held(_):
            yield
            self.notes.append("resource ended")

        @op(required_resource_keys={"held"}, out={"a": Out(), "b": Out()})
        def yields():
            try:
                with suppress(BaseException):
                    time.sleep(3600)
                yield Output(1, "a")
                yield Output(2, "b")
            finally:
                self.notes.append("op ended")

        @job(resource_defs={"held": held})
        def yielding():
            yields()

        moves = Moves(wish=RunWish.CANCEL)
        self.launch(moves, yielding)
        assert self.notes == ["op ended", "resource ended"]

    def test_a_run_inside_of_another_ends_with_it(self) -> None:
        """What was interrupted is the outer one; the inner one could not end well."""

        @op
        def sleeps():
            try:
                time.sleep(3600)
            finally:
                self.notes.append("finally")

        @job
        def inner():
            sleeps()

        @op
        def runs_another():
            inner.execute_in_process()
            self.notes.append("went on")

        @job
        def outer():
            runs_another()

        moves = Moves(wish=RunWish.CANCEL)
        self.launch(moves, outer)
        assert self.notes == ["finally"]
        assert [status for status, _ in moves.finished] == [DagsterRunStatus.CANCELED]

    def test_while_it_awaits(self) -> None:
        """What an ``async def`` cleans up is awaited."""

        @op
        async def awaits():
            try:
                await asyncio.sleep(3600)
            finally:
                await asyncio.sleep(0)
                self.notes.append("finally")

        @job
        def awaiting():
            awaits()

        moves = Moves(wish=RunWish.CANCEL)
        self.launch(moves, awaiting)
        assert self.notes == ["finally"]
        assert [status for status, _ in moves.finished] == [DagsterRunStatus.CANCELED]

    def test_while_it_asks_for_runs(self, site: Site) -> None:
        """A call of the store is not broken off: the connection serves the next as it should."""
        calls = iter(range(100_000))

        @op
        def asks():
            for _ in calls:
                site.store.runs.runs(site.name)

        @job
        def asking():
            asks()

        moves = Moves(wish=RunWish.CANCEL)
        self.launch(moves, asking)
        assert [status for status, _ in moves.finished] == [DagsterRunStatus.CANCELED]
        assert next(calls) > 0
        for number in range(20):
            site.tick(request(f"r{number}"))
        assert len(site.store.runs.runs(site.name)) == 20
