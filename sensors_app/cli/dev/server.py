"""The embedded server of ``sensors dev``: started before all else, stopped after all else."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sensors_app.cli.dev.plan import LOOPBACK, DevPlan
from sensors_app.cli.failure import Failure

STOP_S = 10.0
"""The server writes its data out when it ends."""


def require_free_ports(plan: DevPlan) -> None:
    """Refuse to start where a port is taken.

    Raises:
        Failure: naming the port and the option that chooses another.
    """
    wanted = [("the server", plan.port, "--port")]
    if plan.web_url:
        wanted.append(("the pages", plan.settings.web_port, "--web-port"))
    if plan.flower_url:
        wanted.append(("Flower", plan.settings.flower_port, "--flower-port"))
    for what, port, option in wanted:
        if not _is_free(port):
            also = "" if option == "--port" else f" (0: no {what.removeprefix('the ')})"
            raise Failure(
                f"Port {port}, meant for {what}, is taken by another program. "
                f"Stop that one, or choose another port: sensors dev {option} {port + 1}{also}"
            )


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: connections of the last run that linger are in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def serving(data_dir: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run the server; it answers when the block is entered, and has ended when it is left.

    Raises:
        Failure: it does not start.
    """
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "sensors_app.storage.embedded"),
            *("--dir", str(data_dir), "--port", str(port)),
        ],
        # It serves until this end of the pipe is closed, if need be by our death.
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C in the terminal is not for it: the workers still need it to finish.
        start_new_session=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        if (first := server.stdout.readline()) != "ready\n":
            said = (first + server.stdout.read()).strip().removeprefix("error: ")
            raise Failure(f"The server does not start with the data folder {data_dir}. {said}")
        yield server
    finally:
        with contextlib.suppress(OSError):
            server.stdin.close()
        try:
            server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stdout.close()
