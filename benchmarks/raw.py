"""A Celery application with our configuration, but for one option, and a task that does nothing."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery

from sensors_app.settings import load_settings
from workers.app import build_app, queue_named
from workers.process import quieten

QUEUE = "bench.raw"
TASK = "bench.noop"
START_TASK = "bench.start"
"""The one of ``benchmarks.locations.celery_beat`` that keeps when it started."""

PAYLOAD = {"location": "bench", "claims": [["skip_0", 1_700_000_000_000, 60.0]]}

app: Celery = build_app(load_settings(broker_url=os.environ.get("BENCH_RAW_BROKER", "memory://")))
app.conf.include = []
# Celery's book of what was fetched and not acknowledged, which we do without, is on as usual.
app.conf.broker_transport_options = {"ack_emulation": "BENCH_RAW_WITHOUT_ACKS" not in os.environ}
quieten(logging.INFO)


@app.task(name=TASK)  # type: ignore[untyped-decorator]
def noop(location: str, claims: list[list[object]]) -> None:
    """Do nothing."""


def fill(count: int, broker_url: str) -> None:
    """Put messages into the queue, of the size and with the limits of an evaluation's."""
    with producer(broker_url) as to:
        for some in _parts(count):
            with to.batch():
                for _ in range(some):
                    send(TASK, to, kwargs=PAYLOAD, soft_time_limit=60.0, time_limit=75.0)


@contextmanager
def producer(broker_url: str) -> Iterator[Any]:
    """Have a connection on which to send tasks."""
    app.conf.broker_url = broker_url
    with app.connection_for_write(broker_url) as connection, app.amqp.Producer(connection) as to:
        yield to


def send(task: str, to: Any, **message: object) -> None:
    """Put one message into the queue."""
    app.send_task(task, producer=to, queue=queue_named(QUEUE), **message)


def _parts(count: int, size: int = 1000) -> Iterator[int]:
    for start in range(0, count, size):
        yield min(size, count - start)
