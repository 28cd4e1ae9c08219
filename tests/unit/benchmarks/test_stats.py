"""The numbers of the benchmarks, and how they are shown."""

import pytest

from benchmarks.stats import Repeated, duration, percentile


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


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 ms"), (0.0154, "15 ms"), (-0.003, "-3 ms"), (1, "1.00 s"), (30.054, "30.05 s")],
)
def test_a_duration_is_in_the_unit_that_reads_well(seconds, text):
    """Milliseconds below a second."""
    assert duration(seconds) == text
