"""A Celery app of somebody else's, whose tasks sensors can watch: its worker is a real one."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery

from sensors_app.model.runs import DagsterRun
from sensors_app.runtime import Runtime
from tests.acceptance.cluster import Cluster
from workers.intake import EventIntake

pytestmark = pytest.mark.acceptance

POOLS = ("prefork", "threads", "solo")


class Shop:
    """The app's broker, its worker, and an intake for what it reports."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.broker = cluster.settings.effective_broker_url
        self.client = Celery("client", broker=self.broker)
        self.intake = EventIntake(Runtime(cluster.settings, cluster.store))
        self._thread = threading.Thread(target=self.intake.run)
        self._thread.start()

    def work(self, pool: str = "prefork") -> None:
        argv = ["-A", "shop", "worker", "--pool", pool, "-c", "2", "-l", "INFO"]
        celery = [sys.executable, "-m", "celery", *argv]
        self.cluster.start(celery, "shop", SHOP_BROKER=self.broker)

    def send(self, name: str, *args: object, **options: object) -> str:
        task_id = f"{name}-{uuid4().hex[:8]}"
        self.client.send_task(f"shop.{name}", args, task_id=task_id, queue="celery", **options)
        return task_id

    def kinds(self, run_id: str) -> list[str]:
        events = self.cluster.store.events.events("shop")
        return [event.kind.removeprefix("PIPELINE_") for event in events if event.run_id == run_id]

    def wait(self, run_id: str, *kinds: str) -> DagsterRun:
        """Wait until a run has had its events; return the run."""
        self.cluster.wait_until(
            lambda: self.kinds(run_id)[-1:] == list(kinds[-1:]), f"{kinds[-1]} of {run_id}"
        )
        assert self.kinds(run_id) == list(kinds)
        run = self.cluster.store.runs.run("shop", run_id)
        assert run is not None
        return run

    def close(self) -> None:
        self.intake.stop()
        self._thread.join(20)
        self.client.close()
        self.cluster.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(Cluster(tmp_path, "inbox=inbox"))
    yield made
    made.close()


@pytest.mark.parametrize("pool", POOLS)
def test_tasks_that_succeed_and_fail(shop: Shop, pool: str) -> None:
    """In whatever pool: a run for each, with its error, its queue, its worker, and given tags."""
    shop.work(pool)
    paid = shop.send("charge", 7, headers={"sensors_tags": {"dagster/partition": "2026"}})
    refused = shop.send("refuse")
    run = shop.wait(paid, "START", "SUCCESS")
    assert (run.job_name, run.location) == ("shop.charge", "shop")
    assert (run.tags["queue"], run.tags["dagster/partition"]) == ("celery", "2026")
    assert "@" in run.tags["hostname"]
    failed = shop.wait(refused, "START", "FAILURE")
    assert "ValueError: card refused" in (failed.error or "")
    *_, last = shop.cluster.store.runs.run_log("shop", failed)
    assert last.dagster_event is not None
    assert last.dagster_event.event_specific_data is not None
    error = last.dagster_event.event_specific_data.error
    assert error is not None
    assert "raise ValueError" in error.to_string()


def test_a_task_that_is_tried_again_is_one_run(shop: Shop) -> None:
    """It ends with its last try."""
    shop.work()
    shop.wait(shop.send("stumble"), "START", "SUCCESS")


def test_tasks_that_are_revoked(shop: Shop) -> None:
    """Before they began, by their age, and while they run."""
    expired = shop.send("charge", 1, expires=-1)
    shop.work()
    shop.wait(expired, "CANCELED")
    running = shop.send("sleep", 600)
    shop.wait(running, "START")
    shop.client.control.revoke(running, terminate=True)
    run = shop.wait(running, "START", "CANCELED")
    assert run.tags["queue"] == "celery"


def test_tasks_whose_process_ends(shop: Shop) -> None:
    """The worker's main process says so: at a time limit, and of one that is gone."""
    shop.work()
    shop.wait(shop.send("hang"), "START", "FAILURE")
    gone = shop.send("die")  # Too soon to say that it has begun, maybe.
    shop.cluster.wait_until(lambda: shop.kinds(gone)[-1:] == ["FAILURE"], "the end of it")


def test_a_worker_that_stops_has_reported_everything(shop: Shop) -> None:
    """Its children send what they still have."""
    sent = [shop.send("charge", n) for n in range(30)]
    shop.work()
    shop.wait(sent[-1], "START", "SUCCESS")
    shop.cluster.processes[-1].stop()
    for task_id in sent:
        shop.wait(task_id, "START", "SUCCESS")


def test_who_sends_a_task_reports_it_as_queued(shop: Shop) -> None:
    """If it was asked to, before it is sent; a script that ends at once does too."""
    code = "import shop; print(shop.charge.apply_async((1,), task_id='q-1').id)"
    python = sys.executable
    shop.cluster.start([python, "-c", code], "script", SHOP_BROKER=shop.broker)
    shop.wait("q-1", "ENQUEUED")
    shop.work()
    shop.wait("q-1", "ENQUEUED", "START", "SUCCESS")
