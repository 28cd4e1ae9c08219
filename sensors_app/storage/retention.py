"""What is kept too long, or too much of, goes: in steps that each hold the server for a moment."""

import re
from dataclasses import dataclass

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.scripts import Call

RUNS_PART = 200
"""Runs looked at in one step: two milliseconds, if all of them go."""

INDEX_PART = 100
SCAN_PART = 1000


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at runs came to.

    Args:
        seen: How many were looked at.
        gone: How many of them went.
    """

    seen: int
    gone: int

    @property
    def more(self) -> bool:
        """Whether there may be more runs to look at."""
        return self.seen == RUNS_PART


class RetentionStore:
    """Steps of trimming, each to be done again and again. ``now_ms`` is for tests."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def trim_runs(self, location: str, passed: int = 0, *, now_ms: int | None = None) -> Looked:
        """Drop runs that ended too long ago or are too many, and logs that are too old.

        Args:
            location: The code location.
            passed: How many of the oldest runs are passed over: who looked at them goes on here.
            now_ms: The time to go by.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        seen, gone = self._context.run(
            "trim_runs",
            [keys.runs, keys.runs_in(), keys.runs_of(), keys.run(), keys.run_events()],
            [
                given(now_ms),
                limits.run_max_age_ms,
                limits.run_max_count,
                limits.run_log_max_age_ms,
                passed,
                RUNS_PART,
            ],
        )
        return Looked(seen, gone)

    def trim_lists(self, location: str, *, now_ms: int | None = None) -> int:
        """Drop from the indexes of states what is not kept, and from the audit trail what is old.

        Returns:
            How much went.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        calls = [self._index_call(location, keys.runs_in(each.value)) for each in DagsterRunStatus]
        calls.append(_stream_call(keys.audit, limits.audit_max_age_ms, now_ms))
        return sum(self._context.run_all(calls))

    def trim_sensors(self, position: int, *, now_ms: int | None = None) -> tuple[int, int]:
        """Drop old ticks, and what is not kept from the indexes of sensors' runs.

        No list has the sensors that are gone from the code: this walks over all keys, some at a
        time.

        Args:
            position: Where to go on; 0 begins anew.
            now_ms: The time to go by.

        Returns:
            Where to go on, and how much went.
        """
        prefix = self._context.prefix
        with self._context.reading() as pipe:
            # The two kinds of keys that are looked for have these letters; few others do.
            pipe.scan(position, match=f"{prefix}:{{*}}:[tr][iu][cn][ks]*:*", count=SCAN_PART)
            ((position, found),) = pipe.execute()
        calls = []
        for key in found:
            owner = re.fullmatch(rf"{re.escape(prefix)}:{{(.+?)}}:(ticks|runs_of):.+", key)
            if owner is None:
                continue
            location, what = owner.groups()
            if what == "runs_of":
                calls.append(self._index_call(location, key))
            else:
                life = self._context.limits.of(location).tick_max_age_ms
                calls.append(_stream_call(key, life, now_ms))
        return int(position), sum(self._context.run_all(calls))

    def _index_call(self, location: str, index: str) -> Call:
        return Call("trim_index", [index, self._context.keys(location).run()], [INDEX_PART])


def _stream_call(key: str, life_ms: int, now_ms: int | None) -> Call:
    return Call("trim_stream", [key], [given(now_ms), life_ms])
