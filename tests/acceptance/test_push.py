"""Events pushed to a real web process: each is seen until a tick commits, and has one run."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from sensors_app.operating.signing import HEADER, signature
from tests.acceptance.cluster import Cluster, free_port, lines_of

pytestmark = pytest.mark.acceptance

SECRET = "a-secret-of-some-length"

Push = Callable[..., int]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, "shop=pushed", {"SENSORS_PUSH_SECRET": SECRET})
    yield made
    made.close()


@pytest.fixture
def push(cluster: Cluster) -> Push:
    """Pushes an order to the web process; gives the status of the answer."""
    port = free_port()
    cluster.start([sys.executable, "-m", "sensors_app.web"], "web", SENSORS_WEB_PORT=str(port))
    base = f"http://127.0.0.1:{port}"

    def is_up() -> bool:
        try:
            with urlopen(f"{base}/healthz") as answer:
                return bool(answer.status == 200)
        except (URLError, ConnectionError):
            return False

    cluster.wait_until(is_up, "the web process")

    def push_order(order: int) -> int:
        body = json.dumps({"order": order}).encode()
        headers = {
            "Content-Type": "application/json",
            HEADER: signature(SECRET, body, int(time.time())),
            "X-Sensors-Event-Id": f"order-{order}",
        }
        url = f"{base}/api/v1/sensors/shop/orders/events"
        with urlopen(Request(url, body, headers)) as answer:
            return int(answer.status)

    return push_order


def test_a_pushed_event_has_a_run_at_once(cluster: Cluster, push: Push) -> None:
    """Long before the sensor's interval of an hour is over; what comes again has none."""
    cluster.start_all()
    cluster.wait_until(lambda: lines_of(cluster, "seen") == [""], "the first tick")
    for order in (1, 2, 1):
        assert push(order) == 202
    cluster.wait_finished("orders", 2)
    assert sorted(lines_of(cluster, "handled")) == ["1", "2"]
    assert not cluster.store.inbox.count("shop", "orders")


@pytest.mark.parametrize(
    ("point", "seen_again"),
    [("after:begin_ticks", False), ("before:finish_ticks", True), ("after:finish_ticks", False)],
)
def test_a_worker_is_killed_in_the_tick(
    cluster: Cluster, push: Push, point: str, seen_again: bool
) -> None:
    """Before it commits, the next tick sees the event again; after, it does not. It has one run."""
    quick = {"PUSHED_INTERVAL": "0.5"}
    cluster.worker("launch", **quick)
    cluster.wait_served(roles=["launch"])
    assert push(1) == 202
    cluster.worker("evaluate", prefix=cluster.crashing(point), **quick)
    cluster.beat()
    cluster.wait_crashed()
    cluster.worker("evaluate", **quick)
    assert push(2) == 202
    cluster.wait_finished("orders", 2)
    assert Counter(lines_of(cluster, "handled")) == Counter(["1", "2"])
    seen = Counter(order for line in lines_of(cluster, "seen") for order in line.split())
    assert seen["1"] == (2 if seen_again else 1)
    assert not cluster.store.inbox.count("shop", "orders")
