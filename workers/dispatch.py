"""Sends messages: claims to evaluate, and what the outbox promises."""

import logging
from collections.abc import Sequence

from celery import Celery
from kombu import Producer, Queue
from kombu.exceptions import KombuError
from kombu.utils.uuid import uuid

from sensors_app.engine.schedule import P, Paced, batches
from sensors_app.model.locations import Role, capacity
from sensors_app.model.ticks import Claim
from sensors_app.runtime import Runtime
from sensors_app.storage.outbox import OutboxEntry
from workers.app import EVALUATE_TASK, LAUNCH_TASK, PREVIEW_TASK, REACT_TASK, queue_named

OUTBOX_BATCH = 500
FORCED_RESEND_FACTOR = 100
"""How many times longer than usual a message may wait while its queue is not empty."""

logger = logging.getLogger(__name__)


class Dispatcher:
    """Publishes through one producer, many messages in a round trip.

    Args:
        app: The Celery application.
        runtime: Settings and store.
    """

    def __init__(self, app: Celery, runtime: Runtime) -> None:
        self._app = app
        self._settings = runtime.settings
        self._store = runtime.store

    def send_claims(
        self, producer: Producer, location: str, claims: Sequence[Claim], *, apart: bool = False
    ) -> None:
        """Send claims to the location's workers: quick ones together, all others one to a message.

        Args:
            producer: Sends them.
            location: The code location.
            claims: The claims.
            apart: Whether sensors that are not quick have workers of their own.
        """
        quick = self._queue(producer, location, Role.EVALUATE)
        slow = self._queue(producer, location, Role.SLOW) if apart else quick
        for batch in self._batches(claims):
            self._publish(
                producer,
                quick if batch[0].quick else slow,
                EVALUATE_TASK,
                {
                    "location": location,
                    "claims": [[c.sensor, c.token, c.timeout_seconds] for c in batch],
                },
                **self._limits(batch),
            )

    def has_slow_workers(self, location: str) -> bool:
        """Tell whether sensors that are not quick have workers of their own at present."""
        return capacity(self._store.sensors.workers().get(location, ()), Role.SLOW) > 0

    def send_outbox(self, producer: Producer, location: str) -> int:
        """Send what the store has promised and not sent; return how much it was."""
        sent = 0
        while entries := self._store.outbox.take_outbox(location, limit=OUTBOX_BATCH):
            with producer.batch():
                for batch in self._batches(entries):
                    self._send_entries(producer, location, batch)
            sent += len(entries)
        return sent

    def send_reactions(self, producer: Producer, location: str) -> int:
        """Send the reactions that are to be sent now; return how many it was."""
        sent = 0
        while messages := self._store.reactions.take_reactions(location, limit=OUTBOX_BATCH):
            queue = self._queue(producer, location, Role.REACT)
            with producer.batch():
                for batch in self._batches(messages):
                    reactions = [[each.sensor, each.ident] for each in batch]
                    self._publish(
                        producer,
                        queue,
                        REACT_TASK,
                        {"location": location, "reactions": reactions},
                        **self._limits(batch),
                    )
            sent += len(messages)
        return sent

    def resend_lost(self, producer: Producer, location: str) -> int:
        """Have sent again what must have been lost on the way; return how much it was.

        A message that nobody took up for some seconds is lost if no message of its kind waits in
        the broker. As long as some do wait, it may be among them.
        """
        outbox = self._store.outbox
        age_ms = self._lost_after_ms(
            producer, location, Role.LAUNCH, outbox.oldest_sent_ms(location)
        )
        # What a process got with others it begins or returns within its quantum, or is gone.
        taken_ms = self._resend_ms + round(self._settings.batch_quantum_seconds * 1000)
        return outbox.requeue_outbox(location, age_ms, taken_ms_ago=taken_ms)

    def resend_lost_reactions(self, producer: Producer, location: str) -> int:
        """Do the same for reactions."""
        reactions = self._store.reactions
        age_ms = self._lost_after_ms(
            producer, location, Role.REACT, reactions.oldest_sent_ms(location)
        )
        return 0 if age_ms is None else reactions.requeue_reactions(location, age_ms)

    def _lost_after_ms(
        self, producer: Producer, location: str, role: Role, oldest_ms: int | None
    ) -> int | None:
        """Return the age, in ms, from which on messages are lost; None if none is old enough."""
        if oldest_ms is None or oldest_ms < self._resend_ms:
            return None
        empty = self._is_empty(producer, self._settings.queue(location, role))
        return self._resend_ms if empty else self._resend_ms * FORCED_RESEND_FACTOR

    @property
    def _resend_ms(self) -> int:
        return round(self._settings.launch_resend_seconds * 1000)

    def _batches(self, items: Sequence[P]) -> list[list[P]]:
        settings = self._settings
        return batches(items, settings.batch_max_claims, settings.batch_quantum_seconds)

    def _limits(self, batch: Sequence[Paced]) -> dict[str, float]:
        """Return what Celery is told for all of a message: the last may begin at its very end."""
        wait_s = self._settings.batch_quantum_seconds if len(batch) > 1 else 0.0
        soft_limit = batch[0].timeout_seconds + wait_s
        hard_limit = soft_limit + self._settings.hard_limit_margin_seconds
        return {"soft_time_limit": soft_limit, "time_limit": hard_limit}

    def _send_entries(
        self, producer: Producer, location: str, entries: Sequence[OutboxEntry]
    ) -> None:
        idents = [entry.ident for entry in entries]
        if entries[0].kind == "launch":
            queue = self._queue(producer, location, Role.LAUNCH)
            self._publish(producer, queue, LAUNCH_TASK, {"location": location, "runs": idents})
            return
        # Nobody knows how long a sensor takes with a cursor that somebody tries out.
        apart = self.has_slow_workers(location)
        queue = self._queue(producer, location, Role.SLOW if apart else Role.EVALUATE)
        self._publish(
            producer, queue, PREVIEW_TASK, {"location": location, "preview_id": idents[0]}
        )

    def _queue(self, producer: Producer, location: str, role: Role) -> Queue:
        queue = queue_named(self._settings.queue(location, role))
        producer.maybe_declare(queue)
        return queue

    def _publish(
        self,
        producer: Producer,
        queue: Queue,
        task: str,
        kwargs: dict[str, object],
        *,
        soft_time_limit: float | None = None,
        time_limit: float | None = None,
    ) -> None:
        # What Celery's send_task does, without what it works out anew for each message: the
        # route, how to show the arguments, whether the queue is declared.
        message = self._app.amqp.as_task_v2(
            uuid(),
            task,
            kwargs=kwargs,
            soft_time_limit=soft_time_limit,
            time_limit=time_limit,
            ignore_result=True,
            argsrepr="()",
            kwargsrepr=repr(kwargs),
        )
        # A publisher that waits would hold up all the others; what is lost is sent again.
        self._app.amqp.send_task_message(
            producer, task, message, queue=queue, declare=[], retry=False
        )

    def _is_empty(self, producer: Producer, queue: str) -> bool:
        with producer.connection.clone() as connection, connection.channel() as channel:
            try:
                return bool(channel.queue_declare(queue, passive=True).message_count == 0)
            except connection.channel_errors:
                return True


def broker_errors(app: Celery) -> tuple[type[Exception], ...]:
    """Return what a publisher may see of a broker that is away, in the words of its transport."""
    connection = app.connection_for_write()
    return (KombuError, OSError, *connection.connection_errors, *connection.channel_errors)
