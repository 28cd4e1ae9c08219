"""Which ``sensors dev`` runs in this folder: one at a time, found by the other commands.

The file ``dev.lock`` of the data folder is locked for as long as it runs and says where its
server is. The lock is one of ``lockf``, which belongs to a process: unlike one of ``flock``, it is
not kept by the processes that honcho forks, so it ends with ``sensors dev`` itself, however that
one ends. (The price: closing any descriptor of the file unlocks it. Nobody else here opens it.)
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sensors_app.cli.failure import Failure
from sensors_app.settings import Settings, load_settings

LOCK_FILE = "dev.lock"


@dataclass(frozen=True, slots=True)
class Lifeline:
    """What the processes of ``sensors dev`` hang by: they end when it is let go.

    Args:
        path: The locked file.
        lock: The lock.
    """

    path: Path
    lock: IO[str]

    def let_go(self) -> None:
        """Have the processes end by themselves."""
        fcntl.lockf(self.lock, fcntl.LOCK_UN)


@contextlib.contextmanager
def only_one(data_dir: Path, settings: Settings) -> Iterator[Lifeline]:
    """Be the ``sensors dev`` of a data folder.

    Raises:
        Failure: there is one already, or the folder cannot be written to.
    """
    path = data_dir / LOCK_FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        # Whatever repository this is, what is in here is not its content.
        (data_dir / ".gitignore").write_text("*\n")
        lock = path.open("a+")
    except OSError as error:
        raise Failure(
            f"The data folder {data_dir} cannot be used: {error.strerror}. "
            "Choose another with --data-dir."
        ) from error
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Failure(_busy(lock.name, data_dir)) from None
        lock.seek(0)
        lock.truncate()
        json.dump(
            {
                "pid": os.getpid(),
                "redis_url": settings.redis_url,
                "broker_url": settings.broker_url,
                "locations": dict(settings.locations),
            },
            lock,
        )
        lock.flush()
        yield Lifeline(path, lock)


def settings_here() -> Settings:
    """Return the settings for a command that looks at the state.

    Unless they say where that is, it is where ``sensors dev`` keeps it, if one runs here: somebody
    tries things out in a second terminal.
    """
    settings = load_settings()
    if "redis_url" in settings.model_fields_set:
        return settings
    running = _running(settings.dev_dir / LOCK_FILE)
    if running is None:
        return settings
    wanted = {name: running[name] for name in ("redis_url", "broker_url", "locations")}
    return load_settings(**wanted)


def _running(path: Path) -> dict[str, Any] | None:
    with contextlib.suppress(OSError, ValueError), path.open() as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            found: dict[str, Any] = json.loads(lock.read())
            return found
    return None


def _busy(name: str, data_dir: Path) -> str:
    try:
        who = f" (process {json.loads(Path(name).read_text())['pid']})"
    except (OSError, ValueError, KeyError):
        who = ""
    return (
        f"'sensors dev' already runs with the data folder {data_dir}{who}, or is just ending. "
        "Stop it with Ctrl-C in its terminal, or give this one --data-dir, --port, --web-port and "
        "--flower-port of its own."
    )
