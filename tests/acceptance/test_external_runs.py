"""Sensors are called for runs that are not ours, however these are reported."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from sensors_app import report_run_event
from tests.acceptance.cluster import Cluster, lines_of

pytestmark = pytest.mark.acceptance

WHY = 'Execution of run for "{}" failed. ValueError: {}'


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Listener and react worker are there, and nothing has ever been reported."""
    made = Cluster(tmp_path, "outside=outside")
    made.listener()
    made.worker("react")
    made.wait_served(roles={"react"})
    yield made
    made.close()


def test_a_run_reported_by_a_call(cluster: Cluster) -> None:
    """The first word of a system may be of a failure, and has its alert."""
    error = ValueError("card refused")
    settings = cluster.settings
    report_run_event("billing", "other", "o-1", "FAILURE", error=error, settings=settings)
    report_run_event("billing", "charge", "o-2", "FAILURE", error=error, settings=settings)
    report_run_event("billing", "charge", "o-2", "FAILURE", error=error, settings=settings)
    report_run_event("billing", "charge", "o-3", "FAILURE", message="no card", settings=settings)
    cluster.wait_until(lambda: len(lines_of(cluster, "failed")) >= 2, "the alerts")
    wanted = [f"o-2 {WHY.format('charge', 'card refused')}", "o-3 no card"]
    assert sorted(lines_of(cluster, "failed")) == wanted


def test_tasks_of_a_celery_app_in_its_own_worker(cluster: Cluster) -> None:
    """From the task to the sensor, through the bridge, the broker, and the listener."""
    broker = cluster.settings.effective_broker_url
    celery = [sys.executable, "-m", "celery", "-A", "shop", "worker", "-c", "2"]
    cluster.start(celery, "shop", SHOP_BROKER=broker)
    with Celery("client", broker=broker) as client:
        client.send_task("shop.charge", (7,), task_id="paid")
        client.send_task("shop.refuse", task_id="refused")
    cluster.wait_until(lambda: lines_of(cluster, "succeeded"), "the call for what succeeded")
    cluster.wait_until(lambda: lines_of(cluster, "failed"), "the alert")
    assert lines_of(cluster, "succeeded") == ["paid celery"]
    assert lines_of(cluster, "failed") == [f"refused {WHY.format('shop.refuse', 'card refused')}"]


def test_listeners_that_stop_and_start_lose_no_report(cluster: Cluster) -> None:
    """What one has fetched as it is told to stop goes back, and each run has its alert."""
    listener = cluster.processes[0]
    with Celery("client", broker=cluster.settings.effective_broker_url) as client:
        for number in range(200):
            report = {"location": "billing", "job_name": "charge", "run_id": f"o-{number}"}
            with client.producer_or_acquire() as producer:
                producer.publish(
                    {**report, "status": "FAILURE"}, exchange="", routing_key="sensors.events"
                )
            if number % 50 == 25:
                listener.stop()
                listener = cluster.listener()
    cluster.wait_until(lambda: len(lines_of(cluster, "failed")) >= 200, "an alert for each")
    assert len(set(lines_of(cluster, "failed"))) == 200
