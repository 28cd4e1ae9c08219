"""How records are written in the store, and read back from whatever is found there."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sensors_app.model.assets import AssetMaterialization
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import (
    DagsterEvent,
    DagsterEventType,
    EventLogEntry,
    EventSpecificData,
    StreamedEvent,
)
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.model.ticks import DroppedRequest, LogLine, Tick, TickStatus, all_dropped

Fields = Mapping[str, str]


def wrap(value: str | None) -> str:
    """Write an optional text: ``""`` is absent, ``"="`` is empty."""
    return "" if value is None else f"={value}"


def unwrap(text: str) -> str | None:
    """Read an optional text."""
    return text[1:] if text else None


def seconds(milliseconds: str | None) -> float | None:
    """Return a time in seconds since the epoch, kept in ms."""
    return int(milliseconds) / 1000 if milliseconds else None


def pairs(flat: Sequence[str]) -> dict[str, str]:
    """Read a flat list of names and values, as scripts and streams return them."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def dumps(value: Any) -> str:
    """Write JSON, short."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


# ---- errors and logs


def error_to_json(error: SerializableErrorInfo | None) -> dict[str, Any] | None:
    """Return an error, with its causes, as JSON-able data."""
    if error is None:
        return None
    return {
        "message": error.message,
        "stack": list(error.stack),
        "cls_name": error.cls_name,
        "cause": error_to_json(error.cause),
    }


def error_from_json(data: Mapping[str, Any] | None) -> SerializableErrorInfo | None:
    """Read an error."""
    if data is None:
        return None
    return SerializableErrorInfo(
        message=data["message"],
        stack=tuple(data["stack"]),
        cls_name=data["cls_name"],
        cause=error_from_json(data["cause"]),
    )


def logs_to_json(logs: Iterable[LogLine]) -> list[list[Any]]:
    """Return log lines as JSON-able data."""
    return [[line.timestamp, line.level, line.message] for line in logs]


def logs_from_json(data: Iterable[Sequence[Any]]) -> tuple[LogLine, ...]:
    """Read log lines."""
    return tuple(LogLine(*line) for line in data)


def dropped_from_json(text: str) -> tuple[DroppedRequest, ...]:
    """Read the requests that a commit dropped."""
    return tuple(DroppedRequest(*pair) for pair in json.loads(text))


# ---- ticks


def tick_data(
    *,
    skip_reason: str | None = None,
    error: SerializableErrorInfo | None = None,
    run_keys: Sequence[str] = (),
    logs: Sequence[LogLine] = (),
) -> str:
    """Write the part of a tick that no script looks into."""
    data = {
        "skip_reason": skip_reason,
        "error": error_to_json(error),
        "run_keys": list(run_keys),
        "logs": logs_to_json(logs),
    }
    return dumps({name: value for name, value in data.items() if value not in (None, [])})


def tick_from_entry(sensor: str, entry_id: str, fields: Fields) -> Tick:
    """Read a finished tick."""
    data = json.loads(fields["data"])
    requested, created = int(fields.get("requested", 0)), int(fields.get("created", 0))
    reason = fields.get("given_up", data.get("skip_reason"))
    if requested > created == 0 and "given_up" not in fields:
        reason = all_dropped(requested)
    return Tick(
        tick_id=entry_id.removesuffix("-0"),
        sensor=sensor,
        status=TickStatus(fields["status"]),
        started_at=int(fields["started"]),
        ended_at=int(fields["ended"]),
        skip_reason=reason,
        error=error_from_json(data.get("error")),
        cursor_before=unwrap(fields["before"]),
        cursor_after=unwrap(fields.get("after", fields["before"])),
        requested=requested,
        created=created,
        run_keys=tuple(data.get("run_keys", ())),
        run_ids=tuple(json.loads(fields.get("run_ids", "[]"))),
        dropped=dropped_from_json(fields.get("dropped", "[]")),
        logs=logs_from_json(data.get("logs", ())),
        worker=fields["worker"] or None,
        times=int(fields.get("times", 1)),
        first_id=fields.get("first"),
    )


# ---- runs


def tags_from_json(text: str | None) -> dict[str, str]:
    """Read a run's tags; of a run that is not kept any more, there are none."""
    tags: dict[str, str] = json.loads(text) if text else {}
    return tags


def run_from_fields(run_id: str, location: str, fields: Fields) -> DagsterRun:
    """Read a run."""
    return DagsterRun(
        job_name=fields["job"],
        run_id=run_id,
        status=DagsterRunStatus(fields["status"]),
        tags=json.loads(fields["tags"]),
        run_config=json.loads(fields["config"]),
        location=location,
        sensor_name=fields.get("sensor"),
        run_key=fields.get("run_key"),
        tick_id=fields.get("tick"),
        created_at=seconds(fields.get("created")),
        started_at=seconds(fields.get("started")),
        ended_at=seconds(fields.get("ended")),
        worker=fields.get("holder"),
        error=fields.get("error"),
        lineage=tuple(filter(None, fields.get("lineage", "").split(","))),
        trace=fields.get("trace"),
    )


def event_extra(event: DagsterEvent | None) -> str:
    """Write what only some events carry; empty for the others."""
    data = event.event_specific_data if event is not None else None
    return "" if data is None else dumps(specific_to_json(data))


def specific_to_json(data: EventSpecificData) -> dict[str, Any]:
    """Return what only some events carry as JSON-able data."""
    first = data.first_step_failure_event
    kept = {
        "error": error_to_json(data.error),
        "output_name": data.output_name,
        "materialization": _materialization_to_json(data.materialization),
        "first_step_failure": None if first is None else [first.step_key, first.message],
    }
    return {name: value for name, value in kept.items() if value is not None}


def _specific_from_json(extra: str, job_name: str) -> EventSpecificData | None:
    if not extra:
        return None
    data = json.loads(extra)
    error = error_from_json(data.get("error"))
    first = data.get("first_step_failure")
    step_failure = None
    if first is not None:
        # The first step's error is the run's: it is written once.
        value = DagsterEventType.STEP_FAILURE.value
        step_failure = DagsterEvent(
            value, job_name, first[0], first[1], EventSpecificData(error=error)
        )
    made = data.get("materialization")
    return EventSpecificData(
        error=error,
        output_name=data.get("output_name"),
        first_step_failure_event=step_failure,
        materialization=None if made is None else AssetMaterialization(**made),
    )


def _materialization_to_json(made: AssetMaterialization | None) -> dict[str, Any] | None:
    if made is None:
        return None
    return {
        "asset_key": made.asset_key.path,
        "description": made.description,
        # What a user says of an asset may be anything: what JSON cannot hold is kept as text.
        "metadata": json.loads(json.dumps(dict(made.metadata), default=str)),
        "partition": made.partition,
        "tags": None if made.tags is None else dict(made.tags),
    }


_RUN_MESSAGES = {
    DagsterEventType.RUN_ENQUEUED: "The run waits for a worker.",
    DagsterEventType.RUN_STARTING: "A worker has taken the run up.",
}


def entry_from_fields(run_id: str, job_name: str, fields: Fields) -> EventLogEntry:
    """Read one entry of a run's log."""
    step_key = unwrap(fields.get("step", ""))
    kind = fields["type"]
    message = fields["message"]
    event = None
    level = int(fields.get("level", logging.INFO))
    if kind:
        message = message or _RUN_MESSAGES.get(DagsterEventType(kind), "")
        event = DagsterEvent(
            kind, job_name, step_key, message, _specific_from_json(fields["extra"], job_name)
        )
        level = logging.ERROR if event.is_failure else int(fields.get("level", logging.DEBUG))
    return EventLogEntry(
        run_id=run_id,
        job_name=job_name,
        timestamp=int(fields["at"]) / 1000,
        user_message=message,
        level=level,
        step_key=step_key,
        dagster_event=event,
    )


def streamed_event(location: str, ident: str, fields: Fields) -> StreamedEvent:
    """Read one event of a code location's stream."""
    return StreamedEvent(location, ident, fields["type"], int(fields["at"]), fields)


def event_to_json(event: StreamedEvent) -> str:
    """Write an event as a reaction keeps it."""
    return dumps([event.location, event.ident, dict(event.fields)])


def event_from_json(text: str) -> StreamedEvent:
    """Read an event that a reaction keeps."""
    return streamed_event(*json.loads(text))


def event_of_run(event: StreamedEvent) -> DagsterEvent:
    """Read the event of a run, or of a sensor, from a code location's stream."""
    job_name, message = event.fields.get("job", ""), event.fields["message"]
    if not message:
        message = _RUN_MESSAGES.get(DagsterEventType(event.kind), "")
    data = _specific_from_json(event.fields["extra"], job_name)
    return DagsterEvent(event.kind, job_name, None, message, data)
