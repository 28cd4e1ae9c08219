"""Raw Celery beside ours: a worker with our flags, and tasks that do nothing."""

import signal
import time
from collections.abc import Callable

from kombu import Connection

from benchmarks import raw
from benchmarks.processes import Process
from benchmarks.site import BenchmarkError, Site

BUILT = ("celery", "-A", "benchmarks.locations.celery_beat")
SETTLE_S = 3.0
MESSAGES_PER_S = 8000
"""More than a worker can take, so that its queue does not run dry."""


class CeleryPeer:
    """A worker of raw tasks, idle unless it is measured.

    Args:
        site: The site whose broker it shares.
    """

    def __init__(self, site: Site) -> None:
        self._broker = site.raw_broker
        self.process = site.worker(raw.QUEUE, program=("celery", "-A", raw.__name__))

    def rate(self, window: float) -> float:
        """Return how many tasks it executes in a second."""
        # It must not empty its queue as fast as this fills it.
        self.process.signal(signal.SIGSTOP)
        raw.fill(round((window + SETTLE_S) * MESSAGES_PER_S), self._broker)
        self.process.signal(signal.SIGCONT)
        time.sleep(SETTLE_S)
        speed = -rate(self.waiting, window)
        if not self.waiting() or self.process.ended:
            raise BenchmarkError(f"the raw worker ran dry:\n{self.process.output()}")
        _empty(self._broker)
        return speed

    def waiting(self) -> int:
        """Return how many messages its queue holds."""
        with Connection(self._broker) as connection, connection.channel() as channel:
            try:
                return int(channel.queue_declare(raw.QUEUE, passive=True).message_count)
            except connection.channel_errors:
                return 0  # in Redis, what is empty is not there


def start_celery_worker(site: Site) -> Process:
    """Start a worker, with our flags, of what people build from Celery alone."""
    return site.worker(raw.QUEUE, program=BUILT)


def start_celery_beat(site: Site) -> tuple[Process, Process]:
    """Start Celery's own beat, and a worker; return both."""
    worker, schedule = start_celery_worker(site), str(site.folder / "schedule")
    return site.python("beat", *BUILT, "beat", "-s", schedule, "-l", "INFO"), worker


def publishing(site: Site, count: int) -> float:
    """Return how many seconds one process takes to publish so many messages, which nobody takes."""
    began = time.monotonic()
    raw.fill(count, site.raw_broker)
    took = time.monotonic() - began
    _empty(site.raw_broker)
    return took


def _empty(broker: str) -> None:
    with Connection(broker) as connection, connection.channel() as channel:
        channel.queue_purge(raw.QUEUE)


def rate(count: Callable[[], int], window: float) -> float:
    """Return by how much a count grows in a second."""
    before, began = count(), time.monotonic()
    time.sleep(window)
    return (count() - before) / (time.monotonic() - began)
