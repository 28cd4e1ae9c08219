"""The Celery application: ``celery -A workers.app worker -Q …`` and ``celery -A workers.app beat``.

A worker serves one code location, in one role or more: its queues say which, for example
``-Q sensors.orders.evaluate``. Everything else it reads from the settings.
"""

import sys

from celery import Celery
from kombu import Exchange, Queue

from sensors_app.errors import SettingsError
from sensors_app.settings import Settings, load_settings

EVALUATE_TASK = "sensors.evaluate_claims"
EVALUATE_NOW_TASK = "sensors.evaluate"
PREVIEW_TASK = "sensors.preview"
LAUNCH_TASK = "sensors.launch_runs"
REACT_TASK = "sensors.react_to_events"

BROKER_TIMEOUT_S = 5.0


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        sys.exit(f"error: {error}")


def broker_options(broker_url: str) -> dict[str, object]:
    """Return what the transport is told, so that a dead broker is noticed in seconds."""
    if broker_url.startswith("amqp"):
        return {"confirm_publish": True}
    return {
        # No book of what was fetched and not acknowledged: what a worker loses, the store has sent
        # again. It costs two transactions a message, half of what a worker can do.
        "ack_emulation": False,
        "socket_timeout": BROKER_TIMEOUT_S,
        "socket_connect_timeout": BROKER_TIMEOUT_S,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }


def build_app(settings: Settings) -> Celery:
    """Return a Celery application that goes by ``settings``."""
    broker_url = settings.effective_broker_url
    app = Celery("sensors", broker=broker_url, include=["workers.tasks"])
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        # The outcome of every task is in the store; nobody waits for a Celery result.
        task_ignore_result=True,
        # A message is a hint: what it is about is in the store, which has it sent again if need
        # be. Acknowledging late would only add copies.
        task_acks_late=False,
        task_default_queue=f"{settings.key_prefix}.unrouted",
        worker_prefetch_multiplier=1,
        worker_send_task_events=settings.task_events,
        # What user code prints belongs on the process's own output and nowhere else.
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_retry_on_startup=True,
        # A worker that gave up would have to be started by hand.
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,
        broker_transport_options=broker_options(broker_url),
        beat_scheduler="workers.beat:StoreScheduler",
        beat_max_loop_interval=settings.beat_interval_seconds,
    )
    return app


def queue_named(name: str) -> Queue:
    """Return a queue that the default exchange reaches by its name, on any transport."""
    return Queue(name, exchange=Exchange(""), routing_key=name)


settings = _settings()
app = build_app(settings)
