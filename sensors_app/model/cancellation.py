"""How a run that is under way is brought to its end from outside."""

from collections.abc import Mapping
from enum import StrEnum

from sensors_app.model.runs import MAX_RUNTIME_TAG


class RunWish(StrEnum):
    """What is to become of a run, as its holder is told with each word it gives of it."""

    OK = "ok"
    """It goes on."""

    CANCEL = "cancel"
    """Somebody asked to have it ended."""

    OVERDUE = "overdue"
    """It takes longer than its tag ``dagster/max_runtime`` allows."""

    LOST = "lost"
    """It is not this holder's (any more)."""

    @property
    def is_interruption(self) -> bool:
        """Whether the holder is to end the run itself."""
        return self in (RunWish.CANCEL, RunWish.OVERDUE)


class CancelVerdict(StrEnum):
    """What came of a request to cancel a run."""

    CANCELED = "canceled"
    """Nobody had taken it up: it has ended."""

    CANCELING = "canceling"
    """Its worker is told, and ends it."""

    ASKED_BEFORE = "asked before"
    """It is being canceled already."""

    ENDED = "ended"
    """It had ended."""

    FOREIGN = "foreign"
    """It is another system's, which alone can end it."""

    UNKNOWN = "unknown"
    """There is no such run, or it is not kept any more."""


def overdue_message(tags: Mapping[str, str]) -> str:
    """Return why a run failed that took longer than its tags allow.

    Args:
        tags: The run's tags, with a limit that can be read: else it would not be overdue.
    """
    return f"Exceeded maximum runtime of {float(tags[MAX_RUNTIME_TAG]):g} seconds."
