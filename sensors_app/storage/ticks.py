"""The life of a tick: claimed, begun, committed or failed, and kept."""

from collections.abc import Iterable, Iterator, Sequence

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.ticks import Claim, TickFailure, TickResult, TickStart
from sensors_app.storage import codec
from sensors_app.storage.base import given
from sensors_app.storage.claims import ClaimStore
from sensors_app.storage.commits import (
    Commit,
    commit_from_reply,
    failure_arguments,
    result_arguments,
)
from sensors_app.storage.inbox import SEEN_BYTES, SEEN_EVENTS, tick_start
from sensors_app.storage.large_ticks import LargeTickStore
from sensors_app.storage.scripts import Argument
from sensors_app.storage.sensor_events import told_of
from sensors_app.storage.staging import most_in_a_step

EXPIRED_PART = 250
"""Ticks ended in one step when a worker is dead: it holds the server for some ten milliseconds."""

Outcome = tuple[Claim, TickResult | TickFailure]


class TickStore(ClaimStore):
    """Intents around ticks. ``now_ms`` is for tests; without it, the server's clock."""

    def expire_claims(
        self,
        location: str,
        error: SerializableErrorInfo,
        dead_workers: Sequence[str] = (),
        *,
        now_ms: int | None = None,
    ) -> list[tuple[str, str]]:
        """Fail the ticks under way whose time is over or whose worker is dead.

        Returns:
            Sensor and holder of each.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        expired: list[tuple[str, str]] = []
        ended = EXPIRED_PART
        while ended == EXPIRED_PART:
            ended, *flat = self._context.run(
                "expire_claims",
                [
                    keys.due,
                    keys.claimed,
                    keys.running,
                    keys.sensor(),
                    keys.ticks(),
                    keys.events,
                    keys.tally,
                ],
                [
                    given(now_ms),
                    limits.tick_max_count,
                    limits.tick_max_age_ms,
                    codec.tick_data(error=error),
                    told_of(error),
                    limits.backoff_after,
                    limits.backoff_max_ms,
                    EXPIRED_PART,
                    *dead_workers,
                ],
            )
            expired += zip(flat[::2], flat[1::2], strict=True)
        return expired

    # ---- running it

    def begin_ticks(
        self, location: str, claims: Sequence[Claim], holder: str, *, now_ms: int | None = None
    ) -> list[TickStart | None]:
        """Begin the ticks of one message's claims; None for each that is not current any more."""
        keys = self._context.keys(location)
        args: list[Argument] = [
            given(now_ms),
            holder,
            self._context.limits.tick_grace_ms,
            SEEN_EVENTS,
            SEEN_BYTES,
            int(len(claims) > 1),
        ]
        for claim in claims:
            args += (claim.sensor, claim.token)
        replies = self._context.run(
            "begin_ticks", [keys.claimed, keys.running, keys.sensor(), keys.inbox()], args
        )
        return [_tick_start(c, reply) for c, reply in zip(claims, replies, strict=True)]

    def finish_ticks(
        self,
        location: str,
        outcomes: Sequence[Outcome],
        holder: str,
        *,
        now_ms: int | None = None,
    ) -> list[Commit]:
        """Commit or fail ticks, each by itself; all that a step may take in one step.

        Those that request very much come last: they take a while, and hold up nobody so.
        """
        most, commits = self._most_in_a_step(), dict[int, Commit]()
        places = sorted(range(len(outcomes)), key=lambda i: _requests_of(outcomes[i]) > most)
        for part in _parts([(_requests_of(outcomes[i]), i) for i in places], most):
            ticks = [outcomes[i] for i in part]
            if _requests_of(ticks[0]) > most:
                done = [self._commit_large(location, ticks[0], holder, now_ms)]
            else:
                done = self._finish(location, ticks, holder, now_ms, lost=False)
            commits.update(zip(part, done, strict=True))
        return [commits[i] for i in range(len(outcomes))]

    def _most_in_a_step(self) -> int:
        """How many runs one step may create, and no more than are allowed whatever is usual."""
        limits = self._context.limits
        most = most_in_a_step(limits)
        return min(most, limits.unusual_floor) if limits.unusual_factor else most

    def _commit_large(
        self, location: str, tick: Outcome, holder: str, now_ms: int | None
    ) -> Commit:
        claim, result = tick
        assert isinstance(result, TickResult)
        return LargeTickStore(self._context).commit(location, claim, result, holder, now_ms=now_ms)

    def lose_ticks(
        self,
        location: str,
        claims: Sequence[Claim],
        holder: str,
        died: TickFailure,
        *,
        now_ms: int | None = None,
    ) -> None:
        """End the ticks of one message whose process is gone.

        A tick that was alone has failed. One that was in company is claimed again, to be alone
        then: another one may be to blame.
        """
        outcomes = [(claim, died) for claim in claims]
        self._finish(location, outcomes, holder, now_ms, lost=True)

    def return_ticks(
        self,
        location: str,
        claims: Sequence[Claim],
        holder: str,
        current: Claim | None = None,
    ) -> int:
        """Give back claims that were begun and whose evaluation was not; return how many.

        Args:
            location: The code location.
            claims: They are due again at once.
            holder: Whose they are.
            current: The one that goes on, alone from now on.
        """
        keys = self._context.keys(location)
        args: list[Argument] = [holder]
        args += ("", "") if current is None else (current.sensor, current.token)
        for claim in claims:
            args += (claim.sensor, claim.token)
        returned: int = self._context.run(
            "return_ticks", [keys.due, keys.running, keys.sensor()], args
        )
        return returned

    def _finish(
        self,
        location: str,
        outcomes: Sequence[Outcome],
        holder: str,
        now_ms: int | None,
        *,
        lost: bool,
    ) -> list[Commit]:
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        args: list[Argument] = [
            given(now_ms),
            holder,
            limits.tick_max_count,
            limits.tick_max_age_ms,
            limits.tick_max_listed,
            limits.quick_ms,
            int(lost and len(outcomes) > 1),
            limits.backoff_after,
            limits.backoff_max_ms,
        ]
        for claim, outcome in outcomes:
            if isinstance(outcome, TickResult):
                args += result_arguments(claim, outcome, limits.tick_max_listed)
            else:
                args += failure_arguments(claim, outcome, "lost" if lost else "fail")
        replies = self._context.run(
            "finish_ticks",
            [
                keys.due,
                keys.claimed,
                keys.running,
                keys.sensor(),
                keys.ticks(),
                *keys.requested_runs(),
                keys.inbox(),
                keys.tally,
            ],
            args,
        )
        return [
            self._commit_large(location, tick, holder, now_ms)
            if reply[0] == "large"
            else commit_from_reply(reply)
            for tick, reply in zip(outcomes, replies, strict=True)
        ]


def _requests_of(tick: Outcome) -> int:
    """Return how many runs a tick asks for."""
    _, outcome = tick
    return len(outcome.runs) if isinstance(outcome, TickResult) else 0


def _parts(sizes: Iterable[tuple[int, int]], most: int) -> Iterator[list[int]]:
    """Divide things by their sizes: no part, but of one thing, is larger than so much."""
    part: list[int] = []
    total = 0
    for size, each in sizes:
        if part and total + size > most:
            yield part
            part, total = [], 0
        part.append(each)
        total += size
    if part:
        yield part


def _tick_start(claim: Claim, reply: Sequence[str]) -> TickStart | None:
    verdict, *state = reply
    return tick_start(claim, state) if verdict == "ok" else None
