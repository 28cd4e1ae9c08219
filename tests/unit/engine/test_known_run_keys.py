"""Requests whose run key is known to be used cost no more than the look that found it."""

import pytest

from sensors_app import RunRequest, job, op, sensor
from sensors_app.engine.calling import Surroundings
from sensors_app.engine.evaluate import evaluate
from sensors_app.errors import StoreUnavailableError
from sensors_app.model.ticks import Claim, DroppedRequest, TickResult, TickStart
from tests.unit.engine.test_evaluate import NoLimit

START = TickStart(Claim("s", 1, 60.0), None, None, None, None)


@op
def nothing():
    pass


@job
def the_job():
    nothing()


@sensor(job=the_job)
def s():
    yield RunRequest(run_key="old", run_config={"no": {"JSON"}})
    yield RunRequest(run_key="new")
    yield RunRequest()


def outcome(known):
    return evaluate(
        s,
        START,
        Surroundings({"the_job": the_job}),
        time_limit=NoLimit(),
        known_run_keys=known,
    )


def test_known_keys_are_dropped_and_what_came_with_them_is_not_read():
    """The others become runs; a request without key is none that could be known."""
    asked = []
    result = outcome(lambda keys: asked.extend(keys) or {"old": "run-1"})
    assert asked == ["old", "new"]
    assert isinstance(result, TickResult)
    assert [run.run_key for run in result.runs] == ["new", None]
    assert result.dropped == [DroppedRequest("old", "run-1")]


def test_a_store_that_cannot_be_asked_is_not_the_sensors_fault():
    """The tick is not recorded as its failure; the claim runs out, and it is evaluated again."""

    def away(keys):
        raise StoreUnavailableError("away")

    with pytest.raises(StoreUnavailableError):
        outcome(away)
