"""Reports what becomes of the tasks of any Celery app, so that run-status sensors can watch them.

It runs in the processes of that app, which need no settings of ours and no access to our store.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from celery import Celery, signals

from sensors_app.errors import ExternalEventError
from sensors_app.integrations.celery_sender import ReportSender
from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRunStatus

KEY_PREFIX = "sensors"
"""The default of the setting ``SENSORS_KEY_PREFIX``."""

TAGS_HEADER = "sensors_tags"
OWN_TASKS = "celery."
"""What the names of Celery's own tasks begin with."""

_watchers: dict[tuple[Any, ...], "_Watcher"] = {}


def watch_tasks(
    app: Celery,
    tasks: Iterable[Any] | None = None,
    location: str = "celery",
    *,
    queued: bool = False,
    broker_url: str | None = None,
    key_prefix: str = KEY_PREFIX,
) -> None:
    """Report what becomes of tasks of a Celery app as runs that sensors can watch.

    Call it where the app is made, so that its workers do. A run's id is the task's, its job the
    task's name, its tags the task's queue and worker, and what a caller gives as
    ``task.apply_async(headers={"sensors_tags": {...}})``, for example a ``dagster/partition``.

    A task that is tried again is one run, which ends with its last try. One that is delivered again
    after it had ended stays as it ended first; one that raises ``Ignore`` is never heard of again.
    What is executed eagerly, as in tests, is not reported.

    A task never waits for a report, nor fails for one: a thread sends them. While the broker is
    away it keeps the last 10,000; what a process that is killed had not sent is lost.

    Args:
        app: The Celery app.
        tasks: Tasks, or their names; None for all of the app but Celery's own. A second call adds
            to them.
        location: What the sensors' selectors call ``location_name``: no name of a code location.
        queued: Whether the processes that send tasks report them as QUEUED. Without ``tasks``, only
            those that the process knows by their code.
        broker_url: The broker of sensors_app, if it is another one than the app's own.
        key_prefix: ``SENSORS_KEY_PREFIX`` of sensors_app.

    Raises:
        ExternalEventError: The location is no name.
    """
    ExternalRunEvent(location, "job", "run", DagsterRunStatus.STARTED)  # Only to have it checked.
    current: Callable[[], Any] = getattr(app, "_get_current_object", lambda: app)
    app = current()  # A proxy is not what signals name as their sender's app.
    key = (id(app), location, broker_url, key_prefix)
    if key not in _watchers:
        _watchers[key] = _Watcher(app, location, ReportSender(app, broker_url, key_prefix))
        _watchers[key].connect()
    _watchers[key].add(tasks, queued=queued)


class _Watcher:
    """Turns the signals of one app's tasks into reports."""

    def __init__(self, app: Celery, location: str, sender: ReportSender) -> None:
        self._app = app
        self._location = location
        self._sender = sender
        self._names: set[str] = set()
        self._all = False
        self._queued = False

    def add(self, tasks: Iterable[Any] | None, *, queued: bool) -> None:
        self._all |= tasks is None
        self._names |= {t if isinstance(t, str) else t.name for t in tasks or ()}
        self._queued |= queued

    def connect(self) -> None:
        signals.before_task_publish.connect(self._on_publish, weak=False)
        signals.task_prerun.connect(self._on_prerun, weak=False)
        signals.task_success.connect(self._on_success, weak=False)
        signals.task_failure.connect(self._on_failure, weak=False)
        signals.task_revoked.connect(self._on_revoked, weak=False)
        # A child of a pool ends without running what is registered with atexit.
        signals.worker_process_shutdown.connect(self._on_process_end, weak=False)

    # Before the message is out: afterwards, the task may have begun, and the report come late.
    def _on_publish(self, sender: str, headers: Any, routing_key: Any = None, **_: Any) -> None:
        if self._queued and self._watches(sender, known=sender in self._app.tasks):
            tags = _tags(headers.get(TAGS_HEADER), queue=routing_key)
            self._report(sender, headers.get("id"), DagsterRunStatus.QUEUED, tags)

    def _on_prerun(self, sender: Any, task_id: str, **_: Any) -> None:
        self._report_task(sender, task_id, DagsterRunStatus.STARTED, sender.request)

    def _on_success(self, sender: Any, **_: Any) -> None:
        self._report_task(sender, sender.request.id, DagsterRunStatus.SUCCESS, sender.request)

    def _on_failure(self, sender: Any, task_id: str, exception: Any, **_: Any) -> None:
        self._report_task(sender, task_id, DagsterRunStatus.FAILURE, sender.request, exception)

    def _on_revoked(self, sender: Any, request: Any, terminated: bool, **rest: Any) -> None:
        how = "terminated" if terminated else "expired" if rest.get("expired") else "revoked"
        message = f'Task "{sender.name}" was {how}.'
        self._report_task(sender, request.id, DagsterRunStatus.CANCELED, request, message=message)

    def _on_process_end(self, **_: Any) -> None:
        self._sender.flush()

    def _watches(self, name: str, *, known: bool) -> bool:
        return name in self._names or (self._all and known and not name.startswith(OWN_TASKS))

    def _report_task(
        self,
        task: Any,
        task_id: str,
        status: DagsterRunStatus,
        request: Any,
        error: Any = None,
        message: str | None = None,
    ) -> None:
        is_ours = getattr(task, "app", None) is self._app and not request.is_eager
        if is_ours and self._watches(task.name, known=True):
            headers = request.headers if isinstance(request.headers, Mapping) else {}
            delivery = request.delivery_info or {}
            tags = _tags(
                headers.get(TAGS_HEADER),
                queue=delivery.get("routing_key"),
                hostname=request.hostname,
            )
            self._report(task.name, task_id, status, tags, error, message)

    def _report(
        self,
        name: str,
        task_id: Any,
        status: DagsterRunStatus,
        tags: Mapping[str, Any],
        error: Any = None,
        message: str | None = None,
    ) -> None:
        try:
            report = ExternalRunEvent(
                self._location, name, task_id, status, message, error, tags, time.time()
            )
        except ExternalEventError as refusal:
            self._sender.complain(f"{status.value} of task {name!r} cannot be reported: {refusal}")
        else:
            self._sender.send(report)


def _tags(given: Any, **known: Any) -> dict[str, Any]:
    own = given if isinstance(given, Mapping) else {}
    return {name: str(value) for name, value in known.items() if value} | dict(own)
