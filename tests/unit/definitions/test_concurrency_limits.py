"""Concurrency limits among the definitions of a code location."""

import sys
from pathlib import Path

import pytest

from sensors_app import (
    CheckError,
    ConcurrencyLimit,
    DagsterInvalidDefinitionError,
    Definitions,
    job,
    op,
)
from sensors_app.engine.locations import load_location

MODULE = """
from sensors_app import ConcurrencyLimit, Definitions, job, op

@op
def nothing():
    pass

@job
def the_job():
    nothing()

LIMITS = __import__("limits_of_this_test").LIMITS
defs = Definitions(jobs=[the_job], concurrency_limits=LIMITS)
"""


@op
def nothing():
    pass


@job
def the_job():
    nothing()


def test_limits_that_go_together() -> None:
    """One for each: the location, a job, a tag, a value."""
    limits = [
        ConcurrencyLimit(10),
        ConcurrencyLimit(2, job_name="the_job"),
        ConcurrencyLimit(1, tag="db"),
        ConcurrencyLimit(3, tag="db", value="big"),
    ]
    definitions = Definitions(jobs=[the_job], concurrency_limits=limits)
    Definitions.validate_loadable(definitions)
    assert definitions.concurrency_limits == limits


def test_a_limit_for_a_job_that_there_is_not() -> None:
    """Names it, and those there are."""
    definitions = Definitions(
        jobs=[the_job], concurrency_limits=[ConcurrencyLimit(1, job_name="gone")]
    )
    with pytest.raises(DagsterInvalidDefinitionError, match=r"'gone'.*the_job"):
        Definitions.validate_loadable(definitions)


def test_two_limits_for_the_same() -> None:
    """Which of them should hold?"""
    limits = [ConcurrencyLimit(1, tag="db"), ConcurrencyLimit(2, tag="db")]
    with pytest.raises(DagsterInvalidDefinitionError, match="for the same runs"):
        Definitions.validate_loadable(Definitions(concurrency_limits=limits))


def test_something_else_among_the_limits() -> None:
    """Is refused at once."""
    with pytest.raises(CheckError, match="concurrency_limits"):
        Definitions(concurrency_limits=[3])  # type: ignore[list-item]


def test_limits_are_part_of_the_location_and_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if they come from another module than that of the Definitions."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "limits_of_this_test.py").write_text("LIMITS = []")
    (tmp_path / "limited_location.py").write_text(MODULE)
    unlimited = load_location("l", "limited_location").snapshot
    limits = [ConcurrencyLimit(1)]
    sys.modules["limits_of_this_test"].LIMITS = limits  # type: ignore[attr-defined]
    del sys.modules["limited_location"]
    limited = load_location("l", "limited_location").snapshot
    assert (unlimited.concurrency_limits, limited.concurrency_limits) == ([], limits)
    assert unlimited.version != limited.version
