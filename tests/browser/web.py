"""A web process of a test's own."""

import os
import signal
import socket
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.waiting import wait_until
from tests.support.zygote import zygote

ROOT = Path(__file__).parents[2]


class WebProcess:
    """Serves the pages of one store; may be stopped and started again on the same port.

    Args:
        redis_url: The server of the state.
        prefix: What the store's keys begin with.
        log: Where it writes.
        env: More settings.
    """

    def __init__(self, redis_url: str, prefix: str, log: Path, **env: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._log = log
        log.touch()
        self._env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("SENSORS_")},
            "SENSORS_REDIS_URL": redis_url,
            "SENSORS_BROKER_URL": "memory://",
            "SENSORS_KEY_PREFIX": prefix,
            "SENSORS_WEB_PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
            **env,
        }
        self.start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        argv = ["-m", "sensors_app.web"]
        self._process = zygote().start(argv, self._env, self._log, self._log.parent)
        wait_until(self._answers, f"the pages; it said: {self._log.read_text()}")

    def stop(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, ConnectionError):
            return False
