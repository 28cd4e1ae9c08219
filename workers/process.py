"""What a worker's processes hold: the code location, loaded once before the fork, and in each
child a runtime of its own."""

import logging
import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from celery import Celery, concurrency
from celery.concurrency.prefork import TaskPool as PreforkPool

from sensors_app.engine.calling import EvaluationLimits, Surroundings
from sensors_app.engine.locations import LoadedLocation, load_location
from sensors_app.errors import (
    DagsterError,
    LocationLoadError,
    SettingsError,
    StoreUnavailableError,
    UnknownNameError,
    UnsafeStoreError,
)
from sensors_app.instance import DagsterInstance
from sensors_app.model.errors import describe_exception
from sensors_app.model.locations import Role
from sensors_app.model.ticks import TickFailure
from sensors_app.runtime import WORKER_RETRIES, Runtime, build_runtime
from sensors_app.settings import Settings
from sensors_app.storage.client import examine, require_no_eviction
from workers.dispatch import Dispatcher
from workers.tracing import Tracer, open_tracer

STORE_WAIT_S = 2.0

PER_MESSAGE_LOGGERS = ("celery.worker.strategy", "celery.app.trace")
"""Where Celery says twice of each message, at INFO, that it came and that it went."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker is for, as its queues say.

    Args:
        location: The code location it serves.
        roles: What it does for it.
    """

    location: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Child:
    """What a process that executes tasks holds.

    Args:
        location: The code location.
        runtime: Settings and store.
        surroundings: What every evaluation gets.
        dispatcher: For the launches that a tick promises.
        tracer: Traces what it does, if anything is traced.
    """

    location: LoadedLocation
    runtime: Runtime
    surroundings: Surroundings
    dispatcher: Dispatcher
    tracer: Tracer


def read_assignment(settings: Settings, queues: list[str]) -> Assignment:
    """Tell from a worker's queues what it is for.

    Raises:
        SettingsError: they are not of one code location, or it is not among the settings.
    """
    prefix = f"{settings.key_prefix}."
    found: dict[str, list[Role]] = {}
    for queue in queues:
        location, _, role = queue.removeprefix(prefix).rpartition(".")
        if not queue.startswith(prefix) or not location or role not in list(Role):
            raise SettingsError(
                f"Queue {queue!r} is none of ours: name them with -Q, as "
                f"{prefix}LOCATION.evaluate and {prefix}LOCATION.launch."
            )
        found.setdefault(location, []).append(Role(role))
    if len(found) != 1:
        raise SettingsError(
            "A worker serves one code location, so that one's code cannot harm another's; "
            f"its queues name {', '.join(found) or 'none'}. Start a worker for each."
        )
    ((location, roles),) = found.items()
    if location not in settings.locations:
        raise SettingsError(
            f"Code location {location!r} is not in SENSORS_LOCATIONS: "
            f"{','.join(f'{n}={m}' for n, m in settings.locations.items()) or '(empty)'}."
        )
    return Assignment(location, tuple(roles))


def require_prefork(pool: Any) -> None:
    """Refuse a pool that cannot interrupt a sensor that hangs.

    Raises:
        SettingsError: naming the pool.
    """
    pool_class = concurrency.get_implementation(pool)
    if not issubclass(pool_class, PreforkPool):
        raise SettingsError(
            f"Pool {pool_class.__module__.rpartition('.')[2]!r} cannot enforce time limits: a "
            "sensor that hangs would hang for ever. Use --pool prefork."
        )


def await_store(runtime: Runtime) -> None:
    """Wait until the server of the state answers, and judge whether it may hold it.

    Raises:
        UnsafeStoreError: it evicts keys.
    """
    while True:
        try:
            report = examine(runtime.store.client, round(time.time() * 1000))
            break
        except StoreUnavailableError as error:
            logger.warning("%s Trying again in %g s.", error, STORE_WAIT_S)
            time.sleep(STORE_WAIT_S)
    require_no_eviction(report)
    if not report.persistent:
        logger.warning(
            "The server of SENSORS_REDIS_URL writes nothing to disk: cursors, run keys and runs "
            "are gone when it stops. Set 'appendonly yes'."
        )


def quieten(loglevel: int) -> None:
    """Have Celery tell of messages only what went wrong, unless one is out for every detail.

    What became of them is in the store, and at hundreds of ticks a second two lines for each bury
    what matters; they also cost a worker a twelfth of its work on a tick.
    """
    if loglevel > logging.DEBUG:
        for name in PER_MESSAGE_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)


_assignment: Assignment | None = None
_location: LoadedLocation | None = None
_child: Child | None = None


def prepare_worker(worker: Any, settings: Settings) -> None:
    """Make the worker's main process ready: check its pool, its queues, its server; load its code.

    Exits with a message, and code 2, if something is wrong that only a person can mend.
    """
    global _assignment, _location  # children inherit it through the fork
    quieten(worker.loglevel)
    runtime = build_runtime(settings)
    try:
        require_prefork(worker.pool_cls)
        _assignment = read_assignment(settings, list(worker.app.amqp.queues.consume_from))
        await_store(runtime)
        _location = load_location(
            _assignment.location,
            settings.locations[_assignment.location],
            version=settings.code_version,
        )
    except (SettingsError, UnsafeStoreError, LocationLoadError) as error:
        sys.stderr.write(f"error: {error}\n")
        sys.stderr.flush()
        raise SystemExit(2) from None
    finally:
        runtime.close()


def prepared() -> tuple[Assignment, LoadedLocation]:
    """Return what :func:`prepare_worker` made ready."""
    if _assignment is None or _location is None:
        raise DagsterError("This process is not a worker of sensors_app.")
    return _assignment, _location


def prepare_child(app: Celery, settings: Settings) -> None:
    """Make a process that executes tasks ready: its own connections, its own signals."""
    global _child  # one for each process, made when the process is
    runtime = build_runtime(settings, retries=WORKER_RETRIES)
    _, location = prepared()
    surroundings = Surroundings(
        jobs=location.jobs,
        resources=location.resources,
        limits=EvaluationLimits(settings.tick_log_max_bytes, settings.cursor_max_bytes),
        instance=DagsterInstance(runtime.store, location.snapshot.name),
        materializations=runtime.store.assets,
    )
    dispatcher = Dispatcher(app, runtime)
    _child = Child(location, runtime, surroundings, dispatcher, open_tracer())


def leave_child() -> None:
    """Let a process that executed tasks end well."""
    if _child is not None:
        _child.tracer.close()


def child() -> Child:
    """Return what this process holds for its tasks."""
    if _child is None:
        raise DagsterError("Tasks of sensors_app run in a worker that was started for them.")
    return _child


def no_such_sensor(process: Child, name: str, how: str) -> TickFailure:
    """Return the outcome for a sensor that this worker's code does not have."""
    error = UnknownNameError(
        f"This worker's code (version {process.location.snapshot.version}) has no sensor "
        f"{name!r} that is {how}. Is a worker of another version running?"
    )
    return TickFailure(describe_exception(error))


def worker_id(hostname: str, pid: int) -> str:
    """Return the identity of a worker's main process: a restarted one is another."""
    return f"{hostname}:{pid}"


def holder(task_id: str, hostname: str, main_pid: int, child_pid: int) -> str:
    """Return who holds a claim: one execution of one message in one process."""
    return f"{task_id}/{worker_id(hostname, main_pid)}/{child_pid}"


def own_holder(task_id: str, hostname: str) -> str:
    """Return the holder that this child process is, for the task it executes."""
    return holder(task_id, hostname, os.getppid(), os.getpid())
