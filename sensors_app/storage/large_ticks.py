"""Ticks that request so many runs that no one step may create them all.

Three steps, of which only the middle one decides: what is requested is put by in parts
(``stage_requests``), the tick is committed (``commit_staged``), and from then on the runs are
created part by part (``unfold_requests``), by whoever committed it or, if that died, by any beat.
The sensor is not evaluated meanwhile, so nobody else uses its run keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sensors_app.model.ticks import Claim, RunToCreate, TickResult
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.commits import (
    Commit,
    commit_from_reply,
    dropped_data,
    result_data,
    timing_arguments,
)
from sensors_app.storage.scripts import Call
from sensors_app.storage.staging import STAGE_LIFE_MS, TAKE_OVER_MS, left_since, put_by


@dataclass(frozen=True, slots=True)
class Unfolded:
    """How far a large tick is.

    Args:
        over: Whether nothing is left to do.
        created: How many runs it has made.
        commit: What its commit answers, once it is over.
    """

    over: bool
    created: int
    commit: Commit


class LargeTickStore:
    """Intents around large ticks. ``now_ms`` is for tests; without it, the server's clock."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def commit(
        self,
        location: str,
        claim: Claim,
        result: TickResult,
        holder: str,
        *,
        now_ms: int | None = None,
    ) -> Commit:
        """Commit a tick in its steps, and create its runs unless it is held."""
        parts = self.stage_requests(location, claim, result.runs, holder)
        if parts is None:
            # It may have been committed before, by a call whose answer was lost.
            parts = 0
        commit = self.commit_staged(location, claim, result, parts, holder, now_ms=now_ms)
        if commit is not None:
            return commit
        while True:
            step = self.unfold(location, claim.sensor, claim.token, holder, now_ms=now_ms)
            if step.over:
                return step.commit

    def stage_requests(
        self, location: str, claim: Claim, runs: Sequence[RunToCreate], holder: str
    ) -> int | None:
        """Put requests by; return in how many parts, None if the claim is not current any more."""
        keys = self._context.keys(location)
        places = [keys.sensor(claim.sensor), keys.staged(claim.sensor)]
        owner = (claim.token, holder)
        return put_by(
            self._context,
            runs,
            lambda n, part: Call("stage_requests", places, [*owner, n, part, STAGE_LIFE_MS]),
        )

    def commit_staged(
        self,
        location: str,
        claim: Claim,
        result: TickResult,
        parts: int,
        holder: str,
        *,
        now_ms: int | None = None,
    ) -> Commit | None:
        """Commit a tick whose requests are put by.

        Args:
            location: The code location.
            claim: The tick's claim.
            result: What it wants to be kept.
            parts: In how many parts its requests are put by.
            holder: Whose claim it is.
            now_ms: The time to go by.

        Returns:
            What became of it; None if it is committed, and its runs are to be created.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        sensor = claim.sensor
        reply = self._context.run(
            "commit_staged",
            [
                keys.sensor(sensor),
                keys.running,
                keys.staged(sensor),
                keys.unfolding,
                keys.held,
                keys.ticks(sensor),
            ],
            [
                given(now_ms),
                sensor,
                claim.token,
                holder,
                *timing_arguments(result.timing),
                result_data(result, limits.tick_max_listed),
                codec.wrap(result.cursor),
                len(result.dropped) + len(result.runs),
                dropped_data(result, limits.tick_max_listed),
                result.trace,
                len(result.runs),
                parts,
                limits.max_requests,
                limits.unusual_factor,
                limits.unusual_floor,
                TAKE_OVER_MS,
            ],
        )
        if reply[0] == "unfolding":
            return None
        return Commit(accepted=True, held=True) if reply[0] == "held" else commit_from_reply(reply)

    def unfold(
        self,
        location: str,
        sensor: str,
        token: int,
        holder: str = "",
        *,
        now_ms: int | None = None,
    ) -> Unfolded:
        """Create the runs of the next part of a committed tick.

        Args:
            location: The code location.
            sensor: The sensor.
            token: The tick's token.
            holder: Who committed it, to be told what it came to; others leave it out.
            now_ms: The time to go by.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        reply = self._context.run(
            "unfold_requests",
            [
                keys.sensor(sensor),
                keys.due,
                keys.claimed,
                keys.running,
                keys.ticks(sensor),
                *keys.requested_runs(sensor),
                keys.inbox(sensor),
                keys.tally,
                keys.staged(sensor),
                keys.unfolding,
            ],
            [
                given(now_ms),
                sensor,
                token,
                holder,
                limits.tick_max_count,
                limits.tick_max_age_ms,
                limits.tick_max_listed,
                limits.quick_ms,
                TAKE_OVER_MS,
            ],
        )
        if reply[0] == "more":
            return Unfolded(False, reply[1], Commit(accepted=True))
        commit = commit_from_reply(reply)
        return Unfolded(True, commit.created, commit)

    def left_behind(self, location: str, *, now_ms: int | None = None) -> list[tuple[str, int]]:
        """Return the ticks that nobody has gone on with for a while: sensor and token of each."""
        keys = self._context.keys(location)
        left = left_since(self._context, keys.unfolding, keys.sensor, "token", now_ms)
        return [(sensor, int(token)) for sensor, token in left]
