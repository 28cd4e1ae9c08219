"""What a sensor is called for, in words."""

from sensors_app.model.joins import JoinOutcome, JoinRules
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.selectors import CodeLocationSelector, JobSelector, MonitoredRuns
from sensors_app.model.watched_sensors import SENSOR_FAILURE, SensorSelector, WatchedSensors
from sensors_app.web.watched import SHOWN_NAMES, facts_of
from tests.support.reacting import FAILURE, SUCCESS


def facts(**rules) -> dict[str, str]:
    return dict(facts_of(ReactionRules(**{"kinds": (SUCCESS,), **rules}), "shop"))


def test_the_statuses_are_in_the_order_of_a_runs_life():
    """As people call them."""
    found = facts(kinds=(FAILURE, SUCCESS))
    assert found["Statuses"] == "SUCCESS, FAILURE"


def test_which_jobs_are_monitored():
    """All, all of its own location, or those that are named, with their locations."""
    other = (CodeLocationSelector("billing"), JobSelector("stock", job_name="count"))
    assert facts(runs=MonitoredRuns(everywhere=True))["Monitors"] == (
        "all jobs of all code locations"
    )
    assert facts()["Monitors"] == "all jobs of shop"
    assert facts(runs=MonitoredRuns(job_names=("load",), selectors=other))["Monitors"] == (
        "shop/load, all jobs of billing, stock/count"
    )


def test_of_many_jobs_some_are_named():
    """A line has an end."""
    names = tuple(f"job_{n}" for n in range(SHOWN_NAMES + 5))
    assert facts(runs=MonitoredRuns(job_names=names))["Monitors"].endswith("and 5 more")


def test_how_it_is_called():
    """For how many events, and after which pauses again."""
    found = facts(batch_size=20, retry_delays_ms=(1000, 90_000))
    assert found["Events a call"] == "up to 20"
    assert found["Retries after"] == "1 s, 1 min 30 s"
    assert "dead letter at once" in facts()["Retries after"]


def test_a_join_says_what_it_waits_for():
    """Its sides, what holds them together, and when it is called."""
    join = JoinRules(("/load", "billing/close"), "day", 3_600_000, JoinOutcome.MISSING.value)
    found = facts(join=join)
    assert found["Joins"] == "shop/load, billing/close"
    assert found["by"] == "tag day"
    assert found["within"] == "1 h"
    assert found["Called when"] == "one is missing"


def test_an_absence_says_how_long():
    """Without any event."""
    assert facts(absent_after_ms=7_200_000)["Called after"] == "2 h without any"


def test_sensors_about_sensors_say_which_ones():
    """And how many failures it takes."""
    watched = WatchedSensors(
        "own",
        names=("a",),
        selectors=(SensorSelector("billing"), SensorSelector("stock", "b")),
        failures_in_a_row=3,
        timeouts_only=True,
        late_intervals=5,
    )
    found = facts(kinds=(SENSOR_FAILURE,), sensors=watched)
    assert found["Monitors"] == "shop/a, all sensors of billing, stock/b"
    assert found["Called at"] == "3 time-outs in a row"
    assert found["or without a tick for"] == "5 intervals"
    everything = facts(kinds=(SENSOR_FAILURE,), sensors=WatchedSensors("own", everywhere=True))
    assert everything["Monitors"] == "all sensors of all code locations"
