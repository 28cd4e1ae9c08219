"""Messages: what they are about can be read in them, as Flower does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kombu import Connection, Producer

from sensors_app.model.locations import Role, WorkerInfo
from sensors_app.runtime import Runtime
from sensors_app.settings import Settings
from sensors_app.storage.store import Store
from tests.support.reacting import UPSTREAM, Reacting, fed
from tests.support.site import Site, request
from workers.app import build_app
from workers.dispatch import Dispatcher


@dataclass
class Broker:
    """A broker in memory, and who sends to it."""

    settings: Settings
    connection: Connection
    dispatcher: Dispatcher

    @property
    def producer(self) -> Producer:
        return Producer(self.connection)

    def shown(self, role: str) -> str:
        """Return what Flower would show of the next message to the workers of a role."""
        with self.connection.SimpleQueue(self.settings.queue("loc", role)) as queue:
            message: Any = queue.get(block=False)
        shown: str = message.headers["kwargsrepr"]
        return shown


@pytest.fixture
def broker(store: Store, prefix: str) -> Iterator[Broker]:
    settings = Settings(broker_url="memory://", key_prefix=prefix)
    app = build_app(settings)
    with app.connection_for_write() as connection:
        yield Broker(settings, connection, Dispatcher(app, Runtime(settings, store)))


def test_a_claim_names_location_and_sensor(broker: Broker, site: Site):
    """Whoever looks for a sensor's ticks finds them."""
    broker.dispatcher.send_claims(broker.producer, "loc", site.claim_due().claims)
    shown = broker.shown("evaluate")
    assert "'location': 'loc'" in shown
    assert "[['s'," in shown


def claim_in_turn(broker: Broker, site: Site) -> None:
    """Send a new sensor's claim, which is alone, with workers of its own or not."""
    apart = broker.dispatcher.has_slow_workers("loc")
    claims = site.claim_due().claims
    broker.dispatcher.send_claims(broker.producer, "loc", claims, apart=apart)


def dry_run(broker: Broker, site: Site) -> None:
    """Send a dry run."""
    site.store.outbox.request_preview("loc", "s")
    broker.dispatcher.send_outbox(broker.producer, "loc")


@pytest.mark.parametrize("send", [claim_in_turn, dry_run])
@pytest.mark.parametrize("role", [Role.EVALUATE, Role.SLOW])
def test_what_may_take_long_goes_to_workers_of_its_own_if_there_are_any(
    broker: Broker, site: Site, send: Callable[[Broker, Site], None], role: Role
):
    """Else to those that evaluate quick sensors."""
    worker = WorkerInfo("node", [role], concurrency=1, pid=1, version="v")
    site.store.sensors.worker_heartbeat("loc", worker)
    send(broker, site)
    assert "'location': 'loc'" in broker.shown(role)


def test_a_launch_names_its_run(broker: Broker, site: Site):
    """By its id."""
    site.tick(request("run-1"))
    broker.dispatcher.send_outbox(broker.producer, "loc")
    assert broker.shown("launch") == "{'location': 'loc', 'runs': ['run-1']}"


def test_a_call_names_its_sensor_and_itself(broker: Broker, site: Site):
    """By the id that lists of calls have."""
    site.register(fed())
    Site(site.store, site.prefix, UPSTREAM).register()
    reacting = Reacting(site)
    reacting.happened("run-1")
    broker.dispatcher.send_reactions(broker.producer, "loc")
    shown = broker.shown("react")
    assert "'reactions': [['s', '" in shown
