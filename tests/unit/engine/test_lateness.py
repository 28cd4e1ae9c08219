"""For how many intervals without a tick sensors are late is what their watchers ask for."""

from sensors_app.engine.lateness import late_intervals
from sensors_app.model.reactions import LocationRules, ReactionRules
from sensors_app.model.watched_sensors import SENSOR_LATE, SensorSelector, WatchedSensors


def watcher(name, late, **watched):
    return ReactionRules(
        (SENSOR_LATE,), sensors=WatchedSensors(name, late_intervals=late, **watched)
    )


def rules(**sensors):
    return LocationRules("1", sensors)


def test_each_number_once_in_order():
    """Whoever asks for it."""
    here = rules(a=watcher("a", 5), b=watcher("b", 3), c=watcher("c", 5), d=watcher("d", None))
    everywhere = rules(w=watcher("w", 4, everywhere=True))
    assert late_intervals({"here": here, "there": everywhere}, ["here", "there"]) == {
        "here": [3, 4, 5],
        "there": [4],
    }


def test_a_code_location_that_is_not_there():
    """It is looked at when it registers."""
    selected = rules(a=watcher("a", 3, selectors=(SensorSelector("new"),)))
    assert late_intervals({"here": selected}, ["here"]) == {}
    assert late_intervals({"here": selected}, ["here", "new"]) == {"new": [3]}


def test_who_watches_runs_asks_for_nothing():
    """Nor does one that is told of failures alone."""
    assert late_intervals({"here": rules(r=ReactionRules(("PIPELINE_SUCCESS",)))}, ["here"]) == {}
