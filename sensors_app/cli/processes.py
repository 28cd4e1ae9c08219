"""``worker``, ``beat``, ``listener`` and ``web``: the processes, with the options that they need.

Worker and beat become Celery's own commands: signals, exit code and process id are Celery's own.
"""

import os
import secrets
import sys
from collections.abc import Sequence

import click

from sensors_app.cli.names import complete_location
from sensors_app.errors import UnknownNameError
from sensors_app.model.locations import Role
from sensors_app.operating.names import nearest
from sensors_app.settings import Settings, load_settings

ALL_ROLES = "all"

# Run as a module, so that Python finds ``workers`` and the user's modules in the current folder
# as well as among what is installed.
WORKERS = ("-m", "workers")

PASS_THROUGH = {"ignore_unknown_options": True, "allow_extra_args": True}


def worker_argv(
    settings: Settings,
    location: str,
    role: str,
    *,
    concurrency: int | None = None,
    unique: str = "",
    extra: Sequence[str] = (),
) -> list[str]:
    """Return the command of a worker.

    Args:
        settings: The settings.
        location: The code location it serves.
        role: ``evaluate``, ``slow``, ``launch``, ``react`` or ``all``.
        concurrency: How many tasks it runs at once; Celery's default is one for each processor.
        unique: Sets its node name apart from those of others of this machine.
        extra: Further arguments of Celery's, which win over ours.

    Raises:
        UnknownNameError: the location is not among the settings.
    """
    if location not in settings.locations:
        known = nearest(location, settings.locations)
        raise UnknownNameError(
            f"SENSORS_LOCATIONS has no code location {location!r}."
            + (known or " It is empty: set it to name=module,name=module.")
        )
    roles = list(Role) if role == ALL_ROLES else [Role(role)]
    argv = [sys.executable, *WORKERS, "worker"]
    argv += ["-Q", ",".join(settings.queue(location, each) for each in roles)]
    argv += ["-n", f"{location}-{role}-{unique}@%h"]
    argv += ["--pool", "prefork", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    if concurrency is not None:
        argv += ["--concurrency", str(concurrency)]
    if settings.task_events:
        argv.append("-E")
    return [*argv, *extra]


def beat_argv(extra: Sequence[str] = ()) -> list[str]:
    """Return the command of a beat; ``extra`` are further arguments of Celery's."""
    return [sys.executable, *WORKERS, "beat", "--loglevel", "INFO", *extra]


def listener_argv(extra: Sequence[str] = ()) -> list[str]:
    """Return the command of a listener; ``extra`` are further arguments of its."""
    return [sys.executable, "-m", "workers.listener", *extra]


def web_argv() -> list[str]:
    """Return the command of the process that serves pages, API and metrics."""
    return [sys.executable, "-m", "sensors_app.web"]


@click.command(context_settings=PASS_THROUGH)
@click.option(
    "--location",
    required=True,
    metavar="NAME",
    shell_complete=complete_location,
    help="The code location to serve, one of SENSORS_LOCATIONS.",
)
@click.option(
    "--role",
    type=click.Choice([*(role.value for role in Role), ALL_ROLES]),
    default=ALL_ROLES,
    show_default=True,
    help="Evaluate its sensors, or those that are not known to be quick; run its jobs; call its "
    "sensors for events; or all of these.",
)
@click.option(
    "--concurrency",
    "-c",
    type=click.IntRange(min=1),
    help="How many at once. Default: one for each processor.",
)
@click.argument("celery_args", nargs=-1, type=click.UNPROCESSED)
def worker(location: str, role: str, concurrency: int | None, celery_args: tuple[str, ...]) -> None:
    """Run a worker of a code location.

    Any number may run, on any number of machines. Further arguments go to 'celery worker', for
    example --loglevel DEBUG or --max-tasks-per-child 100.
    """
    become(
        worker_argv(
            load_settings(),
            location,
            role,
            concurrency=concurrency,
            # No process id: those of two containers that share a host name may well be the same.
            unique=secrets.token_hex(4),
            extra=celery_args,
        )
    )


@click.command(context_settings=PASS_THROUGH)
@click.argument("celery_args", nargs=-1, type=click.UNPROCESSED)
def beat(celery_args: tuple[str, ...]) -> None:
    """Run a beat, which has due sensors evaluated.

    Several may run at once; none is the leader. Further arguments go to 'celery beat'.
    """
    load_settings()
    become(beat_argv(celery_args))


@click.command()
def listener() -> None:
    """Run a listener, which has sensors called for events.

    It reads what happens to runs, and takes in the reports of other systems. Several may run at
    once; none is the leader.
    """
    become(listener_argv())


@click.command()
def web() -> None:
    """Serve pages, API and metrics.

    At SENSORS_WEB_HOST and SENSORS_WEB_PORT: to this machine alone unless SENSORS_AUTH says who may
    log in. Any number may run.
    """
    load_settings()
    become(web_argv())


def become(argv: Sequence[str]) -> None:
    """Replace this process by another program."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execvp(argv[0], list(argv))
