"""Sensors, as all parts of the system know them."""

from enum import Enum


class DefaultSensorStatus(Enum):
    """Whether a sensor runs while no operator has started or stopped it."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
