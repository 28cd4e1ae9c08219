"""Turns what the store holds into the JSON that the command line prints and the API answers."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sensors_app.model.audit import AuditEntry
from sensors_app.model.events import EventLogEntry, StreamedEvent
from sensors_app.model.locations import LocationState, Role, SensorState, WorkerInfo
from sensors_app.model.pushed import PushedEvent
from sensors_app.model.reactions import Reaction
from sensors_app.model.runs import DagsterRun
from sensors_app.model.ticks import DroppedRequest, LogLine, Preview, Tick
from sensors_app.operating.alive import HEARD_OF_MS
from sensors_app.operating.kinds import event_type_name, kind_word
from sensors_app.operating.location_shapes import (
    LocationShape,
    PlacedWorkerShape,
    ProcessShape,
    WorkerShape,
)
from sensors_app.operating.run_shapes import (
    AuditShape,
    EntryShape,
    EventShape,
    ReactionShape,
    RunShape,
)
from sensors_app.operating.shapes import (
    DroppedShape,
    LogLineShape,
    PreviewShape,
    PushedShape,
    RequestShape,
    SensorShape,
    TickShape,
    TickSummary,
)
from sensors_app.operating.times import iso, iso_seconds
from sensors_app.storage.codec import error_to_json
from sensors_app.storage.store import Store

STATES = ("waiting", "running", "held", "dead")


def tick_record(location: str, tick: Tick) -> TickShape:
    """Return a tick. ``run_keys`` and ``run_ids`` may be cut; the counts are whole."""
    return {**tick_summary(location, tick), "logs": log_records(tick.logs)}


def tick_summary(location: str, tick: Tick) -> TickSummary:
    """Return a tick for a list of thousands: its logs may have 64 KB each."""
    return {
        "tick_id": tick.tick_id,
        "location": location,
        "sensor": tick.sensor,
        "status": tick.status.value,
        "skip_reason": tick.skip_reason,
        "error": error_to_json(tick.error),
        "cursor_before": tick.cursor_before,
        "cursor_after": tick.cursor_after,
        "requested": tick.requested,
        "created": tick.created,
        "run_ids": list(tick.run_ids),
        "run_keys": list(tick.run_keys),
        "dropped": dropped_records(tick.dropped),
        "started_at": iso(tick.started_at),
        "ended_at": iso(tick.ended_at),
        "duration_ms": tick.duration_ms,
        "worker": tick.worker,
        "times": tick.times,
        "first_tick_id": tick.first_id or tick.tick_id,
    }


def preview_record(location: str, preview: Preview) -> PreviewShape:
    """Return what a dry run found."""
    return {
        "location": location,
        "sensor": preview.sensor,
        "status": preview.status.value,
        "skip_reason": preview.skip_reason,
        "error": error_to_json(preview.error),
        "cursor_before": preview.cursor_before,
        "cursor_after": preview.cursor_after,
        "requests": [_request(each) for each in preview.requests],
        "dropped": dropped_records(preview.dropped),
        "logs": log_records(preview.logs),
    }


def run_record(run: DagsterRun) -> RunShape:
    """Return a run."""
    return {
        "run_id": run.run_id,
        "job_name": run.job_name,
        "status": run.status.value,
        "location": run.location,
        "sensor_name": run.sensor_name,
        "run_key": run.run_key,
        "tick_id": run.tick_id,
        "created_at": iso_seconds(run.created_at),
        "started_at": iso_seconds(run.started_at),
        "ended_at": iso_seconds(run.ended_at),
        "tags": dict(run.tags),
        "run_config": dict(run.run_config),
        "error": run.error,
        "worker": run.worker,
    }


def entry_record(entry: EventLogEntry) -> EntryShape:
    """Return one entry of a run's log."""
    event = entry.dagster_event
    data = event.event_specific_data if event else None
    return {
        "timestamp": iso_seconds(entry.timestamp),
        "level": logging.getLevelName(entry.level),
        "step_key": entry.step_key,
        "event_type": event.event_type.name if event else None,
        "message": entry.user_message,
        "error": error_to_json(data.error) if data else None,
    }


def sensor_record(sensor: SensorState, last_tick: Tick | None) -> SensorShape:
    """Return a sensor as it stands."""
    snapshot = sensor.snapshot
    return {
        "location": sensor.location,
        "name": snapshot.name,
        "running": sensor.running,
        "override": sensor.override,
        "running_by_default": snapshot.running_by_default,
        "interval_seconds": snapshot.interval_seconds,
        "timeout_seconds": snapshot.timeout_seconds,
        "jitter_seconds": snapshot.options.jitter_seconds,
        "max_requests_per_tick": snapshot.options.max_requests_per_tick,
        "run_key_ttl_seconds": snapshot.options.run_key_ttl_seconds,
        "run_key_policy": snapshot.options.run_key_policy,
        "event_types": None
        if snapshot.reacts_to is None
        else [event_type_name(kind) for kind in snapshot.reacts_to.kinds],
        "job_names": list(snapshot.job_names),
        "description": snapshot.description,
        "tags": dict(snapshot.tags),
        "activity": sensor.activity,
        "held": None if sensor.held is None else sensor.held.reason,
        "next_due": iso(sensor.next_due),
        "takes_ms": sensor.took_ms,
        "quick": sensor.quick,
        "failures": sensor.failures,
        "backing_off": sensor.backing_off,
        "last_run_key": sensor.last_run_key,
        "last_tick": tick_summary(sensor.location, last_tick) if last_tick else None,
    }


def location_record(location: LocationState) -> LocationShape:
    """Return a code location and how many tasks its living workers run at once."""
    snapshot = location.snapshot
    return {
        "name": snapshot.name,
        "module": snapshot.module,
        "version": snapshot.version,
        "registered_at": iso(location.registered_at),
        "sensors": [sensor.name for sensor in snapshot.sensors],
        "job_names": list(snapshot.job_names),
        "capacity": {role.value: location.capacity(role) for role in Role},
        "workers": [worker_record(worker) for worker in location.workers],
    }


def worker_record(worker: WorkerInfo) -> WorkerShape:
    """Return a worker."""
    return {
        "node": worker.node,
        "roles": [role.value for role in worker.roles],
        "concurrency": worker.concurrency,
        "pid": worker.pid,
        "version": worker.version,
        "seen_at": iso(worker.seen_at),
        "alive": worker.alive,
    }


def log_records(lines: Iterable[LogLine]) -> list[LogLineShape]:
    """Return logged lines."""
    return [
        {
            "timestamp": iso_seconds(line.timestamp),
            "level": logging.getLevelName(line.level),
            "message": line.message,
        }
        for line in lines
    ]


def dropped_records(dropped: Iterable[DroppedRequest]) -> list[DroppedShape]:
    """Return the requests that made no run, and the run that each key had made."""
    return [{"run_key": each.run_key, "run_id": each.run_id or None} for each in dropped]


def _request(request: Mapping[str, Any]) -> RequestShape:
    return {
        "run_key": request["run_key"],
        "job_name": request["job_name"],
        "run_config": request["run_config"],
        "tags": request["tags"],
    }


def event_record(store: Store, event: StreamedEvent) -> EventShape:
    """Return an event of a stream."""
    return {
        "id": event.ident,
        "location": event.location,
        "event_type": event_type_name(event.kind),
        "status": kind_word(event.kind) if event.run_id else None,
        "at": iso(event.at),
        "run_id": event.run_id,
        "job_name": event.job_name,
        "sensor": event.fields.get("sensor"),
        "message": event_message(store, event),
    }


def event_message(store: Store, event: StreamedEvent) -> str:
    """Return what an event says."""
    if event.run_id is None:
        return event.fields.get("message", "")
    return store.runs.event_of(event).message or ""


def reaction_id(reaction: Reaction) -> str:
    """Return what a reaction is called over all locations."""
    return f"{reaction.location}/{reaction.ident.lstrip('0')}"


def reaction_record(store: Store, reaction: Reaction, retry_at: int | None = None) -> ReactionShape:
    """Return a reaction."""
    return {
        "id": reaction_id(reaction),
        "location": reaction.location,
        "sensor": reaction.sensor,
        "state": reaction.state,
        "attempts": reaction.attempt,
        "created_at": iso(reaction.created_at),
        "retry_at": iso(retry_at),
        "died_at": iso(reaction.died_at),
        "events": [event_record(store, event) for event in reaction.events],
        "error": error_to_json(reaction.error),
    }


def state_counts(counts: Counter[str]) -> dict[str, int]:
    """Return how many reactions are in each state, also in those that have none."""
    return {state: counts[state] for state in STATES}


def audit_record(entry: AuditEntry) -> AuditShape:
    """Return what somebody did."""
    return {
        "location": entry.location,
        "at": iso(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "detail": entry.detail,
    }


def pushed_record(event: PushedEvent) -> PushedShape:
    """Return an event that was pushed to a sensor."""
    return {
        "id": event.id,
        "received_at": iso_seconds(event.received_at),
        "payload": event.payload,
    }


def process_records(silent: Mapping[str, int]) -> list[ProcessShape]:
    """Return beats or listeners: their names, and for how long, in ms, each has been silent."""
    return [
        {"name": name, "silent_ms": ms, "alive": ms < HEARD_OF_MS} for name, ms in silent.items()
    ]


def placed_worker_record(location: str, worker: WorkerInfo) -> PlacedWorkerShape:
    """Return a worker and its code location."""
    return {"location": location, **worker_record(worker)}
