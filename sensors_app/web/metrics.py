"""``/metrics``: what the shared state tells, for Prometheus; every web process tells the same."""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from sensors_app.engine.listening import sources
from sensors_app.errors import StoreUnavailableError
from sensors_app.model.locations import LocationState
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.operating.alive import HEARD_OF_MS, roles_served
from sensors_app.storage.metering import TOOK_MS, Tally, Ticks, Waiting
from sensors_app.web.metric_table import DURATIONS, METRICS
from sensors_app.web.rows import SensorRow
from sensors_app.web.site import Site

router = APIRouter(include_in_schema=False)

KEEP_S = 1.0
"""For how long an answer is given again: however many ask, the store is read once."""

Sample = tuple[str, Sequence[str], float | Tally]
"""Name, values of the labels, value; what has the durations of a location's ticks, for those."""


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Return every metric, in the format that is asked for."""
    exporter: Exporter = request.app.state.exporter
    body, kind = exporter.exposition(request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": kind, "Cache-Control": "no-store"})


class Exporter(Collector):
    """Reads the metrics when they are asked for.

    Args:
        site: What the web process knows already.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._kept: Sequence[Metric] = ()
        self._kept_until = 0.0
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics as text, and what kind of text that is.

        Args:
            accept: Which kinds are asked for: the request's header.
        """
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind

    def describe(self) -> Iterable[Metric]:
        """Return the metrics without their values."""
        return [each.family() for each in METRICS]

    def collect(self) -> Iterable[Metric]:
        """Return the metrics; those that are known only."""
        with self._lock:
            if time.monotonic() >= self._kept_until:
                self._kept = _families(self._samples())
                self._kept_until = time.monotonic() + KEEP_S
            return self._kept

    # ---- what there is

    def _samples(self) -> Iterator[Sample]:
        yield "sensors_build_info", (version("sensors-app"),), 1
        begun = time.monotonic()
        try:
            self._site.store.now_ms()
            took = time.monotonic() - begun
            rows = self._site.overview.rows()
            detailed = len(rows) <= self._site.settings.metrics_per_sensor
            found = [
                *self._processes(),
                *self._sensors(rows, detailed=detailed),
                *self._locations(detailed=detailed),
            ]
            found += [("sensors_refused_reports_total", (), self._site.store.meter.refused())]
        except StoreUnavailableError:
            # All that is known is old by now, and would pass for new.
            yield "sensors_store_up", (), 0
            return
        yield "sensors_store_up", (), 1
        yield "sensors_store_answer_seconds", (), took
        yield from found

    def _processes(self) -> Iterator[Sample]:
        sensors = self._site.store.sensors
        for name, silent in (("beat", sensors.beats()), ("listener", sensors.listeners())):
            alive = sum(ms < HEARD_OF_MS for ms in silent.values())
            yield f"sensors_{name}s", (), alive
            if silent:
                age = max(0, min(silent.values())) / 1000
                yield f"sensors_{name}_heartbeat_age_seconds", (), age
        now = self._site.overview.now_ms()
        for each in self._site.health.health.locations.values():
            yield from _workers(each.state, now)

    def _sensors(self, rows: Iterable[SensorRow], *, detailed: bool) -> Iterator[Sample]:
        overview, by_location = self._site.overview, _by_location(rows)
        now = overview.now_ms()
        yield "sensors_seen_age_seconds", (), overview.age_s
        yield "sensors_metrics_per_sensor", (), detailed
        for location, own in by_location.items():
            on = sum(row.on for row in own)
            yield "sensors_registered", (location, "on"), on
            yield "sensors_registered", (location, "off"), len(own) - on
            failing = sum(row.on and row.result == "failed" for row in own)
            yield "sensors_failing", (location,), failing
            yield "sensors_late", (location,), sum(row.late_ms(now) > 0 for row in own)
            held = sum(row.state.held is not None for row in own)
            yield "sensors_held", (location,), held
            if detailed:
                counted = self._site.store.meter.ticks(location, [row.name for row in own])
                for row in own:
                    yield from _of_sensors(location, row.name, [row], now)
                    yield from _ticks(location, row.name, counted[row.name])
            else:
                yield from _of_sensors(location, "", own, now)

    def _locations(self, *, detailed: bool) -> Iterator[Sample]:
        store = self._site.store
        known = store.sensors.location_names()
        for location in known:
            tally = store.meter.tally(location)
            yield DURATIONS, (location,), tally
            if not detailed:
                yield from _ticks(location, "", tally.ticks)
            for (job, status), count in tally.runs.items():
                yield "sensors_runs_ended_total", (location, job, status), count
            runs = store.runs.count_runs(location)
            for each in DagsterRunStatus:
                yield "sensors_runs", (location, each.value), runs.get(each, 0)
        fed = {
            location: [each.name for each in found.state.snapshot.sensors if each.reacts_to]
            for location, found in self._site.health.health.locations.items()
        }
        for location, waiting in store.meter.waiting(fed).items():
            yield from _waiting(location, waiting)
        rules = store.deliveries.rules(list(fed))
        for home, state in store.deliveries.read_states(rules).items():
            read = {
                source: state.positions.get(source, "")
                for source in sources(rules[home], home, known)
            }
            yield "sensors_events_lag_seconds", (home,), store.meter.unread_ms(read) / 1000


def _families(samples: Iterable[Sample]) -> Sequence[Metric]:
    families: dict[str, Any] = {each.name: each.family() for each in METRICS}
    bounds = [*(str(bound / 1000) for bound in TOOK_MS), "+Inf"]
    for name, labels, value in samples:
        if isinstance(value, Tally):
            within = list(zip(bounds, value.within, strict=True))
            families[name].add_metric(labels, within, value.ticks.took_ms / 1000)
        else:
            families[name].add_metric(labels, value)
    return list(families.values())


def _by_location(rows: Iterable[SensorRow]) -> Mapping[str, Sequence[SensorRow]]:
    found: dict[str, list[SensorRow]] = {}
    for row in rows:
        found.setdefault(row.location, []).append(row)
    return found


def _workers(state: LocationState, now: float) -> Iterator[Sample]:
    for role in roles_served(state):
        labels = (state.snapshot.name, role.value)
        own = [worker for worker in state.workers if role in worker.roles]
        yield "sensors_workers", labels, sum(worker.alive for worker in own)
        yield "sensors_worker_capacity", labels, state.capacity(role)
        if own:
            age = max(0, now - max(worker.seen_at for worker in own)) / 1000
            yield "sensors_worker_heartbeat_age_seconds", labels, age


def _of_sensors(
    location: str, sensor: str, rows: Sequence[SensorRow], now: float
) -> Iterator[Sample]:
    """Tell of one sensor; or of several, what is true of all, or of the worst."""
    labels = (location, sensor)
    yield "sensors_sensor_on", labels, sum(row.on for row in rows)
    ended = [row.state.last_tick_at for row in rows if row.state.last_tick_at is not None]
    if ended:
        yield "sensors_tick_last_timestamp_seconds", labels, max(ended) / 1000
    for result, count in Counter(row.result for row in rows if row.result).items():
        yield "sensors_tick_last_result", (*labels, result), count
    failures = max(row.state.failures for row in rows)
    yield "sensors_tick_failures_in_a_row", labels, failures
    yield "sensors_tick_late_seconds", labels, max(row.late_ms(now) for row in rows) / 1000


def _ticks(location: str, sensor: str, ticks: Ticks) -> Iterator[Sample]:
    for status, count in ticks.results.items():
        yield "sensors_ticks_total", (location, sensor, status.value.lower()), count
    yield "sensors_tick_seconds_total", (location, sensor), ticks.took_ms / 1000


def _waiting(location: str, waiting: Waiting) -> Iterator[Sample]:
    for state, count in waiting.ticks.items():
        yield "sensors_schedule", (location, state), count
    for queue, count in waiting.launches.items():
        yield "sensors_launches", (location, queue), count
    for state, count in waiting.reactions.items():
        yield "sensors_reactions", (location, state), count
    yield "sensors_schedule_lag_seconds", (location,), waiting.lag_ms / 1000
    for name, lane in waiting.lanes.items():
        yield "sensors_lane_due", (location, name), lane.due
        yield "sensors_lane_lag_seconds", (location, name), lane.lag_ms / 1000
    yield "sensors_outbox_oldest_seconds", (location,), waiting.oldest_outbox_ms / 1000
    yield "sensors_sent_oldest_seconds", (location,), waiting.oldest_sent_ms / 1000
