"""Numbers, and how a table shows them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least ``percent`` of all values do not exceed.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("a percentile of nothing")
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(rank, 1) - 1]


@dataclass(frozen=True, slots=True)
class Repeated:
    """What measuring the same thing several times gave.

    Args:
        values: Each time's result.
    """

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The result to go by."""
        return median(self.values)

    def text(self, unit: str = "", digits: int = 0) -> str:
        """Write the median, and the extremes if there are any."""
        middle = number(self.median, digits)
        if len(self.values) > 1:
            low, high = number(min(self.values), digits), number(max(self.values), digits)
            middle += f" ({low} to {high})"
        return f"{middle} {unit}".rstrip()


def number(value: float, digits: int = 0) -> str:
    """Write a number for people."""
    return f"{value:,.{digits}f}"


def duration(seconds: float) -> str:
    """Write a duration for people: milliseconds below a second."""
    if abs(seconds) < 1:
        return f"{seconds * 1000:,.0f} ms"
    return f"{seconds:,.2f} s"
