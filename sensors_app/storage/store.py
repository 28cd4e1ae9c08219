"""The store as a whole: one object for each server and key prefix."""

import secrets

import redis

from sensors_app.storage.assets import AssetStore
from sensors_app.storage.audit import AuditStore
from sensors_app.storage.base import StoreContext, StoreLimits
from sensors_app.storage.deliveries import DeliveryStore
from sensors_app.storage.events import EventStore
from sensors_app.storage.external import ExternalStore
from sensors_app.storage.held import HeldStore
from sensors_app.storage.inbox import InboxStore
from sensors_app.storage.joins import JoinStore
from sensors_app.storage.large_calls import LargeCallStore
from sensors_app.storage.large_ticks import LargeTickStore
from sensors_app.storage.metering import MeterStore
from sensors_app.storage.outbox import OutboxStore
from sensors_app.storage.overview import Overview
from sensors_app.storage.reactions import ReactionStore
from sensors_app.storage.requests import RequestStore
from sensors_app.storage.retention import RetentionStore
from sensors_app.storage.run_keys import RunKeyStore
from sensors_app.storage.run_pages import RunPages
from sensors_app.storage.runs import RunStore
from sensors_app.storage.sensor_events import SensorEventStore
from sensors_app.storage.sensors import SensorStore
from sensors_app.storage.ticks import TickStore


class Store:
    """The state of all code locations under one prefix of one Redis server.

    Args:
        client: From :func:`sensors_app.storage.client.connect`.
        prefix: What every key begins with; deployments that share a server differ in it.
        limits: How much is kept and for how long.
    """

    def __init__(
        self, client: redis.Redis, prefix: str = "sensors", limits: StoreLimits | None = None
    ) -> None:
        self.client = client
        self.limits = limits or StoreLimits()
        context = StoreContext(client, prefix, self.limits)
        self._context = context
        self.sensors = SensorStore(context)
        self.ticks = TickStore(context)
        self.large_ticks = LargeTickStore(context)
        self.large_calls = LargeCallStore(context)
        self.held = HeldStore(context)
        self.run_keys = RunKeyStore(context)
        self.runs = RunStore(context)
        self.run_pages = RunPages(context)
        self.outbox = OutboxStore(context)
        self.assets = AssetStore(context)
        self.audit = AuditStore(context)
        self.events = EventStore(context)
        self.deliveries = DeliveryStore(context)
        self.reactions = ReactionStore(context)
        self.external = ExternalStore(context)
        self.joins = JoinStore(context)
        self.inbox = InboxStore(context)
        self.requests = RequestStore(context)
        self.sensor_events = SensorEventStore(context)
        self.overview = Overview(context)
        self.meter = MeterStore(context)
        self.retention = RetentionStore(context)

    def now_ms(self) -> int:
        """Return the server's clock, by which all times in the store are, ms since the epoch."""
        with self._context.reading() as pipe:
            pipe.time()
            ((seconds, micros),) = pipe.execute()
        return int(seconds * 1000 + micros // 1000)

    def web_secret(self) -> str:
        """Return what signs the sessions of web pages: the same for all web processes."""
        key = self._context.global_keys.web_secret
        with self._context.reading() as pipe:
            pipe.set(key, secrets.token_urlsafe(32), nx=True)
            pipe.get(key)
            _, secret = pipe.execute()
        return str(secret)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
