"""How pages write durations."""

import pytest

from sensors_app.web.shown import duration


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, ""),
        (0, "< 1 ms"),
        (0.25, "0.2 ms"),
        (1, "1 ms"),
        (999, "999 ms"),
        (1400, "1.40 s"),
        (125_000, "2 min 5 s"),
        (-5, "< 1 ms"),
    ],
)
def test_durations(milliseconds: float | None, text: str):
    """What takes no whole millisecond still takes time; what is not known takes no room."""
    assert duration(milliseconds) == text
