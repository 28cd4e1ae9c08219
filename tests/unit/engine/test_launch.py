"""How a worker executes a run: what it reports, and when it stops."""

from collections.abc import Sequence

import pytest

from sensors_app import job, op
from sensors_app.engine.launch import launch
from sensors_app.errors import StoreUnavailableError
from sensors_app.model.cancellation import RunWish
from sensors_app.model.events import DagsterEvent, EventLogEntry
from sensors_app.model.runs import DagsterRun, DagsterRunStatus


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

    def finish_run(
        self,
        location: str,
        run_id: str,
        holder: str,
        status: DagsterRunStatus,
        event: DagsterEvent,
    ) -> bool:
        self.finished.append((status, event.message or ""))
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
