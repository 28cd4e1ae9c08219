"""Evaluations a second with RabbitMQ as the broker, where there is one."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from kombu import Connection

from benchmarks import raw
from benchmarks.rows.evaluations import WHAT, measure, skipping
from benchmarks.site import LOCATION, Site
from benchmarks.table import Line
from sensors_app.model.locations import Role

ADDRESS = ("127.0.0.1", 5672)
URL = "amqp://guest:guest@127.0.0.1:5672//"


def run(quick: bool) -> list[Line]:
    """Do what the row ``evaluations`` does."""
    what = f"{WHAT}, RabbitMQ as the broker"
    try:
        socket.create_connection(ADDRESS, timeout=1).close()
    except OSError:
        return [Line(what, "", f"not measured: nobody listens on {ADDRESS[0]}:{ADDRESS[1]}")]
    rounds, window = (1, 5.0) if quick else (3, 10.0)
    # The broker may be others' too.
    prefix = f"bench-{uuid4().hex[:8]}"
    env = {**skipping(), "SENSORS_BROKER_URL": URL, "SENSORS_KEY_PREFIX": prefix}
    with _no_queues_left(prefix), Site("skipping", **env) as site:
        return [measure(site, rounds, window).line(what, "")]


@contextmanager
def _no_queues_left(prefix: str) -> Iterator[None]:
    try:
        yield
    finally:
        with Connection(URL) as connection, connection.channel() as channel:
            for queue in [raw.QUEUE, *(f"{prefix}.{LOCATION}.{role}" for role in Role)]:
                channel.queue_delete(queue)
