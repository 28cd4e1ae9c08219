"""How a worker calls a sensor about sensors: with what the event says, and whatever comes of it."""

from contextlib import nullcontext
from typing import Any, cast

from sensors_app import DagsterInstance, SkipReason, sensor_failure_sensor
from sensors_app.engine.calling import Surroundings, TimeLimit
from sensors_app.engine.react import react
from sensors_app.model.events import DagsterEvent, EventSpecificData, StreamedEvent
from sensors_app.model.reactions import ReactionStart
from sensors_app.model.ticks import TickFailure, TickResult
from sensors_app.model.watched_sensors import SENSOR_FAILURE, SENSOR_LATE
from tests.support.site import BOOM

FAILED = StreamedEvent(
    "there",
    "1-0",
    SENSOR_FAILURE,
    1,
    {"sensor": "s", "failures": "1", "timeouts": "0", "tick": "17", "message": "boom"},
)
LATE = StreamedEvent("there", "2-0", SENSOR_LATE, 1, {"sensor": "s", "intervals": "3"})


class Limit(nullcontext):
    """A time limit that does not strike."""

    expired = False


class Runs:
    """A store that knows what events say, and no run."""

    def run(self, location, run_id):
        raise AssertionError("the event is about no run")

    def event_of(self, event):
        data = EventSpecificData(error=BOOM) if event is FAILED else None
        return DagsterEvent(event.kind, "", None, "boom", data)


def outcome(function, *events):
    """Call a sensor of this function for events."""
    surroundings = Surroundings({}, instance=DagsterInstance.ephemeral())
    return react(
        sensor_failure_sensor("watcher")(function),
        ReactionStart("1", "watcher", 1, events),
        "here",
        surroundings,
        cast("Any", Runs()),
        time_limit=cast("TimeLimit", Limit()),
        loop_max=5,
    )


def test_the_function_learns_what_the_event_says():
    """The sensor, its tick and its error; the log is kept with the call."""

    def watcher(context):
        context.log.info(f"{context.failed_sensor} {context.tick_id} {context.error.cls_name}")

    result = outcome(watcher, FAILED).result
    assert isinstance(result, TickResult)
    assert [line.message for line in result.logs] == ["there/s 17 ValueError"]


def test_a_function_that_returns_nothing_has_acted():
    """An alert was sent: that is no skip. No run has anything of it in its log."""
    done = outcome(lambda context: None, LATE)
    assert (done.result.acted, done.result.skip_reason, list(done.notes)) == (True, None, [])


def test_it_may_skip():
    """For a reason that is kept."""
    done = outcome(lambda context: SkipReason(context.message), LATE)
    assert not done.result.acted
    assert done.result.skip_reason == "Sensor there/s has had no tick for 3 of its intervals."


def test_what_it_raises_fails_the_call():
    """And it is tried again."""
    done = outcome(lambda context: 1 / 0, FAILED)
    assert isinstance(done.result, TickFailure)
    assert (done.result.error.cls_name, done.final) == ("ZeroDivisionError", False)
