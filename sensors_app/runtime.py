"""The composition root: the one place that wires settings, store and code together."""

from dataclasses import dataclass

from sensors_app.settings import Settings, load_settings
from sensors_app.storage.client import connect
from sensors_app.storage.store import Store

WORKER_RETRIES = 20
"""With pauses that grow to a second: a worker waits some 15 s for a server that went away, which is
the time that a commit has between a sensor's time limit and the end of its process."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a process needs: its settings and the store.

    Args:
        settings: The settings.
        store: The state. Its connections open on first use; after a fork, build a new runtime.
    """

    settings: Settings
    store: Store

    def close(self) -> None:
        """Close the connections."""
        self.store.close()


def build_runtime(settings: Settings | None = None, *, retries: int = 3) -> Runtime:
    """Wire a process.

    Args:
        settings: The settings; read from the environment if not given.
        retries: How often a call of the store is repeated after a lost connection.

    Raises:
        SettingsError: a setting is wrong.
    """
    settings = settings or load_settings()
    client = connect(settings.redis_url, retries=retries)
    return Runtime(settings, Store(client, settings.key_prefix, settings.limits))
