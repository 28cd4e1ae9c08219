"""Which failures and delays of sensors a sensor about sensors is called for."""

from dataclasses import replace

import pytest

from sensors_app.errors import ParameterCheckError
from sensors_app.model.events import StreamedEvent
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.watched_sensors import (
    SENSOR_FAILURE,
    SENSOR_LATE,
    SensorSelector,
    WatchedSensors,
)

RULES = ReactionRules((SENSOR_FAILURE, SENSOR_LATE), sensors=WatchedSensors("own"))


def failed(sensor="s", location="here", failures=1, timeouts=0, **fields):
    """Return the event that says that a sensor failed."""
    fields = {"sensor": sensor, "failures": str(failures), "timeouts": str(timeouts), **fields}
    return StreamedEvent(location, "1-0", SENSOR_FAILURE, 1, fields)


def late(sensor="s", intervals=3):
    """Return the event that says that a sensor is late."""
    fields = {"sensor": sensor, "intervals": str(intervals)}
    return StreamedEvent("here", "1-0", SENSOR_LATE, 1, fields)


def accepts(event, **watched):
    """Tell whether the sensor ``own`` of the location ``here`` is called for an event."""
    return replace(RULES, sensors=WatchedSensors("own", **watched)).accept(event, "here")


THERE = SensorSelector("there")
ONE_THERE = SensorSelector("there", "s")


@pytest.mark.parametrize(
    ("watched", "accepted"),
    [
        ({}, {"here/s", "here/t"}),
        ({"everywhere": True}, {"here/s", "here/t", "there/s", "there/t"}),
        ({"names": ("s",)}, {"here/s"}),
        ({"selectors": (THERE,)}, {"there/s", "there/t"}),
        ({"selectors": (ONE_THERE,)}, {"there/s"}),
        ({"names": ("t",), "selectors": (ONE_THERE,)}, {"here/t", "there/s"}),
    ],
)
def test_which_sensors_are_watched(watched, accepted):
    """By default those of its own code location."""
    found = {
        f"{location}/{name}"
        for location in ("here", "there")
        for name in ("s", "t")
        if accepts(failed(name, location), **watched)
    }
    assert found == accepted


def test_other_kinds_of_events_are_not_its():
    """Runs do not concern it, and of sensors only what its rules name."""
    assert not RULES.accept(replace(failed(), kind="PIPELINE_FAILURE"), "here")
    assert not replace(RULES, kinds=(SENSOR_FAILURE,)).accept(late(), "here")


@pytest.mark.parametrize(("failures", "accepted"), [(1, False), (2, False), (3, True), (4, False)])
def test_it_is_called_when_the_count_is_reached(failures, accepted):
    """Once, and not for each further failure."""
    assert accepts(failed(failures=failures), failures_in_a_row=3) is accepted


@pytest.mark.parametrize(("timeouts", "accepted"), [(0, False), (1, True), (2, False)])
def test_it_may_count_timeouts_alone(timeouts, accepted):
    """Whatever failed in another way before."""
    assert accepts(failed(failures=5, timeouts=timeouts), timeouts_only=True) is accepted


@pytest.mark.parametrize(("intervals", "accepted"), [(2, False), (3, True), (4, False)])
def test_lateness_is_told_for_each_number_of_intervals(intervals, accepted):
    """The others' numbers are not its."""
    assert accepts(late(intervals=intervals), late_intervals=3) is accepted


def test_it_never_watches_itself():
    """Not even if it names itself."""
    assert not accepts(failed("own"), names=("own",))
    assert accepts(failed("own", "there"), everywhere=True)


class TestFailuresOfSensorsAboutSensors:
    def test_are_seen_by_those_that_name_them(self):
        """In their own code location or another's."""
        assert accepts(failed("w", through="here/w"), names=("w",))
        named = (SensorSelector("there", "w"),)
        assert accepts(failed("w", "there", through="there/w"), selectors=named)

    @pytest.mark.parametrize(
        "watched", [{}, {"everywhere": True}, {"selectors": (SensorSelector("here"),)}]
    )
    def test_are_not_seen_by_others(self, watched):
        """When the service that all report to is away, each would hear of each."""
        assert not accepts(failed("w", through="here/w"), **watched)

    def test_that_its_own_call_led_to_are_not_its(self):
        """Two that name each other do not go on for ever."""
        assert not accepts(failed("w", through="here/w,here/own"), names=("w",))
        assert accepts(failed("w", through="here/w,here/owner"), names=("w",))


@pytest.mark.parametrize(
    ("watched", "sources"),
    [
        ({}, {"here"}),
        ({"everywhere": True}, {"here", "there"}),
        ({"names": ("s",)}, {"here"}),
        ({"selectors": (THERE,)}, {"there"}),
        ({"names": ("s",), "selectors": (THERE,)}, {"here", "there"}),
    ],
)
def test_whose_events_are_read(watched, sources):
    """Only of the code locations whose sensors may be watched."""
    rules = replace(RULES, sensors=WatchedSensors("own", **watched))
    assert rules.sources("here", ["here", "there"]) == sources


def test_a_selector_takes_texts():
    """A sensor itself is named in monitored_sensors."""
    with pytest.raises(ParameterCheckError, match='"sensor_name" is not a str'):
        SensorSelector("there", sensor_name=1)
