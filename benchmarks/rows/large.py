"""A tick with 100,000 requests whose keys are all new."""

import time

from benchmarks.celery_peer import publishing
from benchmarks.notes import read_notes
from benchmarks.processes import Process
from benchmarks.rows.evaluations import ticks_done
from benchmarks.rows.runs import SENSOR, request
from benchmarks.site import LOCATION, Site
from benchmarks.stats import Repeated
from benchmarks.table import Line
from sensors_app.model.locations import Role

AIM_HOLD_MS = 50
WRITES = 10_000
MESSAGES_SHARE = 5
"""Of so many requests one stands for a raw message: to publish them takes each as long."""

BARE = """
for n = 1, tonumber(ARGV[1]) do
  redis.call('HSET', KEYS[1] .. n, 'status', 'QUEUED', 'job', 'nothing_job')
  redis.call('ZADD', KEYS[1], n, n)
  redis.call('XADD', KEYS[2], '*', 'type', 'PIPELINE_ENQUEUED', 'run', n)
end
"""


def run(quick: bool) -> list[Line]:
    """Request them in a worker's child; nobody launches them."""
    rounds, requests = (1, 10_000) if quick else (3, 100_000)
    committed, created, holds, forks, bare, published = [], [], [], [], [], []
    with Site("requesting", BENCH_REQUESTS=str(requests)) as site:
        worker, beat = site.role(Role.EVALUATE), site.beat()
        site.wait(lambda: ticks_done(site), "the first tick", beat)
        site.client.config_set("slowlog-log-slower-than", 1000)
        site.client.config_set("slowlog-max-len", 10_000)
        site.client.config_set("latency-monitor-threshold", 1)
        before = max(worker.memory_peaks().values())
        for number in range(rounds):
            site.client.slowlog_reset()
            site.client.execute_command("LATENCY", "RESET")
            request(site, number)
            waits = _waits(site, worker, number, requests)
            committed.append(waits[0])
            created.append(waits[1])
            hold, fork = _longest_ms(site)
            holds.append(hold)
            forks.append(fork)
            bare.append(_bare(site))
            published.append(MESSAGES_SHARE * publishing(site, requests // MESSAGES_SHARE))
        after = max(worker.memory_peaks().values())
    return [
        Line(
            f"a tick with {requests:,} requests, all keys new: function's return → committed; all "
            "runs created",
            f"{Repeated(committed).text('s', 2)}; {Repeated(created).text('s', 2)}; "
            f"a command holds the server {Repeated(holds).text('ms')} at most",
            f"{Repeated(bare).text('ms')} for one script of {3 * WRITES:,} bare writes; "
            f"{Repeated(published).text('s', 2)} to publish as many raw Celery messages, no-op "
            f"(measured with {requests // MESSAGES_SHARE:,})",
            f"aim: hold ≤ {AIM_HOLD_MS} ms; the server's own forks {max(forks):.0f} ms; "
            f"the sensor's process has {after / 1e6:,.0f} MB at most, {before / 1e6:,.0f} before",
        )
    ]


def _waits(site: Site, worker: Process, number: int, requests: int) -> tuple[float, float]:
    site.wait(lambda: len(read_notes(site.folder)) > number, "the tick", worker, pause=0.005)
    returned = read_notes(site.folder)[-1][1]
    site.wait(
        lambda: _is_decided(site, number, requests), "the commit", worker, timeout=120, pause=0.005
    )
    decided = time.time()
    site.wait(lambda: _is_over(site, number, requests), "all runs", worker, timeout=300, pause=0.02)
    return decided - returned, time.time() - returned


def _is_decided(site: Site, number: int, requests: int) -> bool:
    """Tell whether the tick is committed: what it requests is being made, or has been."""
    state = site.store.sensors.sensor(LOCATION, SENSOR)
    unfolding = state is not None and state.activity == "unfolding"
    return unfolding or _is_over(site, number, requests)


def _is_over(site: Site, number: int, requests: int) -> bool:
    """Tell whether so many ticks and one more have made all of their runs."""
    ticks = site.store.ticks.ticks(LOCATION, SENSOR, limit=number + 1)
    return len(ticks) == number + 1 and all(tick.created == requests for tick in ticks)


def _longest_ms(site: Site) -> tuple[float, float]:
    """Return how long a command held the server, by the slow log or the latency monitor, whichever
    is more; and how long its own forks did, by which it rewrites its file."""
    slow = [entry["duration"] / 1000 for entry in site.client.slowlog_get(10_000)]
    latest = site.client.execute_command("LATENCY", "LATEST")
    events = {event: float(most) for event, _, _, most, *_ in latest}
    return max([*slow, events.get("command", 0.0)], default=0.0), events.get("fork", 0.0)


def _bare(site: Site) -> float:
    began = time.perf_counter()
    site.client.eval(BARE, 2, "bare:runs", "bare:events", WRITES)
    took = (time.perf_counter() - began) * 1000
    site.client.delete("bare:runs", "bare:events", *(f"bare:runs{n + 1}" for n in range(WRITES)))
    return took
