"""The life of a run: created by a commit, taken up by one worker, ended once."""

from collections.abc import Iterable, Sequence

from sensors_app.model.cancellation import RunWish
from sensors_app.model.events import DagsterEvent, EventLogEntry
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunEnding
from sensors_app.storage import codec
from sensors_app.storage.assets import AssetStore, asset_of
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.run_requests import RunRequests
from sensors_app.storage.scripts import Argument, Call

WORKER_LOST = (
    "The worker that ran it gave no sign of life any more: it was killed, or lost its machine."
)
CANCELED_WORKER_LOST = f"The run was being canceled. {WORKER_LOST}"
CANCELED_BUT_WELL = "The run was canceled. It had done its work before it could be interrupted."


class RunStore(RunRequests):
    """Intents and reads around runs, and here the moves that a run's worker makes.

    A holder names the worker that a run's claim belongs to.
    """

    def __init__(self, context: StoreContext) -> None:
        super().__init__(context)
        self._assets = AssetStore(context)

    def start_run(
        self,
        location: str,
        run_id: str,
        holder: str,
        *,
        company: Sequence[str] = (),
        now_ms: int | None = None,
    ) -> DagsterRun | None:
        """Take a queued run up; None if it is not to be had (any more).

        Args:
            location: The run's code location.
            run_id: The run.
            holder: Who takes it up.
            company: The other runs of its message, which the holder begins or returns soon.
            now_ms: The time; None for the server's.
        """
        start = self._start(location, run_id, holder, company, now_ms)
        return _started(location, run_id, self._context.run_all([start])[0])

    def _start(
        self,
        location: str,
        run_id: str,
        holder: str,
        company: Sequence[str],
        now_ms: int | None,
    ) -> Call:
        keys, limits = self._context.keys(location), self._context.limits
        return Call(
            "start_run",
            [*self._run_keys(location, run_id), keys.live, *keys.queue],
            [given(now_ms), run_id, holder, limits.run_claim_ms, *company],
        )

    def trace_run(self, location: str, run_id: str, holder: str, trace: str) -> bool:
        """Keep the context of a run's own part of its trace; False if it is not the holder's."""
        key = self._context.keys(location).run(run_id)
        return bool(self._context.run("trace_run", [key], [holder, trace]))

    def mark_run_started(
        self,
        location: str,
        run_id: str,
        holder: str,
        event: DagsterEvent,
        *,
        now_ms: int | None = None,
    ) -> RunWish:
        """Record that the run's first step begins, unless it is to end or is not the holder's."""
        return RunWish(
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
        )

    def append_run_entries(
        self,
        location: str,
        run_id: str,
        holder: str,
        first: int,
        entries: Sequence[EventLogEntry],
        *,
        now_ms: int | None = None,
    ) -> RunWish:
        """Add to a run's log, unless it is not the holder's; return what is to become of it.

        Args:
            location: The run's code location.
            run_id: The run.
            holder: Who writes.
            first: Number of the first entry, from 0: a repeated call adds only what is missing.
            entries: What happened; may be empty, for who only wants to know.
            now_ms: The time; None for the server's.
        """
        call = self._append_call(location, run_id, holder, first, entries, now_ms)
        wish = RunWish(self._context.run_all([call])[0])
        if wish is not RunWish.LOST:
            self._assets.wake_watchers(entries)
        return wish

    def _append_call(
        self,
        location: str,
        run_id: str,
        holder: str,
        first: int,
        entries: Sequence[EventLogEntry],
        now_ms: int | None,
    ) -> Call:
        keys, kept = self._context.keys(location), self._context.limits.asset_max_count
        args: list[Argument] = [given(now_ms), holder, first, run_id, kept]
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
        names = [keys.run(run_id), keys.run_events(run_id), keys.asset(), keys.assets]
        return Call("append_run_entries", names, args)

    def heartbeat_runs(
        self, location: str, runs: Iterable[tuple[str, str]], *, now_ms: int | None = None
    ) -> list[RunWish]:
        """Keep runs alive (run id, holder); return what is to become of each."""
        keys, limits = self._context.keys(location), self._context.limits
        replies = self._context.run_all(
            [
                Call(
                    "heartbeat_run",
                    [keys.run(run_id), keys.live],
                    [given(now_ms), run_id, holder, limits.run_claim_ms],
                )
                for run_id, holder in runs
            ]
        )
        return [RunWish(reply) for reply in replies]

    def finish_run(self, ending: RunEnding, *, now_ms: int | None = None) -> bool:
        """End a run; False if it is not the holder's. One that is being canceled is CANCELED."""
        return self._ended(ending, self._context.run_all(self._end(ending, now_ms)))

    def finish_and_start(
        self, ending: RunEnding, run_id: str, *, now_ms: int | None = None
    ) -> tuple[bool, DagsterRun | None]:
        """End a run and take up another of its message, in one round trip.

        Args:
            ending: The end, as by :meth:`finish_run`.
            run_id: The other run, of the same code location and for the same holder.
            now_ms: The time; None for the server's.

        Returns:
            Whether the run was the holder's; and the other one, if it was to be had.
        """
        location = ending.location
        start = self._start(location, run_id, ending.holder, (), now_ms)
        *ends, begun = self._context.run_all([*self._end(ending, now_ms), start])
        return self._ended(ending, ends), _started(location, run_id, begun)

    def _end(self, ending: RunEnding, now_ms: int | None) -> list[Call]:
        location, run_id, message = ending.location, ending.run_id, ending.event.message or ""
        end = Call(
            "finish_run",
            [*self._run_keys(location, run_id), *self._end_keys(location)],
            [
                given(now_ms),
                run_id,
                ending.holder,
                ending.status.value,
                message,
                codec.event_extra(ending.event),
                self._context.limits.of(location).run_max_age_ms,
                _canceled_message(ending.status, message),
                "" if ending.took_ms is None else ending.took_ms,
            ],
        )
        if not ending.entries:
            return [end]
        holder, first, entries = ending.holder, ending.first, ending.entries
        return [self._append_call(location, run_id, holder, first, entries, now_ms), end]

    def _ended(self, ending: RunEnding, replies: Sequence[str]) -> bool:
        *wishes, verdict = replies
        if wishes and wishes[0] != RunWish.LOST:
            self._assets.wake_watchers(ending.entries)
        return verdict == "ok"

    def expire_runs(self, location: str, *, now_ms: int | None = None) -> list[tuple[str, str]]:
        """End the runs whose worker is gone; return run id and holder of each."""
        keys, limits = self._context.keys(location), self._context.limits.of(location)
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
                *keys.queue,
            ],
            [given(now_ms), limits.run_max_age_ms, WORKER_LOST, CANCELED_WORKER_LOST],
        )
        return list(zip(flat[::2], flat[1::2], strict=True))


def _started(location: str, run_id: str, reply: Sequence[str]) -> DagsterRun | None:
    verdict, *fields = reply
    if verdict != "ok":
        return None
    return codec.run_from_fields(run_id, location, codec.pairs(fields))


def _canceled_message(status: DagsterRunStatus, message: str) -> str:
    """Return what is told of a run that its holder ended while it was being canceled."""
    if status is DagsterRunStatus.SUCCESS:
        return CANCELED_BUT_WELL
    return message if status is DagsterRunStatus.CANCELED else f"The run was canceled. {message}"
