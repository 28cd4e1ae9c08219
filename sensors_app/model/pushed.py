"""Events that others push to a sensor, beside what it finds itself."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PushedEvent:
    """One event that was pushed to a sensor.

    Args:
        id: Its identity, in the order in which events came; the same if a tick sees it again.
        received_at: When it came, in seconds since the epoch.
        payload: What the sender sent, read from JSON.
    """

    id: str
    received_at: float
    payload: Any
