"""What an evaluation comes to, whatever the sensor's code does."""

import os
import time
from types import TracebackType
from typing import Any, Self

import pytest

from sensors_app import RunRequest, SensorDefinition, SkipReason, job, op, resource, sensor
from sensors_app.engine.calling import EvaluationLimits, Surroundings
from sensors_app.engine.evaluate import evaluate
from sensors_app.model.ticks import Claim, TickFailure, TickResult, TickStart

START = TickStart(Claim("s", 1, 60), "before", "key", 12.5, 10.0)


TORN_DOWN = []


@resource
def connection():
    yield "connected"
    TORN_DOWN.append("closed")


RESOURCES = {"connection": connection}


class NoLimit:
    """A time limit that strikes only if a test says so."""

    def __init__(self, *, strikes: bool = False) -> None:
        self.expired = False
        self._strikes = strikes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.expired = self._strikes


@op
def nothing():
    pass


@job
def the_job():
    nothing()


def outcome(function: Any, *, strikes: bool = False, **options: Any) -> TickResult | TickFailure:
    definition: SensorDefinition = sensor(job=the_job, name="s", **options)(function)
    return evaluate(
        definition,
        START,
        Surroundings({"the_job": the_job}, RESOURCES, EvaluationLimits(cursor_max_bytes=10)),
        time_limit=NoLimit(strikes=strikes),
    )


def failure(function: Any, **options: Any) -> str:
    result = outcome(function, **options)
    assert isinstance(result, TickFailure)
    return result.error.to_string()


def test_requests_become_runs_to_create() -> None:
    """Each with an id of its own, its configuration and tags as JSON, and the sensor's job."""

    def asks(context):
        context.update_cursor("after")
        context.log.info("asking")
        yield RunRequest(run_key="a", run_config={"ops": {}}, tags={"team": "x"})
        yield RunRequest(run_key=None)

    result = outcome(asks)
    assert isinstance(result, TickResult)
    first, second = result.runs
    assert (first.job_name, first.run_key, first.run_config) == ("the_job", "a", '{"ops": {}}')
    assert '"team": "x"' in first.tags
    assert second.run_key is None
    assert first.run_id != second.run_id
    assert (result.cursor, [line.message for line in result.logs]) == ("after", ["asking"])


def test_the_context_tells_what_the_store_knows() -> None:
    """Cursor, last run key, and when the last tick ended."""
    seen = []

    def looks(context):
        seen.append((context.cursor, context.last_run_key, context.last_tick_completion_time))

    outcome(looks)
    assert seen == [("before", "key", 12.5)]


def test_a_skip_keeps_its_reason_and_the_cursor() -> None:
    """An untouched cursor stays as it was."""
    result = outcome(lambda: SkipReason("nothing new"))
    assert isinstance(result, TickResult)
    assert (result.runs, result.skip_reason, result.cursor) == ([], "nothing new", "before")


def test_an_interruption_that_was_swallowed_still_counts() -> None:
    """What is returned after the time limit struck is not kept."""
    assert "longer than its time limit" in failure(lambda: SkipReason("late"), strikes=True)


def test_the_deadline_is_checked_even_if_nothing_interrupted() -> None:
    """A call into C may hold signals off until it returns."""

    def slow():
        deadline = time.monotonic() + 0.02
        while time.monotonic() < deadline:
            pass

    assert "time limit of 0.01 s" in failure(slow, timeout_seconds=0.01)


def test_an_unknown_job_fails_the_tick() -> None:
    """The message lists the jobs there are."""
    definition = sensor(job_name="gone", name="s")(lambda: RunRequest())
    result = evaluate(
        definition,
        START,
        Surroundings({"the_job": the_job}),
        time_limit=NoLimit(),
    )
    assert isinstance(result, TickFailure)
    assert "'gone'" in result.error.message
    assert "the_job" in result.error.message


def test_a_cursor_too_large_fails_the_tick() -> None:
    """Bytes count, not characters."""

    def large(context):
        context.update_cursor("é" * 6)

    assert "12 bytes" in failure(large)


def test_a_huge_error_is_cut() -> None:
    """An exception that carries a page of HTML does not fill the store."""

    def raises():
        raise RuntimeError("x" * 1_000_000)

    assert len(failure(raises)) < 60_000


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_no_exception_escapes(error: BaseException) -> None:
    """Not even those that are meant to end a process."""

    def raises():
        raise error

    assert type(error).__name__ in failure(raises) or "sys.exit(3)" in failure(raises)


def test_a_forked_copy_ends_where_the_sensor_returns() -> None:
    """The copy leaves before it can speak in its parent's name."""
    children = []

    def forks():
        children.append(os.fork())
        return SkipReason("forked")

    result = outcome(forks)
    assert isinstance(result, TickResult)
    _, status = os.waitpid(children[0], 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_resources_are_there_and_are_closed_afterwards() -> None:
    """A sensor that needs the location's resources gets them, made for this tick."""
    seen = []

    def looks(context):
        seen.append((context.resources.connection, list(TORN_DOWN)))

    TORN_DOWN.clear()
    outcome(looks, required_resource_keys={"connection"})
    assert seen == [("connected", [])]
    assert TORN_DOWN == ["closed"]
