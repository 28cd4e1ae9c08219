"""What is written to the store is read back as it was."""

import json
import logging
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from sensors_app.model.assets import AssetMaterialization
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import (
    FAILURE_EVENT_TYPES,
    DagsterEvent,
    DagsterEventType,
    EventSpecificData,
)
from sensors_app.model.locations import SensorSnapshot
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.model.sensors import SensorOptions
from sensors_app.model.ticks import DroppedRequest, LogLine, Tick, TickStatus
from sensors_app.storage import codec
from sensors_app.storage.scripts import ENCODING_ERRORS, encoded
from sensors_app.storage.sensor_codec import sensor_from_json, sensor_to_json

ANY_TEXT = st.text(st.characters(), max_size=20)
"""Lone surrogates included: names of files may hold them."""

TIMES_MS = st.integers(0, 4_000_000_000_000)
LINES = st.builds(LogLine, st.floats(0, 4e9), st.integers(0, 50), ANY_TEXT)
ERRORS = st.recursive(
    st.builds(
        SerializableErrorInfo,
        ANY_TEXT,
        st.lists(ANY_TEXT, max_size=3).map(tuple),
        st.none() | ANY_TEXT,
        st.none(),
    ),
    lambda causes: st.builds(SerializableErrorInfo, ANY_TEXT, cause=causes),
    max_leaves=4,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=5,
)


@given(st.none() | ANY_TEXT)
def test_optional_text(value: str | None):
    """Absent and empty differ, whatever the text begins with."""
    assert codec.unwrap(codec.wrap(value)) == value


@given(ANY_TEXT)
def test_text_on_its_way_to_the_server_and_back(value: str):
    """What the client would refuse is encoded before."""
    sent = encoded(value)
    received = sent if isinstance(sent, bytes) else str(sent).encode("ascii")
    assert received.decode("utf-8", ENCODING_ERRORS) == value


@given(JSON)
def test_json(value):
    """Short, and the same again."""
    assert json.loads(codec.dumps(value)) == value


@given(st.dictionaries(ANY_TEXT, ANY_TEXT))
def test_pairs(fields: dict[str, str]):
    """Names and values alternate, as scripts return them."""
    assert codec.pairs([part for pair in fields.items() for part in pair]) == fields


@given(st.none() | ERRORS)
def test_errors(error: SerializableErrorInfo | None):
    """With their whole chain of causes."""
    assert codec.error_from_json(json.loads(codec.dumps(codec.error_to_json(error)))) == error


@given(st.lists(LINES, max_size=3))
def test_logs(lines: list[LogLine]):
    """Time, level and text."""
    assert codec.logs_from_json(json.loads(codec.dumps(codec.logs_to_json(lines)))) == tuple(lines)


@given(
    st.builds(
        SensorSnapshot,
        name=ANY_TEXT,
        job_names=st.lists(ANY_TEXT, max_size=3),
        interval_seconds=st.floats(0, 1e6),
        timeout_seconds=st.floats(0, 1e6),
        running_by_default=st.booleans(),
        description=st.none() | ANY_TEXT,
        tags=st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3),
        options=st.builds(
            SensorOptions,
            jitter_seconds=st.floats(0, 1e6),
            max_requests_per_tick=st.none() | st.integers(1, 10**6),
            run_key_ttl_seconds=st.none() | st.floats(0.001, 1e6),
            run_key_policy=st.sampled_from(["once", "retry_failed"]),
        ),
    )
)
def test_sensors(sensor: SensorSnapshot):
    """A definition, all of it."""
    assert sensor_from_json(sensor_to_json(sensor)) == sensor


@given(
    st.builds(
        Tick,
        tick_id=TIMES_MS.map(str),
        sensor=st.just("s"),
        status=st.sampled_from(TickStatus),
        started_at=TIMES_MS,
        ended_at=TIMES_MS,
        skip_reason=st.none() | ANY_TEXT,
        error=st.none() | ERRORS,
        cursor_before=st.none() | ANY_TEXT,
        cursor_after=st.none() | ANY_TEXT,
        requested=st.integers(1, 99),
        created=st.integers(1, 99),
        run_keys=st.lists(ANY_TEXT, max_size=3).map(tuple),
        run_ids=st.lists(ANY_TEXT, max_size=3).map(tuple),
        dropped=st.lists(st.builds(DroppedRequest, ANY_TEXT, ANY_TEXT), max_size=3).map(tuple),
        logs=st.lists(LINES, max_size=3).map(tuple),
        worker=st.none() | st.just("task/node/1"),
    )
)
def test_ticks(tick: Tick):
    """A finished tick, from the fields that the scripts write."""
    fields = {
        "status": tick.status.value,
        "started": str(tick.started_at),
        "ended": str(tick.ended_at),
        "before": codec.wrap(tick.cursor_before),
        "after": codec.wrap(tick.cursor_after),
        "requested": str(tick.requested),
        "created": str(tick.created),
        "run_ids": codec.dumps(tick.run_ids),
        "dropped": codec.dumps([[d.run_key, d.run_id] for d in tick.dropped]),
        "worker": tick.worker or "",
        "data": codec.tick_data(
            skip_reason=tick.skip_reason, error=tick.error, run_keys=tick.run_keys, logs=tick.logs
        ),
    }
    assert codec.tick_from_entry("s", f"{tick.tick_id}-0", fields) == tick


@given(st.sampled_from(DagsterRunStatus), st.none() | TIMES_MS, st.none() | ANY_TEXT)
def test_runs(status: DagsterRunStatus, at: int | None, text: str | None):
    """A run, in every state, with and without what only some runs have."""
    optional = {"sensor": text, "run_key": text, "tick": text, "holder": text, "error": text}
    times = dict.fromkeys(("created", "started", "ended"), None if at is None else str(at))
    fields = {"status": status.value, "job": "j", "config": '{"a":[1]}', "tags": '{"b":"c"}'}
    fields |= {name: value for name, value in (optional | times).items() if value is not None}
    when = None if at is None else at / 1000
    assert codec.run_from_fields("r", "loc", fields) == DagsterRun(
        "j", "r", status, {"b": "c"}, {"a": [1]}, "loc", text, text, text, *[when] * 3, text, text
    )


@given(
    st.sampled_from(DagsterEventType),
    st.none() | ANY_TEXT,
    ANY_TEXT.filter(bool),
    st.none()
    | st.builds(EventSpecificData, st.none() | ERRORS, st.none() | ANY_TEXT).filter(
        lambda data: data != EventSpecificData()
    ),
)
def test_entries_of_a_runs_log(
    kind: DagsterEventType, step: str | None, message: str, data: EventSpecificData | None
):
    """Every kind of event; those that report a failure are errors."""
    event = DagsterEvent(kind.value, "job", step, message, data)
    fields = {
        "type": kind.value,
        "at": "1500",
        "step": codec.wrap(step),
        "message": message,
        "extra": codec.event_extra(event),
    }
    entry = codec.entry_from_fields("r", "job", fields)
    assert entry.dagster_event == event
    assert (entry.timestamp, entry.step_key, entry.user_message) == (1.5, step, message)
    assert entry.level == (logging.ERROR if kind in FAILURE_EVENT_TYPES else logging.DEBUG)


@given(
    st.lists(ANY_TEXT, min_size=1),
    st.none() | ANY_TEXT,
    st.dictionaries(ANY_TEXT, st.integers() | ANY_TEXT | st.lists(ANY_TEXT)),
)
def test_materializations(path: list[str], text: str | None, metadata: dict[str, object]):
    """What was brought about, with what its op says of it."""
    made = AssetMaterialization(path, text, metadata, text, None if text is None else {"t": text})
    data = EventSpecificData(materialization=made)
    event = DagsterEvent("ASSET_MATERIALIZATION", "job", "step", "made", data)
    fields = {
        "type": event.event_type_value,
        "at": "1500",
        "step": "=step",
        "message": "made",
        "extra": codec.event_extra(event),
    }
    assert codec.entry_from_fields("r", "job", fields).dagster_event == event


def test_metadata_that_is_no_json_is_kept_as_text():
    """An op may say anything of what it made; a run does not fail for it."""
    made = AssetMaterialization("table", metadata={"at": date(2026, 1, 2)})
    data = EventSpecificData(materialization=made)
    extra = codec.event_extra(DagsterEvent("ASSET_MATERIALIZATION", "j", event_specific_data=data))
    assert '"at":"2026-01-02"' in extra


@given(ERRORS, ANY_TEXT)
def test_the_first_failed_step_of_a_run(error: SerializableErrorInfo, step: str):
    """A run's failure names it; its error is written once."""
    first = DagsterEvent("STEP_FAILURE", "job", step, "failed", EventSpecificData(error=error))
    data = EventSpecificData(error=error, first_step_failure_event=first)
    event = DagsterEvent("PIPELINE_FAILURE", "job", None, "m", data)
    fields = {"type": "PIPELINE_FAILURE", "at": "1", "message": "m"}
    fields["extra"] = codec.event_extra(event)
    assert codec.entry_from_fields("r", "job", fields).dagster_event == event
