"""Whatever dies, and whenever: each run has its sensors called; what they request exists once."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from kombu import Connection

from sensors_app.model.external import ExternalRunEvent
from tests.acceptance.cluster import Cluster, Process, lines_of
from tests.acceptance.test_rabbitmq import BROKER, reachable

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(240)]

RUNS = 1000
BURST = 20
"""Runs that end between two looks at what to kill."""

PACE_S = 0.08
LIFE_S = {"listener": 0.5, "react": 3.0}
"""How long a process is left alone before it may be killed; a worker takes a second to start."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, "reports=reports")
    yield made
    made.close()


@pytest.fixture
def cluster_on_rabbitmq(tmp_path: Path) -> Iterator[Cluster]:
    if not reachable(BROKER):
        pytest.skip("no RabbitMQ on this machine")
    prefix = f"test-{uuid4().hex[:8]}"
    env = {"SENSORS_BROKER_URL": BROKER, "SENSORS_KEY_PREFIX": prefix}
    made = Cluster(tmp_path, "reports=reports", env)
    yield made
    made.close()
    with Connection(BROKER) as connection, connection.channel() as channel:
        for queue in queues(made):
            channel.queue_delete(queue)


def queues(cluster: Cluster) -> list[str]:
    return [cluster.settings.queue("reports", role) for role in ("evaluate", "launch", "react")]


def wipe_redis(cluster: Cluster) -> None:
    cluster.broker().flushdb()


def wipe_rabbitmq(cluster: Cluster) -> None:
    with Connection(BROKER) as connection:
        for queue in queues(cluster):
            with connection.channel() as channel:
                try:
                    channel.queue_purge(queue)
                except connection.channel_errors:
                    continue  # It has not been declared yet.


def end_runs(cluster: Cluster, numbers: range) -> None:
    """Have runs of another system end."""
    for number in numbers:
        cluster.store.external.report_run(
            ExternalRunEvent("shop", "order", f"order-{number}", "SUCCESS")
        )


def expect_each_seen(cluster: Cluster, runs: int, timeout: float) -> None:
    """Each run was seen by each sensor; what was requested exists once, ran, and was seen, too."""
    orders = {f"order-{number}" for number in range(runs)}
    for name in ("keyed", "unkeyed", "batched"):
        cluster.wait_until(
            lambda name=name: orders <= set(lines_of(cluster, name)),
            f"each of {runs} runs to be seen by {name}",
            timeout=timeout,
        )
    fourths, tenths = orders_by(4, runs), orders_by(10, runs)
    cluster.wait_finished("keyed", len(fourths), timeout=timeout)
    cluster.wait_finished("unkeyed", len(tenths), timeout=timeout)
    keyed, unkeyed = cluster.runs("keyed"), cluster.runs("unkeyed")
    assert Counter(run.run_key for run in keyed) == Counter(fourths)
    assert Counter(run.tags["order"] for run in unkeyed) == Counter(tenths)
    good = {run.run_id for run in [*keyed, *unkeyed] if run.is_success}
    cluster.wait_until(
        lambda: good <= set(lines_of(cluster, "seen")), "their own runs to be seen", timeout=timeout
    )
    counted = cluster.store.reactions.count_reactions
    names = ["keyed", "unkeyed", "batched", "followed"]
    cluster.wait_until(
        lambda: not any(counted("reports", names).values()), "the last call to be committed"
    )
    assert cluster.store.reactions.dead_letters("reports") == []


def orders_by(step: int, runs: int) -> set[str]:
    return {f"order-{number}" for number in range(0, runs, step)}


class Chaos:
    """Kills listeners and react workers, and wipes the broker, at random; the dead are replaced."""

    def __init__(self, cluster: Cluster, wipe: Callable[[Cluster], None], seed: int) -> None:
        self._cluster = cluster
        self._wipe = wipe
        self._random = random.Random(seed)
        self._alive: list[tuple[str, Process, float]] = []
        self.done: Counter[str] = Counter()
        for what in ("listener", "listener", "react", "react"):
            self._start(what)

    def _start(self, what: str) -> None:
        cluster = self._cluster
        made = cluster.listener() if what == "listener" else cluster.worker("react")
        self._alive.append((what, made, time.monotonic()))

    def strike(self) -> None:
        """Do one thing, or nothing."""
        what = self._random.choice(["listener", "react", "broker", "nothing", "nothing"])
        if what == "broker":
            self._wipe(self._cluster)
            self.done[what] += 1
        old = [
            each
            for each in self._alive
            if each[0] == what and time.monotonic() - each[2] > LIFE_S[what]
        ]
        if old:
            victim = self._random.choice(old)
            self._alive.remove(victim)
            victim[1].kill()
            self._start(what)
            self.done[what] += 1


def expect_nothing_lost(cluster: Cluster, wipe: Callable[[Cluster], None]) -> None:
    """A thousand runs end while everything is killed at random."""
    cluster.beat()
    cluster.worker("launch")
    chaos = Chaos(cluster, wipe, seed=7)
    cluster.wait_served(roles={"launch", "react"})
    for first in range(0, RUNS, BURST):
        end_runs(cluster, range(first, first + BURST))
        chaos.strike()
        time.sleep(PACE_S)  # The pace of what is tested, and not a wait for anything.
    assert min(chaos.done[what] for what in ("listener", "react", "broker")) > 0, chaos.done
    expect_each_seen(cluster, RUNS, timeout=90)


def test_nothing_is_lost(cluster: Cluster) -> None:
    """With Redis as the broker."""
    expect_nothing_lost(cluster, wipe_redis)


def test_nothing_is_lost_with_rabbitmq(cluster_on_rabbitmq: Cluster) -> None:
    """And with RabbitMQ."""
    expect_nothing_lost(cluster_on_rabbitmq, wipe_rabbitmq)


@pytest.mark.parametrize(
    ("point", "module"),
    [
        ("before:deliver", "workers.listener"),
        ("after:deliver", "workers.listener"),
        ("after:take_reactions", "workers.listener"),
        ("after:send_reactions", "workers.listener"),
        ("before:begin_reactions", "celery"),
        ("after:begin_reactions", "celery"),
        ("before:finish_reactions", "celery"),
        ("after:finish_reactions", "celery"),
    ],
)
def test_a_process_dies_between_two_steps(cluster: Cluster, point: str, module: str) -> None:
    """Each step of a listener and of a react worker; another one goes on."""
    cluster.beat()
    cluster.worker("launch")
    if module == "celery":
        cluster.listener()
        cluster.worker("react", prefix=cluster.crashing(point))
    else:
        cluster.worker("react")
        cluster.start(cluster.crashing(point, program=["listener"]), "listener")
    cluster.wait_served(roles={"launch", "react"})
    end_runs(cluster, range(10))
    cluster.wait_crashed()
    cluster.listener()
    cluster.worker("react")
    expect_each_seen(cluster, 10, timeout=40)
