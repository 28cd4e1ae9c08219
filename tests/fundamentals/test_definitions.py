"""Definitions: all that a code location has."""

import pytest

from sensors_app import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    Definitions,
    SkipReason,
    asset,
    define_asset_job,
    job,
    op,
    repository,
    sensor,
)


@op
def nothing():
    pass


def make_job(name):
    return job(name=name)(lambda: nothing() and None)


def make_sensor(name, **arguments):
    return sensor(name=name, **arguments)(lambda: SkipReason())


def test_definitions_are_found_by_name():
    """Jobs and sensors each have names of their own."""
    a_job, a_sensor = make_job("same"), make_sensor("same")
    defs = Definitions(jobs=[a_job], sensors=[a_sensor])
    assert defs.get_job_def("same") is defs.resolve_job_def("same") is a_job
    assert defs.get_sensor_def("same") is defs.resolve_sensor_def("same") is a_sensor


def test_a_sensors_jobs_come_along_with_it():
    """They need not be listed; listing them twice does no harm."""
    one, two = make_job("one"), make_job("two")
    defs = Definitions(jobs=[one], sensors=[make_sensor("s", jobs=[one, two])])
    assert dict(defs.jobs_by_name()) == {"one": one, "two": two}
    assert list(defs.sensors_by_name()) == ["s"]


def test_an_unknown_name_lists_the_known_ones():
    """The message helps to find the typing mistake."""
    defs = Definitions(jobs=[make_job("j1"), make_job("j2")])
    message = "Could not find job 'zz'. Found: 'j1', 'j2'."
    with pytest.raises(DagsterInvariantViolationError) as raised:
        defs.get_job_def("zz")
    assert str(raised.value) == message


def test_members_are_checked_at_once():
    """A function that is no sensor yet, as ``@sensor`` without parentheses makes one."""
    with pytest.raises(CheckError, match='Member of "sensors"'):
        Definitions(sensors=[sensor(lambda: None)])
    with pytest.raises(CheckError, match='"jobs" is not a Sequence'):
        Definitions(jobs=make_job("j"))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"jobs": [make_job("j"), make_job("j")]}, "Duplicate job definition found for job 'j'"),
        ({"sensors": [make_sensor("s"), make_sensor("s")]}, "Duplicate definition found for s"),
        (
            {"jobs": [make_job("j")], "sensors": [make_sensor("s", job=make_job("j"))]},
            "Duplicate job definition found for job 'j'",
        ),
        (
            {"sensors": [make_sensor("s", job_name="nope")]},
            'SensorDefinition "s" targets job "nope" which was not found',
        ),
    ],
)
def test_whether_it_fits_together_is_checked_when_it_is_used(arguments, problem):
    """Making Definitions does not look; asking for anything, or validating, does."""
    defs = Definitions(**arguments)
    with pytest.raises(DagsterInvalidDefinitionError, match=problem):
        Definitions.validate_loadable(defs)
    with pytest.raises(DagsterInvalidDefinitionError, match=problem):
        defs.get_sensor_def("s")


def test_a_repository_is_definitions_with_a_name():
    """As they were written before Definitions; each is sorted by its kind."""
    one = make_job("one")
    watcher = make_sensor("watcher", job=one)

    @asset
    def raw():
        return 1

    @repository
    def everything():
        return [one, watcher, raw, define_asset_job("assets")]

    assert isinstance(everything, Definitions)
    assert everything.name == "everything"
    assert everything.get_job("one") is one
    assert everything.sensor_defs == [watcher]
    assert sorted(everything.job_names) == ["assets", "one"]
    assert [each.name for each in everything.get_all_jobs()] == everything.job_names
    assert everything.has_job("assets")
    assert not everything.has_sensor_def("one")
    assert repository(name="other")(lambda: [one]).name == "other"


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        (3, "Bad return value of type <class 'int'>"),
        ([3], "Got value of type <class 'int'> at index 0"),
        ([make_job("j"), make_job("j")], "Duplicate job definition"),
    ],
)
def test_a_repository_is_checked_at_once(returned, problem):
    """Unlike Definitions, which wait until they are used."""
    with pytest.raises(DagsterInvalidDefinitionError, match=problem):
        repository(name="r")(lambda: returned)
