"""What is asked of a run by others than the worker that executes it."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from sensors_app.model.cancellation import CancelVerdict
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunNote
from sensors_app.storage import codec
from sensors_app.storage.base import given
from sensors_app.storage.run_reads import RunReads
from sensors_app.storage.scripts import Call

CANCEL_ASKED = "Sending run termination request."
CANCELED_WAITING = "The run was canceled before a worker took it up."


class RunRequests(RunReads):
    """Intents of whoever wants a run, wants no more of it, or has something to say of it."""

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
                self._context.limits.of(location).run_max_age_ms,
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
                    self._context.limits.of(location).run_max_age_ms,
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
        limits = self._context.limits.of(location)
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

    def note_runs(self, notes: Iterable[RunNote], *, now_ms: int | None = None) -> int:
        """Write lines of the system's to logs of runs, each note once; return how many.

        A run that is not kept any more gets none.
        """
        calls = []
        for note in notes:
            keys = self._context.keys(note.location)
            names = [keys.run(note.run_id), keys.run_events(note.run_id)]
            calls.append(Call("note_run", names, [given(now_ms), note.name, note.message]))
        return sum(self._context.run_all(calls))

    def _run_keys(self, location: str, run_id: str) -> list[str]:
        keys = self._context.keys(location)
        return [keys.run(run_id), keys.run_events(run_id), keys.events, keys.runs_in()]

    def _end_keys(self, location: str) -> list[str]:
        keys = self._context.keys(location)
        return [keys.live, keys.runs, keys.runs_of(), keys.run(), *keys.queue]
