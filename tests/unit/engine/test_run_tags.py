"""The tags of a requested run: the job's and the request's, with those that steer it checked."""

import json

import pytest

from sensors_app import DagsterError, RunRequest, job, op, sensor
from sensors_app.engine.calling import Surroundings
from sensors_app.engine.evaluate import evaluate
from sensors_app.engine.run_tags import run_tags
from sensors_app.model.ticks import Claim, TickFailure, TickResult, TickStart
from tests.unit.engine.test_evaluate import NoLimit


@op
def nothing():
    pass


@job(tags={"team": "x", "dagster/max_retries": 2})
def tagged():
    nothing()


def outcome(**tags: str) -> TickResult | TickFailure:
    """Evaluate a sensor that asks for a run of ``tagged`` with these tags."""
    definition = sensor(job=tagged, name="s")(lambda: RunRequest(tags=tags))
    start = TickStart(Claim("s", 1, 60), None, None, None, None)
    return evaluate(definition, start, Surroundings({"tagged": tagged}), time_limit=NoLimit())


def test_a_run_has_the_tags_of_its_job() -> None:
    """Each run, without the request repeating them."""
    result = outcome()
    assert isinstance(result, TickResult)
    tags = json.loads(result.runs[0].tags)
    assert (tags["team"], tags["dagster/max_retries"]) == ("x", "2")


def test_the_requests_tags_win() -> None:
    """One event may need something else."""
    result = outcome(team="y", more="z")
    assert isinstance(result, TickResult)
    tags = json.loads(result.runs[0].tags)
    assert (tags["team"], tags["more"], tags["dagster/max_retries"]) == ("y", "z", "2")


def test_a_steering_tag_that_says_nothing_fails_the_tick() -> None:
    """Named with its value and what it is to be, before a run depends on it."""
    result = outcome(**{"dagster/priority": "high"})
    assert isinstance(result, TickFailure)
    assert "Sensor 's'" in result.error.message
    assert "'dagster/priority' = 'high'" in result.error.message
    assert "an integer" in result.error.message


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("dagster/priority", ["0", "-3", "+7", " 10 "], ["", "1.5", "--1", "²", "ten"]),
        ("dagster/max_retries", ["0", "3"], ["", "-1", "1.5", "yes"]),
        ("sensors_app/retry_delay", ["0", "1.5", "60"], ["", "-1", "soon", "nan", "inf"]),
        ("dagster/max_runtime", ["0.5", "3600"], ["", "-1", "1h", "inf"]),
    ],
)
def test_what_each_may_be(name: str, right: list[str], wrong: list[str]) -> None:
    """Numbers of their kind."""
    for value in right:
        assert run_tags({}, {name: value}, "it") == {name: value}
    for value in wrong:
        with pytest.raises(DagsterError, match=name):
            run_tags({name: value}, {}, "it")
