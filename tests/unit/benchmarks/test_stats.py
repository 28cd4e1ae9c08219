"""The numbers of the benchmarks, and how they are shown."""

import pytest

from benchmarks.stats import Repeated, by_part, duration, percentile, waits


@pytest.mark.parametrize(
    ("percent", "value"), [(0, 1), (1, 1), (20, 1), (21, 2), (50, 3), (99, 5), (100, 5)]
)
def test_a_percentile_is_one_of_the_values(percent, value):
    """The smallest that so many do not exceed, in whatever order they come."""
    assert percentile([5, 3, 1, 4, 2], percent) == value


def test_nothing_has_no_percentile():
    """An empty measurement must not look like a fast one."""
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


def test_what_was_repeated_shows_its_spread():
    """The median, and the extremes."""
    assert Repeated([1200.4, 900, 1000]).text("ticks/s") == "1,000 (900 to 1,200) ticks/s"
    assert Repeated([0.712, 0.7, 0.75]).text(digits=2) == "0.71 (0.70 to 0.75)"


def test_what_was_done_once_shows_no_spread():
    """One value is no distribution."""
    assert Repeated([41.6]).text("ms") == "42 ms"


def test_durations_show_their_spread_each_in_its_own_unit():
    """A row may go from milliseconds to seconds; what has one unit says it once."""
    assert Repeated([0.9, 0.45, 1.5]).durations() == "900 ms (450 ms to 1.50 s)"
    assert Repeated([0.2, 0.3, 0.1]).durations() == "200 ms (100 to 300 ms)"
    assert Repeated([0.2]).durations() == "200 ms"


def test_a_series_has_three_parts():
    """In the order in which they came; all values belong to one, whatever their number."""
    assert by_part([5, 1, 2, 2, 9, 3, 4], 100).values == [5, 2, 9]


def test_a_series_that_is_too_short_has_no_parts():
    """A part of nothing must not look like a fast one."""
    with pytest.raises(ValueError, match="nothing"):
        by_part([1, 2], 50)


def test_waits_are_percentiles_with_their_spread():
    """The hundredth percentile is the longest."""
    text = "p50 20 ms (10 to 40 ms), max 30 ms (20 to 50 ms)"
    assert waits([0.01, 0.02, 0.02, 0.03, 0.04, 0.05], 50, 100) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 ms"), (0.0154, "15 ms"), (-0.003, "-3 ms"), (1, "1.00 s"), (30.054, "30.05 s")],
)
def test_a_duration_is_in_the_unit_that_reads_well(seconds, text):
    """Milliseconds below a second."""
    assert duration(seconds) == text
