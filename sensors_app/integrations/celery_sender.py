"""The thread that sends reports to the broker, so that no task waits for them."""

import atexit
import contextlib
import logging
import os
import threading
import time
from collections import deque
from typing import Any

from celery import Celery
from kombu import Connection, Exchange, Queue

from sensors_app.model.external import ExternalRunEvent, events_queue

MAX_WAITING = 10_000
"""Reports that wait for a broker that is away; the oldest of them go first."""

TIMEOUT_S = 5.0
FLUSH_S = 3.0
"""How long a process that ends waits for its last reports to be sent."""

PAUSE_S = 1.0
COMPLAIN_EVERY_S = 60.0

logger = logging.getLogger(__name__)


class ReportSender:
    """Sends reports in the order they were given, from a thread of each process's own.

    Args:
        app: The Celery app, whose broker it is.
        broker_url: Another broker; None for the app's.
        key_prefix: What the queue's name begins with.
    """

    def __init__(self, app: Celery, broker_url: str | None, key_prefix: str) -> None:
        self._app = app
        self._broker_url = broker_url
        self._queue = Queue(
            events_queue(key_prefix), exchange=Exchange(""), routing_key=events_queue(key_prefix)
        )
        self._line = _Line(self)
        self._forked: list[_Line] = []
        self._complained_at = -COMPLAIN_EVERY_S
        atexit.register(self.flush)

    def send(self, report: ExternalRunEvent) -> None:
        """Have a report sent; returns at once."""
        if self._line.pid != os.getpid():
            # The parent's line is kept: to drop it would close the connection that it still uses.
            self._forked.append(self._line)
            self._line = _Line(self)
        self._line.add(report)

    def flush(self) -> None:
        """Wait until all is sent, for a short while."""
        if self._line.pid == os.getpid():
            self._line.wait_empty(FLUSH_S)

    def complain(self, what: str) -> None:
        """Say what is wrong, once in a while: it may be wrong with each of a thousand tasks."""
        if time.monotonic() >= self._complained_at + COMPLAIN_EVERY_S:
            self._complained_at = time.monotonic()
            logger.warning("%s", what)

    def connect(self) -> Any:
        """Connect, or fail soon."""
        if self._broker_url is None:
            connection = self._app.connection_for_write()
        else:
            connection = Connection(self._broker_url)
        connection.connect_timeout = TIMEOUT_S
        options = dict(connection.transport_options or {})
        # It would be put before the queue's name, and nobody reads that one.
        options.pop("global_keyprefix", None)
        kind = connection.transport.driver_type
        if kind == "redis":
            options |= {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
        elif kind == "amqp":
            options |= {"confirm_publish": True}
        connection.transport_options = options
        # Left to itself, a connection tries for ever, and says nothing.
        return connection.ensure_connection(
            max_retries=1, interval_start=0, interval_step=0, interval_max=0
        )

    def publish(self, connection: Any, report: ExternalRunEvent) -> None:
        """Send one report; raises if the broker does not take it."""
        connection.Producer(auto_declare=False).publish(
            report.to_data(),
            serializer="json",
            exchange="",
            routing_key=self._queue.routing_key,
            declare=[self._queue],
            retry=False,
            timeout=TIMEOUT_S,
        )


class _Line:
    """What waits in one process, and the thread that sends it."""

    def __init__(self, sender: ReportSender) -> None:
        self.pid = os.getpid()
        self._sender = sender
        self._waiting: deque[ExternalRunEvent] = deque(maxlen=MAX_WAITING)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._connection: Any = None

    def add(self, report: ExternalRunEvent) -> None:
        with self._changed:
            if len(self._waiting) == MAX_WAITING:
                self._sender.complain("More reports wait than are kept: the oldest are dropped.")
            self._waiting.append(report)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._send_all, name="sensors_app-reports", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def wait_empty(self, timeout: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, timeout)

    def _send_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                report = self._waiting[0]
            try:
                self._connection = self._connection or self._sender.connect()
                self._sender.publish(self._connection, report)
            except Exception as error:  # noqa: BLE001 -- nothing must end the thread
                self._give_up_connection()
                self._sender.complain(f"Reports wait, the broker does not take them: {error!r}")
                time.sleep(PAUSE_S)
                continue
            with self._changed:
                # Unless it was dropped meanwhile, to make room.
                if self._waiting and self._waiting[0] is report:
                    self._waiting.popleft()
                self._changed.notify_all()

    def _give_up_connection(self) -> None:
        connection, self._connection = self._connection, None
        with contextlib.suppress(Exception):  # It is broken as it is.
            if connection is not None:
                connection.collect()
