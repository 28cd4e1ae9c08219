"""Calls for events that request so many runs that no one step may create them all.

Three steps, as for large ticks: what is requested is put by in parts (``stage_call``), the call is
committed (``commit_staged_call``), and from then on the runs are created part by part
(``unfold_call``), by whoever committed it or, if that died, by any beat. The sensor is called for
other events meanwhile, and the call is among its ticks from its commit on.
"""

from collections.abc import Sequence
from dataclasses import replace

from sensors_app.errors import TooManyRequestsError
from sensors_app.model.errors import describe_exception
from sensors_app.model.reactions import ReactionEnd
from sensors_app.model.ticks import RunToCreate, TickFailure, TickResult, sift
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.commits import (
    Commit,
    call_arguments,
    call_keys,
    commit_from_reply,
    dropped_data,
)
from sensors_app.storage.run_keys import RunKeyStore
from sensors_app.storage.scripts import Call
from sensors_app.storage.staging import STAGE_LIFE_MS, TAKE_OVER_MS, left_since, put_by


class LargeCallStore:
    """Intents around large calls. ``now_ms`` is for tests; without it, the server's clock."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context
        self._run_keys = RunKeyStore(context)

    def without_used(self, location: str, sensor: str, result: TickResult) -> TickResult:
        """Return a result without the requests whose run key has made a run."""
        keys = [run.run_key for run in result.runs if run.run_key is not None]
        runs, dropped = sift(result.runs, self._run_keys.barred(location, sensor, keys))
        return replace(result, runs=runs, dropped=[*result.dropped, *dropped])

    def commit(
        self,
        location: str,
        end: ReactionEnd,
        result: TickResult,
        holder: str,
        *,
        now_ms: int | None = None,
    ) -> Commit:
        """Commit a call in its steps, and create its runs."""
        parts = self.stage_call(location, end.ident, result.runs, holder)
        # If they could not be put by it may have been committed before, and the answer was lost.
        commit = self.commit_staged_call(location, end, result, parts or 0, holder, now_ms=now_ms)
        while commit.accepted and not self.unfold_call(
            location, end.sensor, end.ident, now_ms=now_ms
        ):
            pass
        return commit

    def stage_call(
        self, location: str, ident: str, runs: Sequence[RunToCreate], holder: str
    ) -> int | None:
        """Put requests by; return in how many parts, None if the call is not this holder's."""
        keys = self._context.keys(location)
        places = [keys.reaction(ident), keys.staged_call(ident)]
        return put_by(
            self._context,
            runs,
            lambda number, part: Call("stage_call", places, [holder, number, part, STAGE_LIFE_MS]),
        )

    def commit_staged_call(
        self,
        location: str,
        end: ReactionEnd,
        result: TickResult,
        parts: int,
        holder: str,
        *,
        now_ms: int | None = None,
    ) -> Commit:
        """Commit a call whose requests are put by.

        Args:
            location: The code location.
            end: The call.
            result: What it wants to be kept.
            parts: In how many parts its requests are put by.
            holder: Who called.
            now_ms: The time to go by.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        listed = [run.run_id for run in result.runs[: limits.tick_max_listed]]
        reply = self._context.run(
            "commit_staged_call",
            [*call_keys(keys, end), keys.staged_call(end.ident), keys.unfolding_calls],
            [
                *call_arguments(end, result, holder, now_ms, limits),
                parts,
                len(result.runs),
                codec.dumps(listed),
                dropped_data(result, limits.tick_max_listed),
                TAKE_OVER_MS,
            ],
        )
        return commit_from_reply(reply)

    def unfold_call(
        self, location: str, sensor: str, ident: str, *, now_ms: int | None = None
    ) -> bool:
        """Create the runs of the next part of a committed call; return whether that was the last.

        Args:
            location: The code location.
            sensor: The sensor.
            ident: The reaction.
            now_ms: The time to go by.
        """
        keys = self._context.keys(location)
        left = self._context.run(
            "unfold_call",
            [
                keys.staged_call(ident),
                keys.unfolding_calls,
                keys.sensor(sensor),
                *keys.requested_runs(sensor),
            ],
            [given(now_ms), ident, TAKE_OVER_MS],
        )
        return not left

    def left_behind(self, location: str, *, now_ms: int | None = None) -> list[tuple[str, str]]:
        """Return the calls that nobody has gone on with for a while: sensor and reaction."""
        keys = self._context.keys(location)
        left = left_since(self._context, keys.unfolding_calls, keys.staged_call, "sensor", now_ms)
        return [(sensor, ident) for ident, sensor in left]


def too_many_requests(sensor: str, result: TickResult, most: int) -> TickFailure:
    """Return the failure that a call is instead, if it requests more runs than a tick may."""
    error = TooManyRequestsError(
        f"Sensor {sensor!r} requests {len(result.runs):,} runs at once, and "
        f"SENSORS_MAX_REQUESTS_PER_TICK is {most:,}. None was launched, and the call is held as a "
        "dead letter. Request fewer, or raise the setting if they are meant; then retry it."
    )
    return TickFailure(describe_exception(error), result.logs, result.timing)
