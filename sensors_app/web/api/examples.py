"""What the answers of the API look like: an example of each shape, for its schema."""

from collections.abc import Mapping
from typing import Any, Final

WHEN: Final = "2026-11-24T22:12:00.000Z"
LATER: Final = "2026-11-24T22:12:00.087Z"
RUN: Final = "0b9ff5a3-63cf-4d2f-9b1c-2b3a2c1d4e5f"
TICK: Final = "1764022320000"
ERROR: Final = {
    "message": "FileNotFoundError: [Errno 2] No such file or directory: '/data/inbox'\n",
    "stack": ['  File "sensors.py", line 12, in new_files\n    for path in INBOX.iterdir():\n'],
    "cls_name": "FileNotFoundError",
    "cause": None,
}
PLACE: Final = {"location": "quickstart", "sensor": "new_files"}
LINE: Final = {"timestamp": WHEN, "level": "INFO", "message": "2 files"}
DROPPED: Final = {"run_key": "2026-11-23.csv", "run_id": RUN}

SUMMARY: Final = {
    "tick_id": TICK,
    **PLACE,
    "status": "SUCCESS",
    "skip_reason": None,
    "error": None,
    "cursor_before": "41",
    "cursor_after": "42",
    "requested": 2,
    "created": 1,
    "run_ids": [RUN],
    "run_keys": ["2026-11-24.csv", "2026-11-23.csv"],
    "dropped": [DROPPED],
    "started_at": WHEN,
    "ended_at": LATER,
    "duration_ms": 87,
    "worker": "8e03978e/celery@worker-1/4711",
    "times": 1,
    "first_tick_id": TICK,
}

REQUEST: Final = {
    "run_key": "2026-11-24.csv",
    "job_name": "load_file",
    "run_config": {"ops": {"load": {"config": {"path": "/data/inbox/2026-11-24.csv"}}}},
    "tags": {"team": "a"},
}

RUN_SHAPE: Final = {
    "run_id": RUN,
    "job_name": "load_file",
    "status": "SUCCESS",
    "location": "quickstart",
    "sensor_name": "new_files",
    "run_key": "2026-11-24.csv",
    "tick_id": TICK,
    "created_at": WHEN,
    "started_at": LATER,
    "ended_at": "2026-11-24T22:12:03.411Z",
    "tags": {"team": "a"},
    "run_config": REQUEST["run_config"],
    "error": None,
    "worker": "9f2c11d0/celery@worker-2/4712",
}

SENSOR: Final = {
    "location": "quickstart",
    "name": "new_files",
    "running": True,
    "override": None,
    "running_by_default": True,
    "interval_seconds": 30.0,
    "timeout_seconds": 60.0,
    "jitter_seconds": 0.0,
    "max_requests_per_tick": None,
    "run_key_ttl_seconds": 2592000.0,
    "run_key_policy": "once",
    "event_types": None,
    "job_names": ["load_file"],
    "description": "Requests a run for each new file.",
    "tags": {"team": "a"},
    "activity": "idle",
    "held": None,
    "next_due": "2026-11-24T22:12:30.087Z",
    "takes_ms": 2.41,
    "quick": True,
    "failures": 0,
    "backing_off": False,
    "last_run_key": "2026-11-24.csv",
    "last_tick": SUMMARY,
}

WORKER: Final = {
    "node": "quickstart-evaluate@worker-1",
    "roles": ["evaluate"],
    "concurrency": 4,
    "pid": 4700,
    "version": "5257a869e7ec",
    "seen_at": WHEN,
    "alive": True,
}

ENTRY: Final = {
    "timestamp": "2026-11-24T22:12:03.411Z",
    "level": "DEBUG",
    "step_key": None,
    "event_type": "RUN_SUCCESS",
    "message": 'Finished execution of run for "load_file".',
    "error": None,
}

EVENT: Final = {
    "id": "1764022323411-0",
    "location": "quickstart",
    "event_type": "RUN_SUCCESS",
    "status": "SUCCESS",
    "at": "2026-11-24T22:12:03.411Z",
    "run_id": RUN,
    "job_name": "load_file",
    "sensor": None,
    "message": 'Finished execution of run for "load_file".',
}

REACTION: Final = {
    "id": "quickstart/12",
    "location": "quickstart",
    "sensor": "tell_the_team",
    "state": "dead",
    "attempts": 4,
    "created_at": WHEN,
    "retry_at": None,
    "died_at": "2026-11-24T22:20:00.000Z",
    "events": [EVENT],
    "error": ERROR,
}

COUNTS: Final = {"waiting": 0, "running": 1, "held": 0, "dead": 1}
HELD: Final = {
    **PLACE,
    "tick_id": "1764022320087",
    "held_since": WHEN,
    "requests": 24_000,
    "most": 10_000,
    "usual": None,
    "reason": "It asks for 24,000 runs at once; max_requests_per_tick is 10,000.",
}
PROCESS: Final = {"name": "worker-1:4690", "silent_ms": 412, "alive": True}
PREVIEW_PATH: Final = "/api/v1/sensors/quickstart/new_files/previews/5f0c9a52f7d14f0f"

EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "LogLineShape": LINE,
    "DroppedShape": DROPPED,
    "TickSummary": SUMMARY,
    "TickShape": {**SUMMARY, "logs": [LINE]},
    "RequestShape": REQUEST,
    "PreviewShape": {
        **PLACE,
        "status": "SUCCESS",
        "skip_reason": None,
        "error": None,
        "cursor_before": "41",
        "cursor_after": "42",
        "requests": [REQUEST],
        "dropped": [DROPPED],
        "logs": [LINE],
    },
    "SensorShape": SENSOR,
    "SensorDetail": {
        **SENSOR,
        "cursor": "42",
        "last_tick_at_ms": 1764022320087,
        "waiting_events": 0,
    },
    "SwitchedShape": {**PLACE, "running": True},
    "EvaluatedShape": {**PLACE, "token": 1764022351204, "missing": []},
    "AskedShape": {"preview_id": "5f0c9a52f7d14f0f", **PLACE, "answer": PREVIEW_PATH},
    "CursorShape": {**PLACE, "cursor": "42"},
    "RunKeyShape": {"run_key": "2026-11-24.csv", "run_id": RUN},
    "HeldShape": HELD,
    "HeldDetailShape": {"held": HELD, "first_requests": [REQUEST]},
    "DecidedShape": {**PLACE, "tick_id": HELD["tick_id"], "requests": 24_000},
    "ForgottenShape": {**PLACE, "forgotten": 1},
    "RunShape": RUN_SHAPE,
    "EntryShape": ENTRY,
    "LogShape": {"entries": [ENTRY], "after": "1764022323411-3", "ended": True},
    "CanceledShape": {
        "run_id": RUN,
        "location": "quickstart",
        "outcome": "canceling",
        "status": "CANCELING",
    },
    "EventShape": EVENT,
    "ReactionShape": REACTION,
    "ReactionsShape": {**PLACE, "counts": COUNTS, "reactions": [REACTION]},
    "SkippedShape": {**PLACE, "skipped": 3},
    "ReplayedShape": {**PLACE, "events": 42, "more": False},
    "ChangedShape": {"changed": 1},
    "LagShape": {
        "location": "quickstart",
        "sensor": "tell_the_team",
        "running": True,
        "unread": 2,
        "more_unread": False,
        "oldest_unread_at": WHEN,
        "oldest_unread_ms": 1830,
        "replays": 0,
        "reactions": COUNTS,
    },
    "WorkerShape": WORKER,
    "PlacedWorkerShape": {"location": "quickstart", **WORKER},
    "ProcessShape": PROCESS,
    "WorkersShape": {
        "workers": [{"location": "quickstart", **WORKER}],
        "beats": [PROCESS],
        "listeners": [PROCESS],
    },
    "LocationShape": {
        "name": "quickstart",
        "module": "examples.quickstart",
        "version": "5257a869e7ec",
        "registered_at": WHEN,
        "sensors": ["new_files"],
        "job_names": ["load_file"],
        "capacity": {"evaluate": 4, "slow": 8, "launch": 4, "react": 0},
        "workers": [WORKER],
    },
    "QueueShape": {
        "location": "quickstart",
        "unsent": 0,
        "sent": 2,
        "oldest_sent_ms": 120,
        "reactions": 0,
        "dead_letters": 1,
    },
    "HealthShape": {
        "ok": False,
        "trouble": ["No beat is alive: nothing is evaluated on schedule. Start one: sensors beat"],
        "queues": [],
    },
    "LimitShape": {
        "location": "quickstart",
        "limit_for": "job load_file",
        "limit": 5,
        "job_name": "load_file",
        "tag": None,
        "value": None,
        "running": 5,
        "waiting": 12,
    },
    "AuditShape": {
        "location": "quickstart",
        "at": WHEN,
        "actor": "ada",
        "action": "stop",
        "target": "new_files",
        "detail": "",
    },
    "PushedShape": {
        "id": "1764022323411-0",
        "received_at": WHEN,
        "payload": {"order": 7, "total": "19.90"},
    },
    "AcceptedShape": {
        "id": "1764022323411-0",
        **PLACE,
        "duplicate": False,
        "waiting": 1,
        "running": True,
    },
}
"""By the name that a shape has in the schema."""

NEXT: Final = "eyJsYWJlbCI6InF1aWNrc3RhcnQvbmV3X2ZpbGVzIn0"


def example_of(name: str) -> Mapping[str, Any] | None:
    """Return the example of a shape, or of a page of it; None for what is no answer."""
    item = name.removeprefix("Page_").removesuffix("_")
    if item != name:
        return {"items": [EXAMPLES[item]], "next": NEXT}
    return EXAMPLES.get(name)
