"""Intervals and lags, from the histories of sensors."""

from benchmarks.rows.fleet import intervals_and_lags


def test_an_interval_is_from_start_to_start_and_the_lag_from_due_to_start():
    """A sensor is due its interval after its last tick ended."""
    intervals, lags = intervals_and_lags([[(0, 200), (10_300, 10_400)]], 10.0, since_ms=0)
    assert (intervals, [round(lag, 6) for lag in lags]) == ([10.3], [0.1])


def test_what_started_before_the_window_counts_as_the_tick_before_alone():
    """The start of the window falls within an interval."""
    history = [(0, 0), (10_000, 10_000), (20_000, 20_000)]
    assert intervals_and_lags([history], 10.0, since_ms=15_000) == ([10.0], [0.0])


def test_a_sensor_with_one_tick_has_no_interval():
    """There is nothing to compare it with."""
    assert intervals_and_lags([[(0, 0)], []], 10.0, since_ms=0) == ([], [])
