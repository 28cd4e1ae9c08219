"""``DagsterInstance``: the runs of one code location, for user code and tests."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self
from uuid import uuid4

from sensors_app.engine.launch import StoreRecorder
from sensors_app.model.events import EventLogEntry
from sensors_app.model.runs import DagsterRun, RunsFilter
from sensors_app.ports import RunRecorder
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store

EPHEMERAL_LOCATION = "ephemeral"
ALL_LINES = 1_000_000
DEFAULT_LIMIT = 10_000


class DagsterInstance:
    """Where runs are kept.

    Args:
        store: The store.
        location: The code location whose runs these are.
    """

    def __init__(self, store: Store, location: str) -> None:
        self._store = store
        self._location = location

    @classmethod
    def ephemeral(cls) -> Self:
        """Return an instance of its own on a server that ends with this process, for tests.

        The server is a real one, embedded; it is started by the first call.
        """
        prefix = f"ephemeral-{uuid4().hex[:12]}"
        return cls(Store(connect(ephemeral_url()), prefix), EPHEMERAL_LOCATION)

    def create_run(
        self,
        *,
        job_name: str,
        run_config: Mapping[str, Any],
        tags: Mapping[str, str],
        run_id: str | None = None,
    ) -> DagsterRun:
        """Keep a new run that this process executes itself; no worker is told of it.

        Args:
            job_name: Its job.
            run_config: Its configuration.
            tags: Its tags.
            run_id: Its identity, a UUID as text; None for a new one.
        """
        run = DagsterRun(
            job_name=job_name,
            run_id=run_id or str(uuid4()),
            run_config=run_config,
            tags=dict(tags),
        )
        self._store.runs.create_run(self._location, run)
        return run

    def recorder(self, run: DagsterRun) -> RunRecorder:
        """Return where the progress of ``run``, from :meth:`create_run`, is to be reported."""
        return StoreRecorder(self._store.runs, self._location, run, "in process", ALL_LINES)

    def get_run_by_id(self, run_id: str) -> DagsterRun | None:
        """Return a run as it is now; None if there is none."""
        run = self._store.runs.run(self._location, run_id)
        return None if run is None else self._shown(run)

    def get_runs(
        self, filters: RunsFilter | None = None, limit: int | None = None
    ) -> Sequence[DagsterRun]:
        """Return the runs that ``filters`` accepts, newest first, at most ``limit``."""
        limit = DEFAULT_LIMIT if limit is None else limit
        runs = self._store.runs.runs(self._location, filters=filters, limit=limit)
        return [self._shown(run) for run in runs]

    def all_logs(self, run_id: str) -> Sequence[EventLogEntry]:
        """Return the whole log of a run, oldest first; empty if there is no such run."""
        run = self._store.runs.run(self._location, run_id)
        return [] if run is None else self._store.runs.run_log(self._location, run)

    def _shown(self, run: DagsterRun) -> DagsterRun:
        """Return a run without the location that only an ephemeral instance has."""
        return replace(run, location=None) if self._location == EPHEMERAL_LOCATION else run
