"""Sensors, as all parts of the system know them."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

RunKeyPolicy = Literal["once", "retry_failed"]
"""What a run key is good for: one run, or one more whenever that run has failed."""


class DefaultSensorStatus(Enum):
    """Whether a sensor runs while no operator has started or stopped it."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class SensorOptions:
    """What Dagster's sensors do not have: how one is paced, and how long its run keys count.

    Args:
        jitter_seconds: Each next due time is put off by a random part of this.
        max_requests_per_tick: A tick that requests more is held for somebody's yes or no; None: the
            setting counts.
        run_key_ttl_seconds: How long a run key is remembered at least; None: for ever.
        run_key_policy: Whether a key makes one run, or another one when that has failed.
    """

    jitter_seconds: float = 0.0
    max_requests_per_tick: int | None = None
    run_key_ttl_seconds: float | None = None
    run_key_policy: RunKeyPolicy = "once"
