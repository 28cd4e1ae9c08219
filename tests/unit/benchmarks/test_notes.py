"""What sensors note of their starts, and the intervals read from that."""

import os

from benchmarks.notes import Notebook, have_started, intervals, intervals_by_part, read_notes


def test_what_processes_note_is_read_in_order(tmp_path):
    """A child writes to the file that its parent has opened."""
    notebook = Notebook(tmp_path)
    notebook.note(1)
    child = os.fork()
    if not child:
        notebook.note(2)
        os._exit(0)
    os.waitpid(child, 0)
    notebook.note(1)
    notes = read_notes(tmp_path)
    assert [number for number, _ in notes] == [1, 2, 1]
    assert [at for _, at in notes] == sorted(at for _, at in notes)


def test_all_have_started_once_each_has(tmp_path):
    """One that has started twice does not stand for another."""
    notebook = Notebook(tmp_path)
    for number in (0, 0):
        notebook.note(number)
    assert not have_started(tmp_path, 2)
    notebook.note(1)
    assert have_started(tmp_path, 2)


def test_without_notes_there_is_nothing_to_read(tmp_path):
    """The worker may not have started yet."""
    assert read_notes(tmp_path) == []


def test_an_interval_is_from_start_to_start():
    """Each sensor's by itself, in whatever order they start."""
    notes = [(1, 0.0), (2, 1.0), (1, 10.0), (2, 11.5)]
    assert intervals(notes, [1, 2], since=0, until=12, asked=10) == [10.0, 10.5]


def test_what_started_before_the_window_counts_as_the_start_before_alone():
    """The start of the window falls within an interval, and so does its end."""
    notes = [(1, 0.0), (1, 10.0), (1, 20.0), (1, 30.0)]
    assert intervals(notes, [1], since=15, until=25, asked=10) == [10.0]


def test_a_sensor_that_waits_too_long_counts_with_its_wait_so_far():
    """One that is never evaluated is the worst of all, not absent."""
    assert intervals([(1, 0.0)], [1, 2], since=5, until=40, asked=10) == [40.0, 35.0]


def test_others_do_not_count():
    """Slow sensors note their starts in the same file."""
    assert intervals([(7, 0.0), (7, 50.0)], [1], since=0, until=5, asked=10) == []


def test_a_watch_is_looked_at_in_three_parts():
    """Each has the intervals that end in it."""
    notes = [(1, float(at)) for at in (0, 1, 2, 4, 6, 9)]
    assert intervals_by_part(notes, [1], since=0, until=9, asked=10) == [[1, 1], [2], [2]]
