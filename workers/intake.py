"""Takes reports of runs that are not ours from the broker, and keeps them in the store."""

import json
import logging
import threading
from typing import Any

from kombu import Connection, Consumer, Message
from kombu.exceptions import KombuError

from sensors_app.errors import ExternalEventError, StoreUnavailableError
from sensors_app.model.external import ExternalRunEvent, events_queue
from sensors_app.runtime import Runtime
from workers.app import BROKER_TIMEOUT_S, broker_options, queue_named

PREFETCH = 100
LOOK_S = 0.5
"""How long the intake waits for a message before it looks whether it is to stop."""

HEARTBEAT_S = 10
"""RabbitMQ: after twice this long without a word, each side takes the other for gone."""

VISIBILITY_S = 10
"""Redis: after how long a report that a dead listener fetched is given to another one. A report
takes milliseconds; should a slow listener still be at it, keeping it twice does no harm."""

PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0

logger = logging.getLogger(__name__)


class EventIntake:
    """Consumes the queue of reports until it is told to stop. Any number may run at once.

    A report is acknowledged when the store has it, or has it among the refused ones. Whatever is
    away, the store or the broker, is waited for; what was fetched meanwhile goes back.

    Args:
        runtime: Settings and store, used by the thread that calls :meth:`run` alone.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._settings = runtime.settings
        self._store = runtime.store
        self._stop = threading.Event()
        self._pause = PAUSE_S

    def run(self) -> None:
        """Consume until :meth:`stop` is called; never raises for what is away or wrong."""
        while not self._stop.is_set():
            try:
                self._store.now_ms()  # Nothing is fetched that cannot be kept.
                self._consume()
            except StoreUnavailableError as error:
                logger.warning("%s Reports of external runs wait in the broker.", error)
            except (KombuError, OSError) as error:
                logger.warning("The broker is away: %s. Reports wait with their senders.", error)
            except Exception:  # whatever it is, the reports that come later must not wait for ever
                logger.exception("Reports of external runs could not be taken in; trying again")
            self._stop.wait(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)

    def stop(self) -> None:
        """Have :meth:`run` return soon, from any thread."""
        self._stop.set()

    def _consume(self) -> None:
        with self._connect() as connection:
            errors = (*connection.connection_errors, *connection.channel_errors)
            try:
                # Left to itself, a connection tries for ever, and does not hear of a stop.
                connection.ensure_connection(
                    max_retries=1, interval_start=0, interval_step=0, interval_max=0
                )
                queue = queue_named(events_queue(self._settings.key_prefix))
                consumer = Consumer(
                    connection, [queue], on_message=self._take, on_decode_error=self._refuse
                )
                consumer.qos(prefetch_count=PREFETCH)
                with consumer:
                    while not self._stop.is_set():
                        self._drain(connection)
            except errors as error:  # In the words of each transport; those differ.
                raise KombuError(str(error)) from error

    def _connect(self) -> Any:
        url = self._settings.effective_broker_url
        return Connection(
            url,
            connect_timeout=BROKER_TIMEOUT_S,
            heartbeat=HEARTBEAT_S,
            transport_options=intake_options(url, events_queue(self._settings.key_prefix)),
        )

    def _drain(self, connection: Any) -> None:
        try:
            connection.drain_events(timeout=LOOK_S)
        except TimeoutError:
            pass
        else:
            self._pause = PAUSE_S
        connection.heartbeat_check()

    def _take(self, message: Message) -> None:
        """Keep one report. If the store is away this raises, and the message stays the broker's."""
        try:
            self._store.external.report_run(_report(message.body))
        except ExternalEventError as error:
            self._refuse(message, error)
        else:
            message.ack()

    def _refuse(self, message: Message, error: Exception) -> None:
        body = message.body
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
        logger.warning("A report of an external run is refused: %s It was: %.200s", error, text)
        self._store.external.keep_refused(text, str(error))
        message.ack()


def intake_options(broker_url: str, queue: str) -> dict[str, object]:
    """Return what the transport is told.

    Our tasks' messages are hints, and kombu keeps no book of them. A report is nowhere but in its
    message: here kombu keeps a book of what is fetched and not acknowledged. It is a book of this
    queue's own, since whoever shares a book gives back what others fetched, after *his* time-out.
    """
    options = broker_options(broker_url)
    if "ack_emulation" in options:
        options |= {
            "ack_emulation": True,
            "visibility_timeout": VISIBILITY_S,
            "unacked_key": f"{queue}.unacked",
            "unacked_index_key": f"{queue}.unacked_index",
            "unacked_mutex_key": f"{queue}.unacked_mutex",
        }
    return options


def _report(body: str | bytes) -> ExternalRunEvent:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise ExternalEventError(
            f"The message is no JSON ({error}); a report is a JSON object."
        ) from error
    except RecursionError as error:
        raise ExternalEventError("The message is JSON nested too deeply.") from error
    return ExternalRunEvent.from_data(data)
