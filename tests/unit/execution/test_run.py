"""Running a plan: what is told to the recorder, and what user code cannot do."""

import asyncio
import logging
from contextlib import contextmanager
from dataclasses import replace

import pytest

from sensors_app.execution.plan import (
    Hook,
    OutputRef,
    OutputValue,
    Plan,
    Step,
    StepInput,
    StepOutput,
)
from sensors_app.execution.retry import RetryPolicy
from sensors_app.execution.run import run_plan
from sensors_app.model.cancellation import RunWish
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import RunClaimLost


class Recorder:
    """Writes down every call; loses the claim at the ``lost_at``-th."""

    wish = RunWish.OK

    def __init__(self, lost_at=None):
        self.exposed = False
        self.calls = []
        self.entries = []
        self.lost_at = lost_at

    def note(self, call):
        if self.lost_at is not None and len(self.calls) >= self.lost_at:
            raise RunClaimLost
        self.calls.append(call)

    def started(self, event):
        self.note(event.event_type_value)

    def entry(self, entry):
        event = entry.dagster_event
        self.note(event.event_type_value if event else entry.user_message)
        self.entries.append(entry)

    def finished(self, event):
        self.note(event.event_type_value)
        self.end = event

    def check(self):
        if self.lost_at is not None and len(self.calls) >= self.lost_at:
            raise RunClaimLost

    @contextmanager
    def user_code(self):
        assert not self.exposed
        self.exposed = True
        try:
            yield
        finally:
            self.exposed = False


RUN = DagsterRun("j", "id")


def step(key, function, *sources):
    def compute(context, inputs):
        yield OutputValue("result", function(context, *inputs.values()))

    inputs = tuple(StepInput(name, (OutputRef(name, "result"),)) for name in sources)
    return Step(key, compute, (StepOutput("result"),), inputs)


def run(*steps, recorder=None, **arguments):
    recorder = recorder or Recorder()
    return run_plan(Plan("j", steps), RUN, recorder, **arguments), recorder


def test_events_are_told_in_order():
    """Start, then each step, then the end."""
    result, recorder = run(step("a", lambda _: 1), step("b", lambda _, a: a + 1, "a"))
    assert result.success
    assert result.outputs[OutputRef("b", "result")] == 2
    assert recorder.calls == [
        "PIPELINE_START",
        *("STEP_START", "STEP_OUTPUT", "STEP_SUCCESS"),
        *("STEP_START", "STEP_INPUT", "STEP_OUTPUT", "STEP_SUCCESS"),
        "PIPELINE_SUCCESS",
    ]


def test_entries_carry_run_job_and_step():
    """Each line can be placed without the others."""
    _, recorder = run(step("a", lambda context: context.log.warning("careful: %s", "x")))
    line = recorder.entries[1]
    assert (line.run_id, line.job_name, line.step_key) == ("id", "j", "a")
    assert (line.user_message, line.level) == ("careful: x", logging.WARNING)


def test_logged_exceptions_keep_their_traceback():
    """``log.exception`` writes the traceback too, and the line goes to stderr."""

    def logs(context):
        try:
            raise KeyError("inner")
        except KeyError:
            context.log.exception("went wrong")

    _, recorder = run(step("a", logs))
    assert "KeyError: 'inner'" in recorder.entries[1].user_message


def test_logged_lines_also_go_to_stderr(capsys):
    """As in a sensor."""
    run(step("a", lambda context: context.log.info("hello")))
    assert "INFO - hello" in capsys.readouterr().err


def test_a_line_that_cannot_be_logged_does_not_break_the_step(capsys):
    """Python's own report goes to stderr."""
    result, _ = run(step("a", lambda context: context.log.info("%d files", "no number")))
    assert result.success
    assert "no number" in capsys.readouterr().err


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), asyncio.CancelledError()])
def test_whatever_user_code_raises_fails_the_step(error):
    """``sys.exit`` in an op ends the op, not the worker."""

    def fails(_):
        raise error

    result, recorder = run(step("a", fails), step("b", lambda _: 1))
    assert result.error is error
    assert result.failed_steps == ("a",)
    assert recorder.calls[-1] == "PIPELINE_FAILURE"
    assert recorder.end.event_specific_data.first_step_failure_event.step_key == "a"


def test_our_own_frames_are_left_out_of_the_users_traceback():
    """The stack begins in user code."""

    def fails(_):
        raise ValueError("x")

    _, recorder = run(step("a", fails))
    cause = recorder.end.event_specific_data.error.cause
    assert all("test_run.py" in frame for frame in cause.stack)


def test_an_interrupt_fails_the_run_and_goes_on():
    """Ctrl-C must not leave a run that looks alive for ever."""

    def interrupted(_):
        raise KeyboardInterrupt

    recorder = Recorder()
    with pytest.raises(KeyboardInterrupt):
        run(step("a", interrupted), recorder=recorder)
    assert recorder.calls[-1] == "PIPELINE_FAILURE"
    assert "interrupted unexpectedly" in recorder.end.message


@pytest.mark.parametrize("calls", range(9))
def test_when_the_run_is_lost_nothing_more_is_recorded(calls):
    """Wherever it is noticed, the loss passes through."""
    recorder = Recorder(lost_at=calls)
    with pytest.raises(RunClaimLost):
        run(
            step("a", lambda context: context.log.info("x")),
            step("b", lambda _, a: a, "a"),
            recorder=recorder,
        )
    assert len(recorder.calls) == calls


def test_user_code_cannot_swallow_the_loss_of_the_run():
    """It may catch it around a log line, but the next check raises again."""

    def stubborn(context):
        try:
            context.log.info("x")
        except Exception:
            return "went on"

    recorder = Recorder(lost_at=2)
    with pytest.raises(RunClaimLost):
        run(step("a", stubborn), recorder=recorder)
    assert recorder.calls == ["PIPELINE_START", "STEP_START"]


def test_the_loss_of_the_run_is_no_failure_of_the_step():
    """Even if user code wraps it in an exception of its own."""

    def wraps(context):
        try:
            context.log.info("x")
        except Exception as error:
            raise ValueError("logging failed") from error

    recorder = Recorder(lost_at=2)
    with pytest.raises(RunClaimLost):
        run(step("a", wraps), recorder=recorder)


def test_what_the_recorder_raises_is_not_the_users_fault():
    """A store that is away does not become a failed step."""

    class Away(Recorder):
        def entry(self, entry):
            if entry.dagster_event.event_type_value == "STEP_OUTPUT":
                raise ConnectionError("away")
            super().entry(entry)

    recorder = Away()
    with pytest.raises(ConnectionError):
        run(step("a", lambda _: 1), recorder=recorder)
    assert recorder.calls == ["PIPELINE_START", "STEP_START"]


def test_a_long_wait_before_a_retry_asks_whether_the_run_is_ours():
    """At least once a second, so that a cancelled run does not sleep on."""
    waits = []

    class Impatient(Recorder):
        def check(self):
            if len(waits) == 3:
                raise RunClaimLost

    def fails(_):
        raise ValueError

    patient = replace(step("a", fails), retry_policy=RetryPolicy(delay=3600))
    with pytest.raises(RunClaimLost):
        run(patient, recorder=Impatient(), pause=waits.append)
    assert waits == [1, 1, 1]


def test_a_run_lost_while_waiting_is_not_retried():
    """The wait ends with the loss."""
    recorder = Recorder()

    def pause(seconds):
        recorder.lost_at = 0

    def fails(_):
        raise ValueError

    patient = replace(step("a", fails), retry_policy=RetryPolicy(delay=3600))
    with pytest.raises(RunClaimLost):
        run(patient, recorder=recorder, pause=pause)
    assert recorder.calls[-1] == "STEP_UP_FOR_RETRY"


def test_a_hook_cannot_swallow_the_loss_of_the_run():
    """Nor does its own exception hide it."""

    def call(context, error):
        try:
            context.log.info("x")
        except Exception:
            raise ValueError("hook") from None

    hooked = replace(step("a", lambda _: 1), hooks=(Hook("h", True, call),))
    recorder = Recorder(lost_at=4)
    with pytest.raises(RunClaimLost):
        run(hooked, recorder=recorder)
    assert recorder.calls[-1] == "STEP_SUCCESS"


def test_loggers_are_not_kept():
    """A worker makes one for each step: none may stay in logging's registry."""
    before = len(logging.root.manager.loggerDict)
    for _ in range(3):
        run(step("a", lambda context: context.log.info("x")))
    assert len(logging.root.manager.loggerDict) == before
