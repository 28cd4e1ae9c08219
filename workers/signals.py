"""Hooks our code into the life of a Celery worker."""

from typing import Any

from celery.signals import (
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
)

from workers import parent
from workers.app import app, settings
from workers.process import leave_child, prepare_child, prepare_worker


def connect() -> None:
    """Have Celery call us at each stage of a worker's life."""
    worker_init.connect(_on_init, weak=False)
    worker_process_init.connect(_on_process_init, weak=False)
    worker_process_shutdown.connect(_on_process_shutdown, weak=False)
    worker_ready.connect(_on_ready, weak=False)
    worker_shutdown.connect(_on_shutdown, weak=False)


def _on_init(sender: Any, **_: Any) -> None:
    prepare_worker(sender, settings)


def _on_process_init(**_: Any) -> None:
    prepare_child(app, settings)


def _on_process_shutdown(**_: Any) -> None:
    leave_child()


def _on_ready(sender: Any, **_: Any) -> None:
    parent.start(settings, sender.hostname, sender.pool.num_processes)


def _on_shutdown(**_: Any) -> None:
    parent.stop()
