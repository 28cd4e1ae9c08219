"""Ticks that request so many runs that no one step may create them all.

Three steps, of which only the middle one decides: what is requested is put by in parts
(``stage_requests``), the tick is committed (``commit_staged``), and from then on the runs are
created part by part (``unfold_requests``), by whoever committed it or, if that died, by any beat.
The sensor is not evaluated meanwhile, so nobody else uses its run keys.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sensors_app.model.ticks import Claim, RunToCreate, TickResult
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.commits import (
    Commit,
    commit_from_reply,
    dropped_data,
    request_arguments,
    result_data,
    timing_arguments,
)
from sensors_app.storage.scripts import Call

STAGE_ABOVE = 200
"""A tick that requests more is committed in these steps. To create a run holds the server for some
50 µs, so this is what one step may take."""

PART_REQUESTS = 100
PART_CHARS = 200_000
"""A part ends with so many requests, or when their texts are so long."""

PARTS_A_TRIP = 10
"""How many parts are put by in one round trip."""

STAGE_LIFE_MS = 600_000
"""For how long what is put by is kept, as long as its tick is not committed."""

TAKE_OVER_MS = 2000
"""After how long without a step others go on with a tick."""


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
        number = 0
        for trip in _trips(_parts(runs)):
            calls = []
            for part in trip:
                number += 1
                calls.append(self._stage_call(location, claim, holder, number, part))
            if not all(self._context.run_all(calls)):
                return None
        return number

    def _stage_call(
        self, location: str, claim: Claim, holder: str, number: int, part: Sequence[str]
    ) -> Call:
        keys = self._context.keys(location)
        return Call(
            "stage_requests",
            [keys.sensor(claim.sensor), keys.staged(claim.sensor)],
            [claim.token, holder, number, codec.dumps(part), STAGE_LIFE_MS],
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
        with self._context.reading() as pipe:
            pipe.time()
            pipe.zrange(keys.unfolding, 0, -1, withscores=True)
            (seconds, micros), found = pipe.execute()
            now = seconds * 1000 + micros // 1000 if now_ms is None else now_ms
            names = [name for name, at in found if at <= now]
            for name in names:
                pipe.hget(keys.sensor(name), "token")
            tokens = pipe.execute()
        return [(name, int(token)) for name, token in zip(names, tokens, strict=True)]


def _parts(runs: Iterable[RunToCreate]) -> Iterator[list[str]]:
    """Write requests as the scripts take them, in parts of a bearable size."""
    part: list[str] = []
    chars = 0
    for run in runs:
        texts = request_arguments([run])
        part += texts
        chars += sum(map(len, texts))
        if len(part) >= PART_REQUESTS * len(texts) or chars >= PART_CHARS:
            yield part
            part, chars = [], 0
    if part:
        yield part


def _trips(parts: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    trip: list[list[str]] = []
    for part in parts:
        trip.append(part)
        if len(trip) == PARTS_A_TRIP:
            yield trip
            trip = []
    if trip:
        yield trip
