"""What another system may report of a run of its own, and what is refused."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors_app.errors import ExternalEventError
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import DagsterEventType
from sensors_app.model.external import (
    MAX_CAUSES,
    MAX_FRAMES,
    MAX_MESSAGE_CHARS,
    ExternalRunEvent,
)
from sensors_app.model.runs import DagsterRunStatus

LEAST = {"location": "billing", "job_name": "charge", "run_id": "r-1", "status": "STARTED"}
REPORTED = ("QUEUED", "STARTING", "STARTED", "SUCCESS", "FAILURE", "CANCELED")

# ---- what is accepted

printable = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=200)
run_ids = printable.map(lambda text: text.replace("{", "x").replace("}", "x"))
texts = st.text(max_size=50)
errors = st.recursive(
    st.none(),
    lambda cause: st.builds(
        SerializableErrorInfo,
        texts,
        st.lists(texts, max_size=3).map(tuple),
        st.none() | st.text(max_size=20),
        cause,
    ),
    max_leaves=MAX_CAUSES,
)
unicode = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
reports = st.builds(
    ExternalRunEvent,
    location=st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True),
    job_name=printable,
    run_id=run_ids,
    status=st.sampled_from([DagsterRunStatus(value) for value in REPORTED]),
    message=st.none() | texts,
    error=errors,
    tags=st.dictionaries(unicode, unicode, max_size=5),
    timestamp=st.none() | st.floats(min_value=1, max_value=9e9),
)


@given(reports)
def test_a_report_survives_json(report: ExternalRunEvent):
    """What is read is what was written."""
    text = json.dumps(report.to_data())
    assert ExternalRunEvent.from_data(json.loads(text)) == report


@given(reports)
def test_whatever_is_accepted_can_be_kept(report: ExternalRunEvent):
    """No text is left that is no Unicode, and each report is an event."""
    json.dumps(report.to_data(), ensure_ascii=False).encode()
    assert report.event.job_name == report.job_name
    assert report.event.event_type in DagsterEventType


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
fields = ("location", "job_name", "run_id", "status", "message", "error", "tags", "timestamp")


@given(
    json_values
    | st.dictionaries(st.sampled_from(fields), json_values)
    | st.dictionaries(st.sampled_from(fields), json_values).map(lambda data: LEAST | data)
)
def test_anything_else_is_refused_and_nothing_else_is_raised(data: Any):
    """Whatever JSON can hold is either a report or named as none."""
    with contextlib.suppress(ExternalEventError):
        report = ExternalRunEvent.from_data(data)
        assert ExternalRunEvent.from_data(report.to_data()) == report


# ---- what is refused, and in which words


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"location": "a b"}, "location is 'a b'; it must be 1 to 200 letters, digits"),
        ({"location": ""}, "location is ''"),
        ({"job_name": 7}, "job_name is 7; it must be a text"),
        ({"job_name": "a\nb"}, "printable"),
        ({"run_id": "a b"}, "run_id is 'a b'; it must be .* without spaces and braces"),
        ({"run_id": "{x}"}, "without spaces and braces"),
        ({"run_id": "x" * 201}, "1 to 200"),
        ({"run_id": None}, "run_id is None"),
        ({"status": "DONE"}, "status is 'DONE'; it must be one of QUEUED, STARTING, STARTED"),
        ({"status": "CANCELING"}, "one of QUEUED"),
        ({"message": 1}, "message is 1"),
        ({"error": 1}, "error is 1; it must be a text, or an object with message"),
        ({"error": {"stack": []}}, "object with message"),
        ({"error": {"message": "m", "stack": "s"}}, "stack"),
        ({"error": {"message": "m", "cause": 7}}, "error is 7"),
        ({"tags": []}, '"tags"'),
        ({"tags": {"n": "x" * 2001}}, "tag 'n' is .* at most 2000 characters"),
        ({"tags": {"n": "\ud800"}}, "Unicode"),
        ({"tags": {"\ud800": "x"}}, "Unicode"),
        ({"tags": {str(n): "x" for n in range(101)}}, "at most 100"),
        ({"timestamp": 1_700_000_000_000}, r"seconds \(not ms\)"),
        ({"timestamp": True}, "timestamp is True"),
        ({"timestamp": float("nan")}, "timestamp is nan"),
        ({"runid": "x"}, "has no 'runid': its fields are location, job_name"),
    ],
)
def test_the_culprit_and_the_remedy_are_named(fault: dict[str, Any], words: str):
    """Field, value, and what it should be."""
    with pytest.raises(ExternalEventError, match=words):
        ExternalRunEvent.from_data(LEAST | fault)


def test_what_is_missing_is_named():
    """All of it at once."""
    with pytest.raises(ExternalEventError, match="needs job_name, status, which"):
        ExternalRunEvent.from_data({"location": "billing", "run_id": "r"})


# ---- what is written for people


def test_long_texts_are_cut():
    """A report is not lost for the length of its message, or the depth of its stack."""
    frames = [f"frame {n}" for n in range(1000)]
    report = ExternalRunEvent.from_data(
        LEAST | {"message": "x" * 20_000, "error": {"message": "e", "stack": frames}}
    )
    assert report.message == "x" * MAX_MESSAGE_CHARS + "…"
    assert report.error is not None
    assert report.error.stack == tuple(frames[-MAX_FRAMES:])


def test_a_message_that_is_no_unicode_is_mended():
    """Names of files may be that."""
    assert ExternalRunEvent.from_data(LEAST | {"message": "a\ud800"}).message == "a?"


def test_an_exception_becomes_data_with_its_causes():
    """As the errors of our own runs."""
    try:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise ValueError("outer") from inner
    except ValueError as raised:
        given: Any = raised
    error = ExternalRunEvent("billing", "charge", "r", DagsterRunStatus.FAILURE, error=given).error
    assert error is not None
    assert (error.cls_name, error.message) == ("ValueError", "ValueError: outer\n")
    assert error.cause is not None
    assert error.cause.cls_name == "KeyError"
    assert "raise ValueError" in error.stack[-1]


def test_the_event_of_a_failure_says_why():
    """In its message and with its error, for the sensors that it reaches."""
    report = ExternalRunEvent.from_data(LEAST | {"status": "FAILURE", "error": "card refused"})
    event = report.event
    assert event.event_type is DagsterEventType.RUN_FAILURE
    assert event.message == 'Execution of run for "charge" failed. card refused'
    assert event.event_specific_data is not None
    assert event.event_specific_data.error == SerializableErrorInfo("card refused")
