"""Joins: which events belong together, and within which time."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sensors_app.model.events import StreamedEvent
from sensors_app.model.runs import PARTITION_TAG

HEARD = "heard"
"""In place of a side: an event of a sensor that waits for there to be none."""


class JoinOutcome(Enum):
    """What a join sensor is called for."""

    COMPLETE = "COMPLETE"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class JoinRules:
    """Which events a join waits for.

    Args:
        sides: What each group needs one event of: jobs, as ``location/job``, or ``/job`` for one of
            the sensor's own code location.
        by: The tag of runs by which events belong together; ``""``: any that come.
        within: Within which time, ms.
        outcome: ``COMPLETE`` or ``MISSING``: which groups the sensor is called for.
    """

    sides: tuple[str, ...]
    by: str
    within: int
    outcome: str = JoinOutcome.COMPLETE.value

    def side_of(self, event: StreamedEvent, home: str) -> str:
        """Return the side that an event is of, which the sensor of ``home`` accepts."""
        job = event.job_name or ""
        own = side(None, job)
        if event.location == home and own in self.sides:
            return own
        return side(event.location, job)

    def value_of(self, tags: Mapping[str, str]) -> str | None:
        """Return the correlation value of a run with these tags; None: it goes with no other."""
        return tags.get(self.by) if self.by else ""


def side(location: str | None, job_name: str) -> str:
    """Return a side's name.

    Args:
        location: The job's code location; None for the sensor's own.
        job_name: The job.
    """
    return f"{location or ''}/{job_name}"


def tag_of(by: str | None) -> str:
    """Return the tag that ``by`` stands for; ``""`` if events belong together as they come."""
    return PARTITION_TAG if by == "partition" else by or ""
