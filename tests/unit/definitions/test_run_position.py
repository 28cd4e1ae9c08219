"""The cursor of a run-status sensor, in process."""

from hypothesis import given
from hypothesis import strategies as st

from sensors_app import DagsterEvent, DagsterRun
from sensors_app.definitions.run_position import Position, RunEvent
from sensors_app.model.events import EventLogEntry


def event(timestamp, run_id):
    happened = DagsterEvent("PIPELINE_SUCCESS", "j")
    entry = EventLogEntry(run_id, "j", timestamp, "", dagster_event=happened)
    return RunEvent(DagsterRun("j", run_id), entry, happened)


def test_events_of_the_same_moment_are_each_read_once():
    """However they are ordered: a millisecond is long."""
    position = Position().after(event(1.0, "b"))
    assert not position.is_before(event(1.0, "b"))
    assert position.is_before(event(1.0, "a"))
    position = position.after(event(1.0, "a"))
    assert not position.is_before(event(1.0, "a"))
    assert not position.is_before(event(0.5, "c"))


@given(st.lists(st.tuples(st.integers(0, 3), st.uuids()), max_size=8, unique_by=lambda e: e[1]))
def test_a_cursor_survives_being_written(pairs):
    """What is read back knows the same events."""
    position = Position()
    for timestamp, run_id in sorted(pairs):
        position = position.after(event(float(timestamp), str(run_id)))
    assert Position.from_text(position.to_text()) == position


def test_what_cannot_be_read_is_no_position():
    """The sensor then begins anew."""
    for text in (None, "", "garbage", "3", "[]", "{}", '{"timestamp": "x", "run_ids": []}'):
        assert Position.from_text(text) is None
