"""What a row of the table says, and the rows there are."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.

    Args:
        what: What was measured.
        ours: What it came to.
        beside: The peer or the limit, measured in the same run.
        verdict: How they compare.
    """

    what: str
    ours: str
    beside: str = ""
    verdict: str = ""


Row = Callable[[bool], list[Line]]
"""Measures; told whether to be quick."""
