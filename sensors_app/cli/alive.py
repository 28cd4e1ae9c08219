"""``alive``: the probe of a process that has no port, from what it says of itself in the store."""

import socket

import click

from sensors_app.cli.failure import Failure, warn
from sensors_app.cli.names import complete_location
from sensors_app.cli.session import with_runtime
from sensors_app.errors import StoreUnavailableError
from sensors_app.model.locations import Role
from sensors_app.operating.alive import living_beats, living_listeners, living_workers
from sensors_app.runtime import Runtime
from sensors_app.storage.store import Store

BEAT, LISTENER = "beat", "listener"


@click.command()
@click.argument("process", type=click.Choice([BEAT, LISTENER, *(role.value for role in Role)]))
@click.option(
    "--location",
    metavar="NAME",
    shell_complete=complete_location,
    help="The code location that a worker serves. Default: any.",
)
@click.option("--host", metavar="NAME", help="Where it runs. Default: on this host.")
@with_runtime
def alive(runtime: Runtime, process: str, location: str | None, host: str | None) -> None:
    """Tell whether a process of this host is alive.

    For probes of containers: exit code 0 if one has given a sign of life within seconds, 1 if none
    has. If the server of the state is away, nobody can tell; the exit code is 0 then, since to
    start processes anew would not bring it back.
    """
    host = host or socket.gethostname()
    try:
        living = _living(runtime.store, process, location)
    except StoreUnavailableError as error:
        warn(f"Nobody can tell: {error}")
        return
    here = [name for name in living if host_of(name) == host]
    if not here:
        what = f"{process} worker" if process in list(Role) else process
        where = f" of {location}" if location else ""
        raise Failure(f"No {what}{where} on {host} has given a sign of life lately.")
    click.echo(f"alive: {', '.join(here)}")


def host_of(name: str) -> str:
    """Return the host in the name of a process: ``node@host:pid`` or ``host:pid``."""
    return name.rpartition("@")[2].rpartition(":")[0]


def _living(store: Store, process: str, location: str | None) -> list[str]:
    if process == BEAT:
        return living_beats(store)
    if process == LISTENER:
        return living_listeners(store)
    return living_workers(store, Role(process), location)
