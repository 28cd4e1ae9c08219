"""Run requests: what a sensor asks for."""

import dataclasses

import pytest

from sensors_app import CheckError, DagsterInvalidDefinitionError, RunRequest


def test_everything_may_be_left_out():
    """No key, no config, no tags: a run each time."""
    request = RunRequest()
    assert (request.run_key, request.run_config, request.tags) == (None, {}, {})
    assert RunRequest(run_config=None) == request


def test_requests_are_equal_by_value_and_cannot_be_changed():
    """They are values: not hashable, since config is a dict."""
    assert RunRequest("a", {"x": 1}) == RunRequest("a", {"x": 1})
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunRequest().run_key = "a"
    with pytest.raises(TypeError, match="unhashable"):
        hash(RunRequest())


def test_tags_that_are_no_text_become_json():
    """1 becomes "1", None becomes "null"."""
    request = RunRequest(tags={"a": 1, "b": None, "c": {"x": [1]}, "d": "text"})
    assert request.tags == {"a": "1", "b": "null", "c": '{"x": [1]}', "d": "text"}


@pytest.mark.parametrize("value", [(1,), object(), {1: 2}])
def test_tags_must_survive_json(value):
    """A tuple would come back as a list, so it is refused."""
    with pytest.raises(DagsterInvalidDefinitionError, match='Invalid value for tag "a"'):
        RunRequest(tags={"a": value})


@pytest.mark.parametrize(
    "arguments",
    [{"run_key": 3}, {"run_config": "x"}, {"tags": []}, {"job_name": 1}, {"tags": {1: "a"}}],
)
def test_types_are_checked_at_once(arguments):
    """A mistake shows where it is made, and not in a worker."""
    with pytest.raises(CheckError):
        RunRequest(**arguments)
