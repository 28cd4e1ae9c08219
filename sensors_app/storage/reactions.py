"""The life of a reaction: waiting, running, then done, tried again, or a dead letter."""

import json
from collections.abc import Iterable, Sequence

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.reactions import Reaction, ReactionMessage, ReactionStart
from sensors_app.model.ticks import TickFailure, TickResult
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.commits import Commit, commit_from_reply, request_arguments
from sensors_app.storage.sensor_events import told_of

REMAINS_MS = 120_000
"""For how long a reaction that is done answers who lost the reply of its commit."""


class ReactionStore:
    """Intents and reads around reactions. ``now_ms`` is for tests."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

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
            ReactionMessage(ident, sensor, int(timeout) / 1000)
            for ident, sensor, timeout in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
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

    def begin_reaction(
        self,
        location: str,
        sensor: str,
        ident: str,
        holder: str,
        *,
        now_ms: int | None = None,
    ) -> ReactionStart | None:
        """Take a reaction up; None if it is not to be had, or its sensor is off."""
        keys = self._context.keys(location)
        verdict, *rest = self._context.run(
            "begin_reaction",
            [
                keys.reaction(ident),
                keys.sensor(sensor),
                keys.react_outbox,
                keys.react_sent,
                keys.reacting,
            ],
            [given(now_ms), ident, holder, self._context.limits.tick_grace_ms],
        )
        if verdict != "ok":
            return None
        attempt, *events = rest
        return ReactionStart(
            ident, sensor, int(attempt), [codec.event_from_json(text) for text in events]
        )

    def commit_reaction(
        self,
        location: str,
        sensor: str,
        ident: str,
        holder: str,
        result: TickResult,
        *,
        lineage: str = "",
        now_ms: int | None = None,
    ) -> Commit:
        """Keep what a call came to, and create the runs that it requests.

        Args:
            location: The sensor's code location.
            sensor: The sensor.
            ident: The reaction.
            holder: Who called.
            result: What came of it.
            lineage: The sensors whose calls led here, with commas; it goes on with the runs.
            now_ms: The time to go by.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        run_keys = [run.run_key for run in result.runs if run.run_key is not None]
        reply = self._context.run(
            "commit_reaction",
            [
                keys.reaction(ident),
                keys.sensor(sensor),
                keys.ticks(sensor),
                *keys.requested_runs(sensor),
                keys.reacting,
                keys.reactions_of(sensor),
                keys.tally,
            ],
            [
                given(now_ms),
                ident,
                holder,
                sensor,
                limits.tick_max_count,
                limits.tick_max_age_ms,
                limits.tick_max_listed,
                codec.tick_data(
                    skip_reason=result.skip_reason,
                    run_keys=run_keys[: limits.tick_max_listed],
                    logs=result.logs,
                ),
                len(result.runs),
                REMAINS_MS,
                lineage,
                int(result.acted),
                result.trace,
                *request_arguments(result.runs),
            ],
        )
        return commit_from_reply(reply)

    def fail_reaction(
        self,
        location: str,
        sensor: str,
        ident: str,
        holder: str,
        failure: TickFailure,
        *,
        final: bool = False,
        now_ms: int | None = None,
    ) -> bool:
        """Keep why a call failed: it is tried again later, or becomes a dead letter.

        Args:
            location: The sensor's code location.
            sensor: The sensor.
            ident: The reaction.
            holder: Who called.
            failure: Why.
            final: Whether another attempt would be of no use.
            now_ms: The time to go by.

        Returns:
            False if the reaction is not the holder's.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        (verdict,) = self._context.run(
            "fail_reaction",
            [
                keys.reaction(ident),
                keys.sensor(sensor),
                keys.ticks(sensor),
                keys.reacting,
                keys.react_later,
                keys.dead,
                keys.events,
                keys.rules,
                keys.tally,
            ],
            [
                given(now_ms),
                ident,
                holder,
                limits.tick_max_count,
                limits.tick_max_age_ms,
                codec.tick_data(error=failure.error, logs=failure.logs),
                int(final),
                told_of(failure.error),
            ],
        )
        return bool(verdict != "stale")

    def expire_reactions(
        self,
        location: str,
        error: SerializableErrorInfo,
        dead_workers: Iterable[str] = (),
        *,
        now_ms: int | None = None,
    ) -> list[tuple[str, str]]:
        """Fail the calls whose time is over or whose worker is dead; return sensor and holder."""
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

    # ---- dead letters

    def retry_dead_letters(
        self, location: str, idents: Sequence[str], *, now_ms: int | None = None
    ) -> int:
        """Have dead letters tried anew, with all their attempts; return how many it were."""
        keys = self._context.keys(location)
        known: int = self._context.run(
            "retry_dead_letters",
            [keys.dead, keys.reaction(), keys.react_outbox],
            [given(now_ms), *idents],
        )
        return known

    def drop_dead_letters(self, location: str, idents: Sequence[str]) -> int:
        """Give dead letters up; return how many it were."""
        keys = self._context.keys(location)
        known: int = self._context.run(
            "drop_dead_letters", [keys.dead, keys.reaction(), keys.reactions_of()], list(idents)
        )
        return known

    def dead_letters(self, location: str, *, limit: int = 100) -> list[Reaction]:
        """Return dead letters, newest first."""
        with self._context.reading() as pipe:
            pipe.zrange(self._context.keys(location).dead, 0, limit - 1, desc=True)
            (idents,) = pipe.execute()
        return self._read(location, idents)

    def reactions(self, location: str, sensor: str, *, limit: int = 100) -> list[Reaction]:
        """Return the reactions of a sensor that are not done, oldest first."""
        with self._context.reading() as pipe:
            pipe.zrange(self._context.keys(location).reactions_of(sensor), 0, limit - 1)
            (idents,) = pipe.execute()
        return self._read(location, idents)

    def reaction(self, location: str, ident: str) -> Reaction | None:
        """Return one reaction that is not done."""
        found = self._read(location, [ident])
        return found[0] if found else None

    def count_reactions(self, location: str, sensors: Sequence[str]) -> dict[str, int]:
        """Return how many reactions of each of these sensors are not done."""
        with self._context.reading() as pipe:
            for sensor in sensors:
                pipe.zcard(self._context.keys(location).reactions_of(sensor))
            return dict(zip(sensors, pipe.execute(), strict=True))

    def _read(self, location: str, idents: Sequence[str]) -> list[Reaction]:
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            for ident in idents:
                pipe.hgetall(keys.reaction(ident))
            found = pipe.execute()
        return [
            _reaction(location, ident, fields)
            for ident, fields in zip(idents, found, strict=True)
            if "sensor" in fields
        ]


def _reaction(location: str, ident: str, fields: codec.Fields) -> Reaction:
    data = json.loads(fields.get("data", "{}"))
    return Reaction(
        ident=ident,
        location=location,
        sensor=fields["sensor"],
        state=fields["state"],
        attempt=int(fields["attempt"]),
        events=[codec.event_from_json(fields[f"e{n + 1}"]) for n in range(int(fields["n"]))],
        created_at=int(fields["created"]),
        error=codec.error_from_json(data.get("error")),
        died_at=int(fields["died"]) if "died" in fields else None,
    )
