"""Times on the command line."""

import pytest

from sensors_app.cli.times import When
from sensors_app.operating.times import absolute, id_before

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90s", NOW - 90_000),
        ("30m", NOW - 1_800_000),
        ("1.5h", NOW - 5_400_000),
        ("2d", NOW - 172_800_000),
        ("2023-11-14T22:13:20Z", NOW),
        ("2023-11-14T22:13:20.123", NOW + 123),
        ("2023-11-14 23:13:20+01:00", NOW),
        ("2023-11-14", 1_699_920_000_000),
    ],
)
def test_times(text: str, ms: int):
    """A time of day in ISO 8601, in UTC without a zone, or how long ago."""
    assert absolute(When().convert(text, None, None), NOW) == ms


def test_the_id_before():
    """A replay from an event begins after the one before it, also over the end of a ms."""
    assert id_before("5-3") == "5-2"
    assert id_before("5-0") == "4-18446744073709551615"
