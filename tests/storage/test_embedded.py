"""The server that `sensors dev` runs on goes when who serves it goes."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import wait_until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("end", ["stdin", "signal"])
def test_a_served_server_ends_with_who_serves_it(tmp_path: Path, end: str):
    """When its standard input closes, or it is asked to stop: no server stays behind."""
    serving = [sys.executable, "-m", "sensors_app.storage.embedded"]
    process = subprocess.Popen(
        [*serving, "--dir", tmp_path, "--port", str(free_port())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    (server,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.stdin.close() if end == "stdin" else process.terminate()
    process.wait(10)
    process.stdout.close()
    process.stdin.close()
    wait_until(lambda: not Path(f"/proc/{server}").exists(), "the server to be gone")
