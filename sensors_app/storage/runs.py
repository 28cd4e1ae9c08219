"""The life of a run: created by a commit, taken up by one worker, ended once."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from sensors_app.model.events import DagsterEvent, EventLogEntry
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunsFilter
from sensors_app.storage import codec
from sensors_app.storage.assets import AssetStore, asset_of
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.scripts import Argument, Call

WORKER_LOST = (
    "The worker that ran it gave no sign of life any more: it was killed, or lost its machine."
)
PAGE = 200


class RunStore:
    """Intents and reads around runs. A holder names the worker that a run's claim belongs to."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context
        self._assets = AssetStore(context)

    # ---- moves

    def create_run(self, location: str, run: DagsterRun) -> None:
        """Keep a run that the caller itself executes: no launch is promised."""
        keys = self._context.keys(location)
        self._context.run(
            "create_run",
            [keys.run(run.run_id), keys.runs, keys.runs_in("NOT_STARTED")],
            [
                "",
                run.run_id,
                run.job_name,
                json.dumps(run.run_config),
                json.dumps(dict(run.tags)),
                self._context.limits.run_max_age_ms,
            ],
        )

    def start_run(
        self, location: str, run_id: str, holder: str, *, now_ms: int | None = None
    ) -> DagsterRun | None:
        """Take a queued run up; None if it is not to be had (any more)."""
        keys, limits = self._context.keys(location), self._context.limits
        verdict, *fields = self._context.run(
            "start_run",
            [
                *self._run_keys(location, run_id),
                keys.live,
                keys.outbox,
                keys.sent,
            ],
            [given(now_ms), run_id, holder, limits.run_claim_ms],
        )
        return (
            codec.run_from_fields(run_id, location, codec.pairs(fields))
            if verdict == "ok"
            else None
        )

    def mark_run_started(
        self,
        location: str,
        run_id: str,
        holder: str,
        event: DagsterEvent,
        *,
        now_ms: int | None = None,
    ) -> bool:
        """Record that the run's first step begins; False if the run is not the holder's."""
        return bool(
            self._context.run(
                "mark_run_started",
                self._run_keys(location, run_id),
                [
                    given(now_ms),
                    run_id,
                    holder,
                    event.message or "",
                ],
            )
            == "ok"
        )

    def append_run_entries(
        self, location: str, run_id: str, holder: str, first: int, entries: Sequence[EventLogEntry]
    ) -> bool:
        """Add to a run's log; False if the run is not the holder's.

        Args:
            location: The run's code location.
            run_id: The run.
            holder: Who writes.
            first: Number of the first entry, from 0: a repeated call adds only what is missing.
            entries: What happened.
        """
        keys = self._context.keys(location)
        args: list[Argument] = [holder, first, run_id, self._context.limits.asset_max_count]
        for entry in entries:
            event = entry.dagster_event
            args += [
                round(entry.timestamp * 1000),
                entry.level,
                codec.wrap(entry.step_key),
                event.event_type_value if event else "",
                entry.user_message,
                codec.event_extra(event),
                codec.wrap(asset_of(entry)),
            ]
        names = [keys.run(run_id), keys.run_events(run_id), keys.asset()]
        if self._context.run("append_run_entries", names, args) != "ok":
            return False
        self._assets.wake_watchers(entries)
        return True

    def heartbeat_runs(
        self, location: str, runs: Mapping[str, str], *, now_ms: int | None = None
    ) -> list[str]:
        """Keep runs alive (run id → holder); return those that are not the holder's any more."""
        keys, limits = self._context.keys(location), self._context.limits
        replies = self._context.run_all(
            [
                Call(
                    "heartbeat_run",
                    [keys.run(run_id), keys.live],
                    [given(now_ms), run_id, holder, limits.run_claim_ms],
                )
                for run_id, holder in runs.items()
            ]
        )
        return [run_id for run_id, reply in zip(runs, replies, strict=True) if reply != "ok"]

    def finish_run(
        self,
        location: str,
        run_id: str,
        holder: str,
        status: DagsterRunStatus,
        event: DagsterEvent,
        *,
        now_ms: int | None = None,
    ) -> bool:
        """End a run well or badly; False if it is not the holder's."""
        keys, limits = self._context.keys(location), self._context.limits
        return bool(
            self._context.run(
                "finish_run",
                [
                    *self._run_keys(location, run_id),
                    keys.live,
                    keys.runs,
                    keys.runs_of(),
                    keys.run(),
                ],
                [
                    given(now_ms),
                    run_id,
                    holder,
                    status.value,
                    event.message or "",
                    codec.event_extra(event),
                    limits.run_max_age_ms,
                ],
            )
            == "ok"
        )

    def cancel_run(
        self,
        location: str,
        run_id: str,
        status: DagsterRunStatus,
        message: str,
        *,
        now_ms: int | None = None,
    ) -> bool:
        """Move a run that has not ended to CANCELING or CANCELED; False if that is no move."""
        keys, limits = self._context.keys(location), self._context.limits
        ended = [keys.live, keys.runs, keys.runs_of(), keys.run()]
        return bool(
            self._context.run(
                "cancel_run",
                [*self._run_keys(location, run_id), *ended],
                [
                    given(now_ms),
                    run_id,
                    status.value,
                    message,
                    limits.run_max_age_ms,
                ],
            )
            == "ok"
        )

    def expire_runs(self, location: str, *, now_ms: int | None = None) -> list[tuple[str, str]]:
        """Fail the runs whose worker is gone; return run id and holder of each."""
        keys, limits = self._context.keys(location), self._context.limits
        flat = self._context.run(
            "expire_runs",
            [
                keys.live,
                keys.events,
                keys.runs_in(),
                keys.runs,
                keys.runs_of(),
                keys.run(),
                keys.run_events(),
            ],
            [given(now_ms), limits.run_max_age_ms, WORKER_LOST],
        )
        return list(zip(flat[::2], flat[1::2], strict=True))

    def _run_keys(self, location: str, run_id: str) -> list[str]:
        keys = self._context.keys(location)
        return [keys.run(run_id), keys.run_events(run_id), keys.events, keys.runs_in()]

    # ---- reads

    def run(self, location: str, run_id: str) -> DagsterRun | None:
        """Return one run, if it exists and is still kept."""
        runs = self._read(location, [run_id])
        return runs[0] if runs else None

    def runs(
        self,
        location: str,
        *,
        sensor: str | None = None,
        filters: RunsFilter | None = None,
        limit: int = 100,
    ) -> list[DagsterRun]:
        """Return runs, newest first.

        Args:
            location: The code location.
            sensor: Only runs that this sensor requested.
            filters: Further criteria.
            limit: How many at most.
        """
        filters = filters or RunsFilter()
        keys = self._context.keys(location)
        if sensor is not None:
            index = keys.runs_of(sensor)
        elif len(filters.statuses) == 1:
            index = keys.runs_in(filters.statuses[0].value)
        else:
            index = keys.runs
        found: list[DagsterRun] = []
        position = 0
        while len(found) < limit:
            with self._context.reading() as pipe:
                pipe.zrange(index, position, position + PAGE - 1, desc=True)
                (run_ids,) = pipe.execute()
            found += [run for run in self._read(location, run_ids) if filters.accepts(run)]
            position += PAGE
            if len(run_ids) < PAGE:
                break
        return found[:limit]

    def _read(self, location: str, run_ids: Sequence[str]) -> list[DagsterRun]:
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            for run_id in run_ids:
                pipe.hgetall(keys.run(run_id))
            found = pipe.execute()
        return [
            codec.run_from_fields(run_id, location, fields)
            for run_id, fields in zip(run_ids, found, strict=True)
            if fields
        ]

    def run_log(self, location: str, run: DagsterRun) -> list[EventLogEntry]:
        """Return a run's log, oldest entry first."""
        with self._context.reading() as pipe:
            pipe.xrange(self._context.keys(location).run_events(run.run_id))
            (entries,) = pipe.execute()
        return [codec.entry_from_fields(run.run_id, run.job_name, fields) for _, fields in entries]

    def count_runs(self, location: str) -> dict[DagsterRunStatus, int]:
        """Return how many runs are in each state."""
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            for status in DagsterRunStatus:
                pipe.zcard(keys.runs_in(status.value))
            counts = cast("list[int]", pipe.execute())
        return {s: n for s, n in zip(DagsterRunStatus, counts, strict=True) if n}
