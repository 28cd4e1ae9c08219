"""What ``sensors dev`` starts, as plain values: locations, command lines, environment."""

import importlib.util
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sensors_app.cli.dev import supervise
from sensors_app.cli.failure import ExitCode, Failure
from sensors_app.cli.processes import WORKERS, beat_argv, listener_argv, web_argv, worker_argv
from sensors_app.model.locations import Role
from sensors_app.settings import Settings

QUICKSTART = "examples.quickstart"

LOOPBACK = "127.0.0.1"

CONCURRENCY = 2
"""A sensor or an op that hangs must not keep the others from being tried out."""

NO_ROOT_WARNING = "ignore:You're running the worker with superuser privileges"
"""Celery's, in eight lines at each start. In containers root is common, and this is no server."""

FLOWER_MAX_TASKS = 5000
"""Flower keeps 100,000 by default, in memory; two sensors at 1 s make as many in half a day."""


@dataclass(frozen=True, slots=True)
class DevLocation:
    """A code location that is served.

    Args:
        name: Its name.
        module: Its module.
        folder: Where its code is; a change in there restarts its workers.
    """

    name: str
    module: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Entry:
    """A process to be started.

    Args:
        name: What it is called on screen.
        argv: Its command line.
        watch: The folder whose changes restart it.
    """

    name: str
    argv: Sequence[str]
    watch: Path | None = None


@dataclass(frozen=True, slots=True)
class DevPlan:
    """All that ``sensors dev`` is going to do.

    Args:
        settings: The settings of every process it starts.
        data_dir: Where data is kept.
        locations: The code locations.
        verbose: Whether the processes tell what they do.
    """

    settings: Settings
    data_dir: Path
    locations: Sequence[DevLocation]
    verbose: bool = False

    @property
    def port(self) -> int:
        """The server's port."""
        return self.settings.dev_port

    @property
    def web_url(self) -> str:
        """Where the pages are; empty if there are none."""
        port, prefix = self.settings.web_port, self.settings.web_prefix
        return f"http://{LOOPBACK}:{port}{prefix}/" if port else ""

    @property
    def flower_url(self) -> str:
        """Where Flower is; empty if it is not."""
        port = self.settings.flower_port
        return f"http://{LOOPBACK}:{port}" if port else ""


def dev_settings(settings: Settings, modules: Sequence[str]) -> dict[str, object]:
    """Return the settings that ``dev`` gives its processes, whatever the environment says.

    Args:
        settings: The settings of the environment, with the command line's port.
        modules: The modules of the command line; if none, those of the settings, or the
            quickstart.
    """
    server = f"redis://{LOOPBACK}:{settings.dev_port}"
    locations = named_locations(modules) or dict(settings.locations)
    return {
        "redis_url": f"{server}/0",
        # Spelled out, so that a broker of the environment is left alone.
        "broker_url": f"{server}/1",
        "locations": locations or named_locations([QUICKSTART]),
        "task_events": True,
        # Nobody else is to see what somebody tries out.
        "web_host": LOOPBACK,
    }


def named_locations(modules: Iterable[str]) -> dict[str, str]:
    """Name each module's code location after the last part of the module's name."""
    named: dict[str, str] = {}
    for module in modules:
        name = module.rpartition(".")[2]
        if named.setdefault(name, module) != module:
            raise Failure(
                f"The modules {named[name]} and {module} would both be code location {name!r}: "
                f"name them in SENSORS_LOCATIONS=name=module,… instead of with -m.",
                ExitCode.USAGE,
            )
    return named


def find_code(module: str) -> Path:
    """Return the folder to watch of a module, without importing it.

    For a module in a package, that of the outermost package; otherwise the one it lies in.

    Raises:
        Failure: there is no such module here.
    """
    top, *inner = module.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None:
        raise _not_found(module)
    if spec.submodule_search_locations is None:
        if inner or spec.origin is None:
            raise _not_found(module)
        return Path(spec.origin).parent
    for folder in map(Path, spec.submodule_search_locations):
        path = folder.joinpath(*inner)
        if path.is_dir() or path.with_suffix(".py").is_file():
            return folder
    raise _not_found(module)


def _not_found(module: str) -> Failure:
    remedy = (
        "Name your own module with -m package.module."
        if module == QUICKSTART
        else "Run 'sensors dev' from the folder that your imports start from, and check the name."
    )
    return Failure(f"There is no module {module!r} in {Path.cwd()}. {remedy}", ExitCode.USAGE)


def entries(plan: DevPlan) -> list[Entry]:
    """Return the processes, but for the server, which must outlive them."""
    found = [
        Entry("beat", _quiet(beat_argv(_loglevel(plan)))),
        Entry("listener", listener_argv(_loglevel(plan))),
    ]
    for location in plan.locations:
        for role in Role:
            # The location's name only where it tells something.
            name = role.value if len(plan.locations) == 1 else f"{location.name}.{role}"
            found.append(Entry(name, _quiet(_worker(plan, location, role)), location.folder))
    if plan.web_url:
        found.append(Entry("web", web_argv()))
    if plan.flower_url:
        found.append(Entry("flower", _flower(plan)))
    return found


def supervised(entry: Entry, lifeline: Path) -> list[str]:
    """Return the command line that runs an entry until the lifeline is let go."""
    watch = ["--watch", str(entry.watch)] if entry.watch else []
    # -P: a file started by its path must not have its folder's modules shadow others.
    return [
        *(sys.executable, "-P", supervise.__file__),
        *("--name", entry.name, "--lifeline", str(lifeline), *watch),
        "--",
        *entry.argv,
    ]


def environment(plan: DevPlan, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the processes."""
    settings = plan.settings
    return {
        **base,
        "SENSORS_REDIS_URL": settings.redis_url,
        "SENSORS_BROKER_URL": settings.broker_url,
        "SENSORS_LOCATIONS": ",".join(f"{each.name}={each.module}" for each in plan.locations),
        "SENSORS_TASK_EVENTS": str(settings.task_events).lower(),
        "SENSORS_WEB_HOST": settings.web_host,
        "SENSORS_WEB_PORT": str(settings.web_port),
        "SENSORS_FLOWER_URL": settings.flower_url or plan.flower_url,
        # What user code prints is to be seen when it is printed.
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": ",".join(filter(None, [base.get("PYTHONWARNINGS"), NO_ROOT_WARNING])),
    }


def _quiet(argv: Sequence[str]) -> list[str]:
    """Leave Celery's banner out, which would bury the one screen that matters here."""
    before = argv.index(WORKERS[-1]) + 1
    return [*argv[:before], "--quiet", *argv[before:]]


def _loglevel(plan: DevPlan) -> list[str]:
    return ["--loglevel", "INFO" if plan.verbose else "WARNING"]


def _worker(plan: DevPlan, location: DevLocation, role: Role) -> list[str]:
    return worker_argv(
        plan.settings,
        location.name,
        role,
        concurrency=CONCURRENCY,
        unique="dev",
        extra=_loglevel(plan),
    )


def _flower(plan: DevPlan) -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "workers.app", "--quiet", "flower"),
        f"--address={LOOPBACK}",
        f"--port={plan.settings.flower_port}",
        f"--max-tasks={FLOWER_MAX_TASKS}",
        # Without a password Flower refuses its API to all, which is what stops workers and runs
        # tasks. Read-only also hides the buttons, and holds if somebody sets a password.
        "--read_only=true",
        f"--logging={'info' if plan.verbose else 'error'}",
    ]
