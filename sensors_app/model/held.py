"""Ticks that requested so much that somebody is asked before anything is launched."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeldTick:
    """A tick that is held. Times in ms since the epoch.

    Args:
        tick_id: Its identity, within its sensor.
        at: Since when.
        requests: How many runs it asks for.
        most: How many its sensor may ask for in one tick, if it asks for more than that.
        usual: How many are usual for its sensor, if it asks for far more than that.
    """

    tick_id: str
    at: int
    requests: int
    most: int | None = None
    usual: int | None = None

    @property
    def reason(self) -> str:
        """Why it is held."""
        asks = f"It asks for {self.requests:,} runs at once"
        if self.most is not None:
            return f"{asks}; max_requests_per_tick is {self.most:,}."
        return f"{asks}, and {self.usual or 0:,} at most are usual for it."


def given_up_reason(requests: int, who: str, why: str) -> str:
    """Return what a tick says whose requests were given up."""
    return f"{requests:,} requests were given up by {who}" + (f": {why}" if why else ".")
