"""A tick with many requests: all of their keys used before, and none."""

import time
from contextlib import nullcontext
from functools import partial
from typing import Any
from uuid import uuid4

import redis

from benchmarks import dagster_peer
from benchmarks.locations import keys as location
from benchmarks.notes import read_notes
from benchmarks.site import LOCATION, Site
from benchmarks.stats import Repeated
from benchmarks.table import Line
from sensors_app.engine.calling import Surroundings
from sensors_app.engine.evaluate import evaluate
from sensors_app.engine.locations import LoadedLocation, load_location

REQUESTS = 10_000
FOR_DAGSTER = 1000
"""Ten times as many take it half a minute a tick."""

AIM_MS = 60
HOLDER = "task/bench@host:1/2"


class NoLimit(nullcontext[Any]):
    """A time limit that does not strike."""

    expired = False


def run(quick: bool) -> list[Line]:
    """Do in this process what a worker's child does with a claim."""
    with Site("keys") as site:
        loaded = load_location(LOCATION, location.__name__)
        site.store.sensors.register_location(loaded.snapshot)
        site.client.config_set("slowlog-log-slower-than", 1000)
        site.client.config_set("slowlog-max-len", 1000)
        rounds = 2 if quick else 3
        new, new_hold = _ticks(site, loaded, [f"s{i}/{REQUESTS}" for i in range(rounds)])
        used, used_hold = _ticks(site, loaded, [f"s0/{REQUESTS}"] * (rounds + 2))
        few, _ = _ticks(site, loaded, [f"s0/{FOR_DAGSTER}"] * (rounds + 2))
        lookup = Repeated([_lookup(site.client) for _ in range(rounds + 2)])
        writes = Repeated([_writes(site.client) for _ in range(rounds)])
    return [
        Line(
            f"{REQUESTS:,} requests, all keys used: function's return → commit's reply",
            used.text("ms"),
            f"{lookup.text('ms')} a bare HMGET of as many keys",
            f"aim ≤ {AIM_MS} ms; holds the server {used_hold:.0f} ms at most",
        ),
        Line(
            f"{REQUESTS:,} requests, all keys new: the same",
            new.text("ms"),
            f"{writes.text('ms')} a hash, three indexes and two streams a run, pipelined",
            f"holds the server {new_hold:.0f} ms at most",
        ),
        _beside_dagster(few, rounds),
    ]


def _beside_dagster(ours: Repeated, rounds: int) -> Line:
    what = f"{FOR_DAGSTER:,} requests, all keys used, beside Dagster's daemon: return → end of tick"
    if not dagster_peer.installed():
        return Line(what, ours.text("ms"), dagster_peer.INSTALL)
    theirs = Repeated(_ticks_of_dagster(rounds))
    ratio = theirs.median / ours.median
    return Line(what, ours.text("ms"), f"{theirs.text('ms')} Dagster", f"{ratio:,.0f} times sooner")


def _ticks_of_dagster(rounds: int) -> list[float]:
    with Site("keys", BENCH_REQUESTS=str(FOR_DAGSTER)) as site:
        peer = dagster_peer.DagsterPeer(site, "dagster_keys")
        filling, took = peer.fill(), []
        site.wait(lambda: filling.ended, "the runs", filling)
        daemon = peer.daemon()
        for number in range(rounds):
            site.wait(lambda: peer.ticks() > number, "a tick", daemon, timeout=180, pause=0.01)  # noqa: B023
            took.append((time.time() - read_notes(site.folder)[number][1]) * 1000)
    return took


def _ticks(site: Site, loaded: LoadedLocation, cursors: list[str]) -> tuple[Repeated, float]:
    took, hold = [], 0.0
    for cursor in cursors:
        site.store.sensors.set_cursor(LOCATION, "many", cursor)
        site.client.slowlog_reset()
        took.append(_tick(site, loaded))
        slow = [entry["duration"] / 1000 for entry in site.client.slowlog_get(1000)]
        hold = max([hold, *slow])
    return Repeated(took), hold


def _tick(site: Site, loaded: LoadedLocation) -> float:
    ticks = site.store.ticks
    claims = ticks.claim_due(LOCATION, limit=1, window=1).claims
    while not claims:
        time.sleep(0.01)
        claims = ticks.claim_due(LOCATION, limit=1, window=1).claims
    (start,) = ticks.begin_ticks(LOCATION, claims, HOLDER)
    assert start is not None
    outcome = evaluate(
        loaded.sensors["many"],
        start,
        Surroundings(loaded.jobs, loaded.resources),
        time_limit=NoLimit(),
        known_run_keys=partial(site.store.run_keys.known, LOCATION, "many"),
    )
    (commit,) = ticks.finish_ticks(LOCATION, [(claims[0], outcome)], HOLDER)
    ended = time.perf_counter()
    assert commit.accepted
    return (ended - location.returned_at) * 1000


def _lookup(client: redis.Redis) -> float:
    names = [f"s0/2026-11-23/orders-{number:07d}.json" for number in range(REQUESTS)]
    client.hset("bare:run_keys", mapping=dict.fromkeys(names, str(uuid4())))
    began = time.perf_counter()
    client.hmget("bare:run_keys", names)
    return (time.perf_counter() - began) * 1000


def _writes(client: redis.Redis) -> float:
    mark = uuid4().hex
    began = time.perf_counter()
    with client.pipeline(transaction=False) as pipe:
        for number in range(REQUESTS):
            run_id = f"{mark}-{number:07d}"
            pipe.hset(f"bare:run:{run_id}", mapping={"status": "QUEUED", "job": "handle_job"})
            pipe.xadd(f"bare:log:{run_id}", {"type": "PIPELINE_ENQUEUED"})
            pipe.xadd("bare:events", {"type": "PIPELINE_ENQUEUED", "run": run_id})
            for index in ("runs", "queued", "outbox"):
                pipe.zadd(f"bare:{index}", {run_id: number})
        pipe.execute()
    return (time.perf_counter() - began) * 1000
