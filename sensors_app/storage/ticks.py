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
)
from sensors_app.storage import codec
from sensors_app.storage.base import given
from sensors_app.storage.inbox import SEEN_BYTES, SEEN_EVENTS, tick_start
from sensors_app.storage.scripts import Argument, Call
from sensors_app.storage.sensor_events import told_of
from sensors_app.storage.tick_reads import TickReads


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
        self, location: str, *, limit: int, window: int, now_ms: int | None = None
    ) -> DueClaims:
        """Claim due sensors, and hand out again claims whose message must be taken for lost.

        Args:
            location: The code location.
            limit: How many at most.
            window: How many claims may be waiting to be begun, with these; 0 takes none.
            now_ms: The time to go by.
        """
        keys, limits = self._context.keys(location), self._context.limits
        now, next_due, *flat = self._context.run(
            "claim_due",
            [keys.due, keys.claimed, keys.sensor()],
            [given(now_ms), limit, window, limits.claim_resend_ms],
        )
        claims = [
            Claim(name, int(token), int(timeout) / 1000)
            for name, token, timeout in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
        ]
        return DueClaims(now, None if next_due < 0 else next_due, claims)

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
        """Begin the ticks of these claims; None for each claim that is not current any more."""
        keys = self._context.keys(location)
        replies = self._context.run_all(
            [
                Call(
                    "begin_tick",
                    [
                        keys.sensor(claim.sensor),
                        keys.claimed,
                        keys.running,
                        keys.inbox(claim.sensor),
                    ],
                    [
                        given(now_ms),
                        claim.sensor,
                        claim.token,
                        holder,
                        self._context.limits.tick_grace_ms,
                        SEEN_EVENTS,
                        SEEN_BYTES,
                    ],
                )
                for claim in claims
            ]
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
        """Commit or fail ticks, each by itself, in one round trip."""
        calls = [
            self._commit_call(location, claim, outcome, holder, now_ms)
            if isinstance(outcome, TickResult)
            else self._fail_call(location, claim, outcome, holder, now_ms)
            for claim, outcome in outcomes
        ]
        return [commit_from_reply(reply) for reply in self._context.run_all(calls)]

    def _commit_call(
        self, location: str, claim: Claim, result: TickResult, holder: str, now_ms: int | None
    ) -> Call:
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        requested: list[DroppedRequest | RunToCreate] = [*result.dropped, *result.runs]
        run_keys = [each.run_key for each in requested if each.run_key is not None]
        listed = result.dropped[: limits.tick_max_listed]
        return Call(
            "commit_tick",
            [
                *self._tick_keys(location, claim.sensor),
                *keys.requested_runs(claim.sensor),
                keys.inbox(claim.sensor),
                keys.tally,
            ],
            [
                *self._tick_args(location, claim, holder, now_ms),
                limits.tick_max_listed,
                codec.wrap(result.cursor),
                codec.tick_data(
                    skip_reason=result.skip_reason,
                    run_keys=run_keys[: limits.tick_max_listed],
                    logs=result.logs,
                ),
                len(requested),
                codec.dumps([[each.run_key, each.run_id] for each in listed]),
                result.trace,
                *request_arguments(result.runs),
            ],
        )

    def _fail_call(
        self, location: str, claim: Claim, failure: TickFailure, holder: str, now_ms: int | None
    ) -> Call:
        keys = self._context.keys(location)
        return Call(
            "fail_tick",
            [*self._tick_keys(location, claim.sensor), keys.events, keys.tally],
            [
                *self._tick_args(location, claim, holder, now_ms),
                codec.tick_data(error=failure.error, logs=failure.logs),
                told_of(failure.error),
            ],
        )

    def _tick_keys(self, location: str, sensor: str) -> list[str]:
        keys = self._context.keys(location)
        return [keys.sensor(sensor), keys.due, keys.claimed, keys.running, keys.ticks(sensor)]

    def _tick_args(
        self, location: str, claim: Claim, holder: str, now_ms: int | None
    ) -> list[Argument]:
        limits = self._context.limits.of(location)
        return [
            given(now_ms),
            claim.sensor,
            claim.token,
            holder,
            limits.tick_max_count,
            limits.tick_max_age_ms,
        ]


def _tick_start(claim: Claim, reply: Sequence[str]) -> TickStart | None:
    verdict, *state = reply
    return tick_start(claim, state) if verdict == "ok" else None


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
    if verdict == "stale":
        return Commit(accepted=False)
    if not rest:
        return Commit(accepted=True)
    created, run_ids, dropped = rest
    return Commit(True, created, json.loads(run_ids), codec.dropped_from_json(dropped))
