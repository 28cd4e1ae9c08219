"""The same promises with RabbitMQ as the broker, where one is at hand."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from kombu import Connection

from tests.acceptance.cluster import Cluster
from tests.acceptance.test_crashes import emit, expect_one_run_each

BROKER = "amqp://guest:guest@127.0.0.1:5672//"


def reachable(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 5672), timeout=1).close()
    except OSError:
        return False
    return True


pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not reachable(BROKER), reason="no RabbitMQ on this machine"),
]


def waiting(queue: str) -> int:
    """Return how many messages a queue holds; 0 if there is no such queue yet."""
    with Connection(BROKER) as connection, connection.channel() as channel:
        try:
            return int(channel.queue_declare(queue, passive=True).message_count)
        except connection.channel_errors:
            return 0


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    prefix = f"test-{uuid4().hex[:8]}"
    made = Cluster(
        tmp_path, "inbox=inbox", {"SENSORS_BROKER_URL": BROKER, "SENSORS_KEY_PREFIX": prefix}
    )
    yield made
    made.close()
    with Connection(BROKER) as connection, connection.channel() as channel:
        for role in ("evaluate", "launch"):
            channel.queue_delete(f"{prefix}.inbox.{role}")


def test_events_become_runs(cluster: Cluster) -> None:
    """Every event has one run, also when the launch queue is purged while runs wait."""
    events = [f"e{number}" for number in range(10)]
    emit(cluster, *events)
    cluster.beat()
    cluster.worker("evaluate")
    queue = cluster.settings.queue("inbox", "launch")
    cluster.wait_until(lambda: waiting(queue) == 10, "the launches")
    with Connection(BROKER) as connection, connection.channel() as channel:
        channel.queue_purge(queue)
    cluster.worker("launch")
    expect_one_run_each(cluster, *events)


def test_a_beat_that_starts_first_loses_nothing(cluster: Cluster) -> None:
    """Queues that no worker has declared yet are declared by whoever sends to them."""
    emit(cluster, "a")
    cluster.beat()
    cluster.start_all()
    expect_one_run_each(cluster, "a")
