"""``DagsterInstance``: the runs of one code location, for user code and tests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self
from uuid import uuid4

from sensors_app.definitions.job import JobDefinition
from sensors_app.definitions.run_config import RunConfig
from sensors_app.engine.launch import StoreRecorder
from sensors_app.errors import DagsterInvariantViolationError
from sensors_app.model import checks
from sensors_app.model.events import DagsterEvent, DagsterEventType, EventLogEntry
from sensors_app.model.runs import DagsterRun, DagsterRunStatus, RunsFilter
from sensors_app.ports import RunRecorder
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store

EPHEMERAL_LOCATION = "ephemeral"
ALL_LINES = 1_000_000
DEFAULT_LIMIT = 10_000
CANCELING = "Sending run termination request."
CANCELED = "This run has been marked as canceled from outside the execution context."


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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        """Do nothing: the server of an ephemeral one ends with the process."""

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

    def create_run_for_job(
        self,
        job_def: JobDefinition,
        *,
        run_id: str | None = None,
        run_config: Mapping[str, Any] | RunConfig | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> DagsterRun:
        """Keep a new run of a job without executing it, for tests of what looks at runs.

        Args:
            job_def: The job.
            run_id: The run's identity, a UUID as text; None for a new one.
            run_config: Its configuration.
            tags: Its tags; the job's own are not added.

        Raises:
            CheckError: An argument has the wrong type.
        """
        return self.create_run(
            job_name=checks.instance_of("job_def", job_def, JobDefinition).name,
            run_config=checks.config_mapping("run_config", run_config),
            tags=checks.tags("tags", tags),
            run_id=run_id,
        )

    def report_run_canceling(self, run: DagsterRun, message: str | None = None) -> None:
        """Move a run that has not ended to CANCELING.

        Raises:
            DagsterInvariantViolationError: It has ended, or there is no such run.
        """
        self._cancel(run, DagsterRunStatus.CANCELING, message or CANCELING)

    def report_run_canceled(
        self, dagster_run: DagsterRun, message: str | None = None
    ) -> DagsterEvent:
        """Move a run that has not ended to CANCELED, and return the event that says so.

        Raises:
            DagsterInvariantViolationError: It has ended otherwise, or there is no such run.
        """
        text = message or CANCELED
        self._cancel(dagster_run, DagsterRunStatus.CANCELED, text)
        kind = DagsterEventType.RUN_CANCELED.value
        return DagsterEvent(kind, dagster_run.job_name, message=text)

    def recorder(self, run: DagsterRun) -> RunRecorder:
        """Return where the progress of ``run``, from :meth:`create_run`, is to be reported."""
        return StoreRecorder(self._store.runs, self._location, run, "in process", ALL_LINES)

    def get_run_by_id(self, run_id: str) -> DagsterRun | None:
        """Return a run as it is now, of whatever code location; None if there is none."""
        run = self._find(run_id)
        return None if run is None else self._shown(run)

    def get_runs(
        self, filters: RunsFilter | None = None, limit: int | None = None
    ) -> Sequence[DagsterRun]:
        """Return the runs that ``filters`` accepts, newest first, at most ``limit``.

        Raises:
            ParameterCheckError: ``filters`` is no filter.
        """
        checks.optional("filters", filters, RunsFilter)
        limit = DEFAULT_LIMIT if limit is None else limit
        runs = self._store.runs.runs(self._location, filters=filters, limit=limit)
        return [self._shown(run) for run in runs]

    def all_logs(
        self, run_id: str, of_type: DagsterEventType | Collection[DagsterEventType] | None = None
    ) -> Sequence[EventLogEntry]:
        """Return the log of a run, oldest first; empty if there is no such run.

        Args:
            run_id: The run.
            of_type: Only events of this kind, or of these; None for everything.
        """
        run = self._find(run_id)
        log = [] if run is None else self._store.runs.run_log(run.location or self._location, run)
        if of_type is None:
            return log
        kinds = {of_type} if isinstance(of_type, DagsterEventType) else set(of_type)
        return [entry for entry in log if entry.dagster_event_type in kinds]

    def _cancel(self, run: DagsterRun, status: DagsterRunStatus, message: str) -> None:
        if not self._store.runs.cancel_run(self._location, run.run_id, status, message):
            raise DagsterInvariantViolationError(
                f"Run {run.run_id} cannot become {status.value}: it has ended, or is not kept."
            )

    def _find(self, run_id: str) -> DagsterRun | None:
        """Look here first, then where else there are runs that a sensor may watch."""
        found = self._store.runs.run(self._location, run_id)
        if found is not None or self._location == EPHEMERAL_LOCATION:
            return found
        elsewhere = (
            self._store.runs.run(name, run_id) for name in self._store.sensors.location_names()
        )
        return next((run for run in elsewhere if run is not None), None)

    def _shown(self, run: DagsterRun) -> DagsterRun:
        """Return a run without the location that only an ephemeral instance has."""
        return replace(run, location=None) if self._location == EPHEMERAL_LOCATION else run
