"""Claims: the right to run one tick of a sensor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sensors_app.model.ticks import Claim
from sensors_app.storage.base import given
from sensors_app.storage.scripts import Call
from sensors_app.storage.tick_reads import TickReads


@dataclass(frozen=True, slots=True)
class DueClaims:
    """What a call of ``claim_due`` took.

    Args:
        now: The store's clock, ms.
        next_due: When the next sensor is due, ms; None if none is.
        claims: The claims taken.
        shortest_ms: The shortest interval of their sensors; None without claims.
    """

    now: int
    next_due: int | None
    claims: Sequence[Claim]
    shortest_ms: int | None = None


class ClaimStore(TickReads):
    """Intents around claims. ``now_ms`` is for tests; without it, the server's clock."""

    def claim_due(
        self,
        location: str,
        *,
        limit: int,
        window: int,
        slow_window: int | None = None,
        now_ms: int | None = None,
    ) -> DueClaims:
        """Claim due sensors, and hand out again claims whose message must be taken for lost.

        Args:
            location: The code location.
            limit: How many at most, of each lane.
            window: How many claims of quick sensors may be waiting to be begun, with these; 0 takes
                none.
            slow_window: The same for all other sensors; None for as many.
            now_ms: The time to go by.
        """
        windows = (window, window if slow_window is None else slow_window)
        return self.claim_due_of({location: windows}, limit=limit, now_ms=now_ms)[location]

    def claim_due_of(
        self, windows: Mapping[str, tuple[int, int]], *, limit: int, now_ms: int | None = None
    ) -> dict[str, DueClaims]:
        """Do so in several code locations, in one round trip.

        Args:
            windows: How many claims of quick sensors, and of all others, may wait in each.
            limit: How many are taken of each lane of each, at most.
            now_ms: The time to go by.
        """
        resend_ms, calls = self._context.limits.claim_resend_ms, []
        for location, (quick, slow) in windows.items():
            keys = self._context.keys(location)
            lanes = ((keys.due, keys.claimed, quick), (keys.due_slow, keys.claimed_slow, slow))
            calls += [
                Call(
                    "claim_due",
                    [due, claimed, keys.sensor()],
                    [given(now_ms), limit, room, resend_ms],
                )
                for due, claimed, room in lanes
            ]
        replies = self._context.run_all(calls)
        return {
            location: _due_claims(quick, slow)
            for location, quick, slow in zip(windows, replies[::2], replies[1::2], strict=True)
        }

    def claim_sensor(
        self, location: str, sensor: str, *, now_ms: int | None = None
    ) -> Claim | None:
        """Claim one sensor out of turn. None if it is unknown, or busy: then a tick will follow."""
        keys, limits = self._context.keys(location), self._context.limits
        verdict, *claim = self._context.run(
            "claim_sensor",
            [keys.due, keys.claimed, keys.sensor(sensor)],
            [given(now_ms), sensor, limits.claim_resend_ms],
        )
        return Claim(sensor, int(claim[0]), int(claim[1]) / 1000) if verdict == "ok" else None


def _due_claims(quick: Sequence[Any], slow: Sequence[Any]) -> DueClaims:
    claims = []
    for is_quick, (_, _, _, *flat) in ((True, quick), (False, slow)):
        for name, token, timeout, took in zip(*[iter(flat)] * 4, strict=True):
            claims.append(Claim(name, int(token), int(timeout) / 1000, is_quick, float(took or 0)))
    next_due = [due for _, due, *_ in (quick, slow) if due >= 0]
    shortest = [ms for _, _, ms, *_ in (quick, slow) if ms >= 0]
    return DueClaims(quick[0], min(next_due, default=None), claims, min(shortest, default=None))
