"""Logs that somebody watches as they are written."""

import logging
import threading
import time
from collections import OrderedDict

from sensors_app.errors import StoreUnavailableError
from sensors_app.storage.store import Store
from sensors_app.web.live import Hub

WATCHED_S = 300.0
"""For how long a log is watched that nobody has read anew: a page that follows it reads it more
often."""

WATCHED_MAX = 200
WAIT_MS = 1000
PAUSE_S = 0.3
"""A burst of lines is told in one message, not in many."""

Run = tuple[str, str]

logger = logging.getLogger(__name__)


class Tails:
    """Tells the hub which of the logs that somebody reads have more, in a thread of its own.

    The stream of a code location has only the moves of its runs: what they log is too much for it.

    Args:
        store: The state.
        hub: Gets the topic ``run:ID`` for each.
    """

    def __init__(self, store: Store, hub: Hub) -> None:
        self._store = store
        self._hub = hub
        self._watched: OrderedDict[Run, tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="sensors-tails", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped = True
        self._wanted.set()

    def watch(self, location: str, run_id: str, last: str) -> None:
        """Watch the log of a run that is under way.

        Args:
            location: Its code location.
            run_id: The run.
            last: The id of the last entry that was read.
        """
        with self._lock:
            self._watched[location, run_id] = (last, time.monotonic() + WATCHED_S)
            self._watched.move_to_end((location, run_id))
            while len(self._watched) > WATCHED_MAX:
                self._watched.popitem(last=False)
        self._wanted.set()

    def look(self, wait_ms: int = WAIT_MS) -> bool:
        """Wait for more in any of the logs, and tell of it; return whether any is watched."""
        with self._lock:
            now = time.monotonic()
            for run in [run for run, (_, until) in self._watched.items() if until < now]:
                del self._watched[run]
            after = {run: last for run, (last, _) in self._watched.items()}
        if not after:
            return False
        changed = self._store.runs.wait_for_logs(after, wait_ms)
        with self._lock:
            for run, last in changed.items():
                # Unless a reader was faster.
                if run in self._watched and self._watched[run][0] == after[run]:
                    self._watched[run] = (last, self._watched[run][1])
        if changed:
            self._hub.publish("topics", sorted(f"run:{run_id}" for _, run_id in changed))
        return True

    def _work(self) -> None:
        while not self._stopped:
            self._wanted.clear()
            try:
                if not self.look():
                    self._wanted.wait()
                    continue
            except StoreUnavailableError as error:
                logger.warning("%s Logs go on when it is back.", error)
            except Exception:  # whatever it is, logs that stand still must not do so for ever
                logger.exception("the logs of runs could not be read; trying again")
            time.sleep(PAUSE_S)
