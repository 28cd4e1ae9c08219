"""The life of a run: created by a commit, taken up by one worker, ended once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from sensors_app.model.cancellation import CancelVerdict, RunWish
from sensors_app.model.events import DagsterEvent, EventLogEntry
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.storage import codec
from sensors_app.storage.assets import AssetStore, asset_of
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.run_reads import RunReads
from sensors_app.storage.scripts import Argument, Call

WORKER_LOST = (
    "The worker that ran it gave no sign of life any more: it was killed, or lost its machine."
)
CANCEL_ASKED = "Sending run termination request."
CANCELED_WAITING = "The run was canceled before a worker took it up."
CANCELED_WORKER_LOST = f"The run was being canceled. {WORKER_LOST}"
CANCELED_BUT_WELL = "The run was canceled. It had done its work before it could be interrupted."


class RunStore(RunReads):
    """Intents and reads around runs. A holder names the worker that a run's claim belongs to."""

    def __init__(self, context: StoreContext) -> None:
        super().__init__(context)
        self._assets = AssetStore(context)

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
                codec.dumps(run.run_config),
                codec.dumps(dict(run.tags)),
                self._context.limits.run_max_age_ms,
            ],
        )

    def reexecute_run(
        self,
        location: str,
        run_id: str,
        new_run_id: str,
        *,
        tags: Mapping[str, str] | None = None,
        run_config: Mapping[str, Any] | None = None,
        now_ms: int | None = None,
    ) -> str | None:
        """Have a run that has ended run once more, as a new run with the other as its parent.

        It has no run key and counts as nobody's retry. A repeat with the same id changes nothing.

        Args:
            location: The code location of the run.
            run_id: The run.
            new_run_id: Identity of the new run, a UUID as text.
            tags: Put on it, beside the tags of the run.
            run_config: Its configuration; None for the run's.
            now_ms: The time to go by.

        Returns:
            The new run's id; None if there is no such run, it has not ended, or the id is taken.
        """
        keys = self._context.keys(location)
        verdict = self._context.run(
            "reexecute_run",
            [
                keys.run(run_id),
                keys.run(new_run_id),
                keys.runs,
                keys.runs_in("QUEUED"),
                keys.outbox,
                keys.events,
                keys.run(),
                keys.run_events(),
            ],
            [
                given(now_ms),
                run_id,
                new_run_id,
                codec.dumps(dict(tags or {})),
                codec.wrap(None if run_config is None else codec.dumps(run_config)),
            ],
        )
        return new_run_id if verdict == "ok" else None

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
                *keys.queue,
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
        names = [keys.run(run_id), keys.run_events(run_id), keys.asset()]
        wish = RunWish(self._context.run("append_run_entries", names, args))
        if wish is not RunWish.LOST:
            self._assets.wake_watchers(entries)
        return wish

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
        """End a run; False if it is not the holder's. One that is being canceled is CANCELED.

        Args:
            location: The run's code location.
            run_id: The run.
            holder: Who ends it.
            status: SUCCESS, FAILURE or CANCELED.
            event: The event that says so.
            now_ms: The time; None for the server's.
        """
        limits, message = self._context.limits, event.message or ""
        return bool(
            self._context.run(
                "finish_run",
                [*self._run_keys(location, run_id), *self._end_keys(location)],
                [
                    given(now_ms),
                    run_id,
                    holder,
                    status.value,
                    message,
                    codec.event_extra(event),
                    limits.run_max_age_ms,
                    _canceled_message(status, message),
                ],
            )
            == "ok"
        )

    def request_cancel(
        self,
        location: str,
        run_id: str,
        *,
        reason: str = CANCEL_ASKED,
        request_id: str | None = None,
        now_ms: int | None = None,
    ) -> CancelVerdict:
        """Have a run ended: at once if it waits; if it is under way, by its worker.

        Args:
            location: The run's code location.
            run_id: The run.
            reason: Why, for people: the message of its event.
            request_id: Tells a repeat of this call from another request; None for a new one.
            now_ms: The time; None for the server's.
        """
        return CancelVerdict(
            self._context.run(
                "request_cancel",
                [*self._run_keys(location, run_id), *self._end_keys(location)],
                [
                    given(now_ms),
                    run_id,
                    request_id or uuid4().hex,
                    reason,
                    CANCELED_WAITING,
                    self._context.limits.run_max_age_ms,
                ],
            )
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
        """Say that a run is being canceled, or is; False if it has ended or is not kept."""
        limits = self._context.limits
        return bool(
            self._context.run(
                "cancel_run",
                [*self._run_keys(location, run_id), *self._end_keys(location)],
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
        """End the runs whose worker is gone; return run id and holder of each."""
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
                *keys.queue,
            ],
            [given(now_ms), limits.run_max_age_ms, WORKER_LOST, CANCELED_WORKER_LOST],
        )
        return list(zip(flat[::2], flat[1::2], strict=True))

    def note_run(
        self, location: str, run_id: str, note: str, message: str, *, now_ms: int | None = None
    ) -> bool:
        """Write a line of the system's to a run's log, once for each ``note``.

        Returns:
            False if the run is not kept any more, or has the note.
        """
        keys = self._context.keys(location)
        return bool(
            self._context.run(
                "note_run",
                [keys.run(run_id), keys.run_events(run_id)],
                [given(now_ms), note, message],
            )
        )

    def _run_keys(self, location: str, run_id: str) -> list[str]:
        keys = self._context.keys(location)
        return [keys.run(run_id), keys.run_events(run_id), keys.events, keys.runs_in()]

    def _end_keys(self, location: str) -> list[str]:
        keys = self._context.keys(location)
        return [keys.live, keys.runs, keys.runs_of(), keys.run(), *keys.queue]


def _canceled_message(status: DagsterRunStatus, message: str) -> str:
    """Return what is told of a run that its holder ended while it was being canceled."""
    if status is DagsterRunStatus.SUCCESS:
        return CANCELED_BUT_WELL
    return message if status is DagsterRunStatus.CANCELED else f"The run was canceled. {message}"
