"""The life of a tick: claimed, begun, committed or failed, and kept."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.ticks import (
    Claim,
    DroppedRequest,
    RunToCreate,
    TickFailure,
    TickResult,
    TickStart,
    Timing,
)
from sensors_app.storage import codec
from sensors_app.storage.base import given
from sensors_app.storage.inbox import SEEN_BYTES, SEEN_EVENTS, tick_start
from sensors_app.storage.scripts import Argument, Call
from sensors_app.storage.sensor_events import told_of
from sensors_app.storage.tick_reads import TickReads

PLAIN_SKIP = codec.tick_data()

MERGED_MAX_CHARS = 1000
"""Ticks that say more are kept each by itself: what is compared is kept twice."""


@dataclass(frozen=True, slots=True)
class DueClaims:
    """What a call of ``claim_due`` took.

    Args:
        now: The store's clock, ms.
        next_due: When the next sensor is due, ms; None if none is.
        claims: The claims taken.
    """

    now: int
    next_due: int | None
    claims: Sequence[Claim]


@dataclass(frozen=True, slots=True)
class Commit:
    """What became of a commit.

    Args:
        accepted: False if the claim was no longer current: nothing was changed.
        created: How many runs the tick made.
        run_ids: The first of them.
        dropped: The first of the requests that run keys dropped.
    """

    accepted: bool
    created: int = 0
    run_ids: Sequence[str] = ()
    dropped: Sequence[DroppedRequest] = ()


class TickStore(TickReads):
    """Intents around ticks. ``now_ms`` is for tests; without it, the server's clock."""

    # ---- the right to run one

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
        keys, resend_ms = self._context.keys(location), self._context.limits.claim_resend_ms
        windows = (window, window if slow_window is None else slow_window)
        lanes = ((keys.due, keys.claimed), (keys.due_slow, keys.claimed_slow))
        replies = self._context.run_all(
            [
                Call("claim_due", [*lane, keys.sensor()], [given(now_ms), limit, room, resend_ms])
                for lane, room in zip(lanes, windows, strict=True)
            ]
        )
        return _due_claims(*replies)

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

    def expire_claims(
        self,
        location: str,
        error: SerializableErrorInfo,
        dead_workers: Iterable[str] = (),
        *,
        now_ms: int | None = None,
    ) -> list[tuple[str, str]]:
        """Fail the ticks under way whose time is over or whose worker is dead.

        Returns:
            Sensor and holder of each.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        flat = self._context.run(
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
                *dead_workers,
            ],
        )
        return list(zip(flat[::2], flat[1::2], strict=True))

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
        outcomes: Sequence[tuple[Claim, TickResult | TickFailure]],
        holder: str,
        *,
        now_ms: int | None = None,
    ) -> list[Commit]:
        """Commit or fail ticks, each by itself, in one step."""
        return self._finish(location, outcomes, holder, now_ms, lost=False)

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
        outcomes: Sequence[tuple[Claim, TickResult | TickFailure]],
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
        ]
        for claim, outcome in outcomes:
            if isinstance(outcome, TickResult):
                _add_result(args, claim, outcome, limits.tick_max_listed)
            else:
                _add_failure(args, claim, outcome, "lost" if lost else "fail")
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
        return [commit_from_reply(reply) for reply in replies]


def _due_claims(quick: Sequence[Any], slow: Sequence[Any]) -> DueClaims:
    claims = []
    for is_quick, (_, _, *flat) in ((True, quick), (False, slow)):
        for name, token, timeout, took in zip(*[iter(flat)] * 4, strict=True):
            claims.append(Claim(name, int(token), int(timeout) / 1000, is_quick, float(took or 0)))
    next_due = [due for _, due, *_ in (quick, slow) if due >= 0]
    return DueClaims(quick[0], min(next_due, default=None), claims)


def _tick_start(claim: Claim, reply: Sequence[str]) -> TickStart | None:
    verdict, *state = reply
    return tick_start(claim, state) if verdict == "ok" else None


def _add_result(args: list[Argument], claim: Claim, result: TickResult, most: int) -> None:
    data = PLAIN_SKIP
    if result.skip_reason is not None or result.runs or result.dropped or result.logs:
        requested: list[DroppedRequest | RunToCreate] = [*result.dropped, *result.runs]
        run_keys = [each.run_key for each in requested if each.run_key is not None]
        data = codec.tick_data(
            skip_reason=result.skip_reason, run_keys=run_keys[:most], logs=result.logs
        )
    listed = [[each.run_key, each.run_id] for each in result.dropped[:most]]
    args += (
        "ok",
        claim.sensor,
        claim.token,
        *_timing(result.timing),
        data,
        codec.wrap(result.cursor),
        int(not result.logs and len(data) <= MERGED_MAX_CHARS),
        len(result.dropped) + len(result.runs),
        codec.dumps(listed) if listed else "[]",
        result.trace,
        len(result.runs),
        *request_arguments(result.runs),
    )


def _add_failure(args: list[Argument], claim: Claim, failure: TickFailure, kind: str) -> None:
    args += (
        kind,
        claim.sensor,
        claim.token,
        *_timing(failure.timing),
        codec.tick_data(error=failure.error, logs=failure.logs),
        told_of(failure.error),
    )


def _timing(timing: Timing | None) -> tuple[Argument, Argument]:
    if timing is None:
        return "", ""
    return f"{timing.offset_ms:.3f}", f"{timing.took_ms:.3f}"


def request_arguments(runs: Iterable[RunToCreate]) -> list[str]:
    """Write requests for runs as the scripts take them that create the runs, five texts each."""
    return [
        text
        for run in runs
        for text in (run.run_id, codec.wrap(run.run_key), run.job_name, run.run_config, run.tags)
    ]


def commit_from_reply(reply: Sequence[Any]) -> Commit:
    """Read what a commit, of a tick or of a call for events, came to."""
    verdict, *rest = reply
    if verdict not in ("ok", "done"):
        return Commit(accepted=False)
    if not rest:
        return Commit(accepted=True)
    created, run_ids, dropped = rest
    return Commit(True, created, json.loads(run_ids), codec.dropped_from_json(dropped))
