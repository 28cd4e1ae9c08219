"""Numbers, and how a table shows them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

PARTS = 3
"""In how many parts a series is looked at."""


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

    def durations(self) -> str:
        """Write the same of seconds, in the units that read well."""
        if len(self.values) == 1:
            return duration(self.median)
        low, high = duration(min(self.values)), duration(max(self.values))
        if low.split()[1] == high.split()[1]:
            low = low.split()[0]
        return f"{duration(self.median)} ({low} to {high})"


def by_part(values: Sequence[float], percent: float) -> Repeated:
    """Return a percentile of each of the three parts of a series.

    Raises:
        ValueError: There are fewer values than parts.
    """
    ends = [len(values) * part // PARTS for part in range(PARTS + 1)]
    return Repeated([percentile(values[a:b], percent) for a, b in pairwise(ends)])


def waits(values: Sequence[float], *percents: float) -> str:
    """Write percentiles of a series of durations, in seconds; the hundredth is the longest."""
    return ", ".join(
        f"{'max' if percent == 100 else f'p{percent:g}'} {by_part(values, percent).durations()}"
        for percent in percents
    )


def number(value: float, digits: int = 0) -> str:
    """Write a number for people."""
    return f"{value:,.{digits}f}"


def duration(seconds: float) -> str:
    """Write a duration for people: milliseconds below a second."""
    if abs(seconds) < 1:
        return f"{seconds * 1000:,.0f} ms"
    return f"{seconds:,.2f} s"
