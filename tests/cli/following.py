"""What happens while a command waits for something to happen."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sensors_app.storage.store import Store
from tests.support.waiting import wait_until


@contextmanager
def once_it_waits(store: Store, *acts: Callable[[], object]) -> Iterator[None]:
    """Do one thing after the other, each when the command in this block waits for a stream."""

    def waits() -> bool:
        return bool(store.client.info("clients")["blocked_clients"])

    def work() -> None:
        for act in acts:
            wait_until(waits, "the command to wait")
            act()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextmanager
def ctrl_c_possible() -> Iterator[Callable[[], None]]:
    """Give what a terminal does at Ctrl-C, to a command that runs in this thread."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    own = threading.get_ident()
    try:
        yield lambda: signal.pthread_kill(own, signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
