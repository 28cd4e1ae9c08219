"""The life of a reaction: waiting, running, then done, tried again, or a dead letter."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.reactions import ReactionEnd, ReactionMessage, ReactionStart
from sensors_app.model.ticks import TickFailure, TickResult
from sensors_app.storage import codec
from sensors_app.storage.base import given
from sensors_app.storage.commits import (
    Commit,
    call_arguments,
    call_keys,
    commit_from_reply,
    dropped_data,
    request_arguments,
    timing_arguments,
)
from sensors_app.storage.dead_letters import DeadLetters
from sensors_app.storage.large_calls import LargeCallStore, too_many_requests
from sensors_app.storage.scripts import Call
from sensors_app.storage.sensor_events import told_of
from sensors_app.storage.staging import most_in_a_step

Named = tuple[str, str]
"""Sensor and id of a reaction, as messages name it."""


class ReactionStore(DeadLetters):
    """Intents around reactions. ``now_ms`` is for tests."""

    # ---- on the way to a worker

    def take_reactions(
        self, location: str, *, limit: int = 500, now_ms: int | None = None
    ) -> list[ReactionMessage]:
        """Take what is to be sent now. It stays noted until a worker takes it up."""
        keys = self._context.keys(location)
        flat = self._context.run(
            "take_reactions",
            [keys.react_outbox, keys.react_sent, keys.react_later, keys.reaction(), keys.sensor()],
            [given(now_ms), limit, self._context.limits.sent_window],
        )
        return [
            ReactionMessage(
                ident, sensor, int(timeout) / 1000, quick=took != "", took_ms=float(took or 0)
            )
            for ident, sensor, timeout, took in zip(*(flat[n::4] for n in range(4)), strict=True)
        ]

    def requeue_reactions(
        self, location: str, sent_ms_ago: int, *, now_ms: int | None = None
    ) -> int:
        """Have sent again what was sent so long ago and never taken up; return how much."""
        keys = self._context.keys(location)
        requeued: int = self._context.run(
            "requeue_reactions",
            [keys.react_outbox, keys.react_sent],
            [given(now_ms), sent_ms_ago],
        )
        return requeued

    def oldest_sent_ms(self, location: str) -> int | None:
        """Return for how long, in ms, the oldest reaction sent has not been begun, if one is."""
        with self._context.reading() as pipe:
            pipe.time()
            pipe.zrange(self._context.keys(location).react_sent, 0, 0, withscores=True)
            (seconds, micros), first = pipe.execute()
        return seconds * 1000 + micros // 1000 - int(first[0][1]) if first else None

    # ---- the call

    def begin_reactions(
        self,
        location: str,
        reactions: Sequence[Named],
        holder: str,
        *,
        now_ms: int | None = None,
    ) -> list[ReactionStart]:
        """Take the reactions of one message up; return those that are to be had, of sensors on.

        Args:
            location: The code location.
            reactions: The sensor and the id of each.
            holder: Who takes them up.
            now_ms: The time to go by.
        """
        keys, grace_ms = self._context.keys(location), self._context.limits.tick_grace_ms
        lists, company = [keys.react_outbox, keys.react_sent, keys.reacting], len(reactions) > 1
        replies = self._context.run_all(
            [
                Call(
                    "begin_reaction",
                    [keys.reaction(ident), keys.sensor(sensor), *lists],
                    [given(now_ms), ident, holder, grace_ms, int(company)],
                )
                for sensor, ident in reactions
            ]
        )
        return [
            ReactionStart(ident, sensor, int(rest[0]), list(map(codec.event_from_json, rest[1:])))
            for (sensor, ident), (verdict, *rest) in zip(reactions, replies, strict=True)
            if verdict == "ok"
        ]

    def finish_reactions(
        self,
        location: str,
        ends: Iterable[ReactionEnd],
        holder: str,
        *,
        now_ms: int | None = None,
    ) -> list[Commit]:
        """Keep what calls came to, each by itself, in one round trip.

        What went well has the runs created that it requests. What failed is tried again later, or
        becomes a dead letter.

        Args:
            location: The code location.
            ends: What they came to.
            holder: Who called.
            now_ms: The time to go by.
        """
        most, ends = most_in_a_step(self._context.limits.of(location)), list(ends)
        small = [end for end in ends if _requests_of(end) <= most]
        replies = iter(
            self._context.run_all([self._end(location, end, holder, now_ms) for end in small])
        )
        # Those that request very much come after the others: they take a while.
        return [
            self._commit_large(location, end, holder, now_ms)
            if _requests_of(end) > most
            else commit_from_reply(next(replies))
            for end in ends
        ]

    def lose_reactions(
        self,
        location: str,
        reactions: Iterable[Named],
        holder: str,
        died: TickFailure,
        *,
        now_ms: int | None = None,
    ) -> None:
        """End the calls of one message whose process is gone.

        A call that was alone has failed. One that was in company is made again, alone then: another
        one may be to blame.
        """
        ends = [ReactionEnd(sensor, ident, died) for sensor, ident in reactions]
        self._context.run_all(
            [self._fail(location, end, died, holder, now_ms, lost=True) for end in ends]
        )

    def return_reactions(
        self,
        location: str,
        idents: Sequence[str],
        holder: str,
        *,
        goes_on: str | None = None,
        now_ms: int | None = None,
    ) -> int:
        """Have reactions of one message sent again that were not called; return how many.

        Args:
            location: The code location.
            idents: The reactions.
            holder: Who took them up.
            goes_on: The reaction whose call goes on, if one does: its sensor counts as slow.
            now_ms: The time to go by.
        """
        keys = self._context.keys(location)
        returned: int = self._context.run(
            "return_reactions",
            [keys.reacting, keys.reaction(), keys.sensor(), keys.react_outbox],
            [given(now_ms), holder, goes_on or "", *idents],
        )
        return returned

    def _end(self, location: str, end: ReactionEnd, holder: str, now_ms: int | None) -> Call:
        if isinstance(end.result, TickResult):
            return self._commit(location, end, end.result, holder, now_ms)
        return self._fail(location, end, end.result, holder, now_ms)

    def _commit_large(
        self, location: str, end: ReactionEnd, holder: str, now_ms: int | None
    ) -> Commit:
        assert isinstance(end.result, TickResult)
        large, limits = LargeCallStore(self._context), self._context.limits.of(location)
        result = large.without_used(location, end.sensor, end.result)
        if len(result.runs) > limits.max_requests:
            too_many = too_many_requests(end.sensor, result, limits.max_requests)
            refused = replace(end, result=too_many, final=True)
            self._context.run_all([self._end(location, refused, holder, now_ms)])
            return Commit(accepted=False)
        if len(result.runs) > most_in_a_step(limits):
            return large.commit(location, end, result, holder, now_ms=now_ms)
        call = self._commit(location, end, result, holder, now_ms)
        return commit_from_reply(self._context.run_all([call])[0])

    def _commit(
        self, location: str, end: ReactionEnd, result: TickResult, holder: str, now_ms: int | None
    ) -> Call:
        limits = self._context.limits.of(location)
        return Call(
            "commit_reaction",
            call_keys(self._context.keys(location), end),
            [
                *call_arguments(end, result, holder, now_ms, limits),
                dropped_data(result, limits.tick_max_listed),
                *request_arguments(result.runs),
            ],
        )

    def _fail(
        self,
        location: str,
        end: ReactionEnd,
        failure: TickFailure,
        holder: str,
        now_ms: int | None,
        *,
        lost: bool = False,
    ) -> Call:
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        return Call(
            "fail_reaction",
            [
                keys.reaction(end.ident),
                keys.sensor(end.sensor),
                keys.ticks(end.sensor),
                keys.reacting,
                keys.react_later,
                keys.dead,
                keys.events,
                keys.rules,
                keys.tally,
                keys.react_outbox,
            ],
            [
                given(now_ms),
                end.ident,
                holder,
                limits.tick_max_count,
                limits.tick_max_age_ms,
                codec.tick_data(error=failure.error, logs=failure.logs),
                int(end.final),
                told_of(failure.error),
                *timing_arguments(failure.timing),
                int(lost),
            ],
        )

    def expire_reactions(
        self,
        location: str,
        error: SerializableErrorInfo,
        dead_workers: Iterable[str] = (),
        *,
        now_ms: int | None = None,
    ) -> list[tuple[str, str]]:
        """End the calls whose time is over or whose worker is dead.

        Returns:
            Sensor and holder of those that have failed; the others are made again.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        flat = self._context.run(
            "expire_reactions",
            [
                keys.reacting,
                keys.reaction(),
                keys.sensor(),
                keys.ticks(),
                keys.react_later,
                keys.dead,
                keys.events,
                keys.rules,
                keys.tally,
                keys.react_outbox,
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


def _requests_of(end: ReactionEnd) -> int:
    """Return how many runs a call asks for."""
    return len(end.result.runs) if isinstance(end.result, TickResult) else 0
