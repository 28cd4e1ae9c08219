"""What is read of runs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sensors_app.model.events import DagsterEvent, EventLogEntry, StreamedEvent
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunsFilter
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, unavailable_named
from sensors_app.storage.run_indexes import Index, Place, newest

PAGE = 200


class RunReads:
    """Reads of runs and their logs."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

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
        place: Place | None = None
        while len(found) < limit:
            part = newest(self._context, [Index(location, index)], place, PAGE)
            runs = self._read(location, [run_id for (_, run_id), _ in part])
            found += [run for run in runs if filters.accepts(run)]
            if len(part) < PAGE:
                break
            place, _ = part[-1]
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

    def runs_named(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], DagsterRun]:
        """Return runs by code location and id, in one round trip; what is not kept is left out."""
        names = list(dict.fromkeys(names))
        with self._context.reading() as pipe:
            for location, run_id in names:
                pipe.hgetall(self._context.keys(location).run(run_id))
            found = pipe.execute()
        return {
            (location, run_id): codec.run_from_fields(run_id, location, fields)
            for (location, run_id), fields in zip(names, found, strict=True)
            if fields
        }

    def statuses(self, location: str, run_ids: Sequence[str]) -> dict[str, str]:
        """Return the state of each of these runs that is still kept."""
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            for run_id in run_ids:
                pipe.hget(keys.run(run_id), "status")
            found = pipe.execute()
        return {run_id: status for run_id, status in zip(run_ids, found, strict=True) if status}

    def traces(self, runs: Iterable[tuple[str, str]]) -> list[str]:
        """Return the contexts of the traces that runs belong to, each once.

        Args:
            runs: Code location and id of each; what is not kept or traced is left out.
        """
        with self._context.reading() as pipe:
            for location, run_id in runs:
                pipe.hget(self._context.keys(location).run(run_id), "trace")
            return list(dict.fromkeys(filter(None, pipe.execute())))

    def event_of(self, event: StreamedEvent) -> DagsterEvent:
        """Return the event of a run that a code location's stream has."""
        return codec.event_of_run(event)

    def run_log(self, location: str, run: DagsterRun) -> list[EventLogEntry]:
        """Return a run's log, oldest entry first."""
        with self._context.reading() as pipe:
            pipe.xrange(self._context.keys(location).run_events(run.run_id))
            (entries,) = pipe.execute()
        return [codec.entry_from_fields(run.run_id, run.job_name, fields) for _, fields in entries]

    def run_log_after(
        self, location: str, run: DagsterRun, after: str, *, wait_ms: int = 0
    ) -> tuple[list[EventLogEntry], str]:
        """Return what a run's log has after an entry, and the id of the last entry now known.

        Args:
            location: The run's code location.
            run: The run.
            after: The id of that entry; ``"0-0"`` begins with the first one.
            wait_ms: For how long to wait if there is none; less than the client's socket allows.
        """
        key = self._context.keys(location).run_events(run.run_id)
        if wait_ms:
            with unavailable_named():
                self._context.client.xread({key: after}, count=1, block=wait_ms)
        with self._context.reading() as pipe:
            pipe.xrange(key, f"({after}")
            (entries,) = pipe.execute()
        log = [codec.entry_from_fields(run.run_id, run.job_name, fields) for _, fields in entries]
        return log, entries[-1][0] if entries else after

    def wait_for_logs(
        self, after: Mapping[tuple[str, str], str], timeout_ms: int
    ) -> dict[tuple[str, str], str]:
        """Wait until there is more in one of several logs; return the last entry of those.

        Args:
            after: For the location and id of each run, the last entry known of its log.
            timeout_ms: How long to wait at most; less than the client's socket allows.
        """
        runs = {
            self._context.keys(where).run_events(ident): (where, ident) for where, ident in after
        }
        streams: dict[Any, Any] = {key: after[run] for key, run in runs.items()}
        with unavailable_named():
            found: Any = self._context.client.xread(streams, count=1, block=timeout_ms) or []
        changed = [key for key, _ in (found.items() if isinstance(found, dict) else found)]
        with self._context.reading() as pipe:
            for key in changed:
                pipe.xrevrange(key, count=1)
            newest = pipe.execute()
        return {runs[key]: last[0][0] for key, last in zip(changed, newest, strict=True) if last}

    def count_runs(self, location: str) -> dict[DagsterRunStatus, int]:
        """Return how many runs are in each state."""
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            for status in DagsterRunStatus:
                pipe.zcard(keys.runs_in(status.value))
            counts = cast("list[int]", pipe.execute())
        return {s: n for s, n in zip(DagsterRunStatus, counts, strict=True) if n}
