"""Loggers for user code.

They are made directly, not with :func:`logging.getLogger`, which keeps every name for ever: a
worker makes one for each tick and each step.
"""

import logging
import sys
import time

from sensors_app.model.events import EventLogEntry
from sensors_app.ports import RunClaimLost, RunRecorder

LOGGER_NAME = "sensors_app"
LINE_FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"


class StderrHandler(logging.Handler):
    """Writes to whatever ``sys.stderr`` is at that moment, which tests and workers replace."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter(LINE_FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
        except Exception:  # noqa: BLE001 -- a line that cannot be written must not break user code
            self.handleError(record)


class RecorderHandler(logging.Handler):
    """Puts what the user's code logs into the log of its run.

    Args:
        recorder: The run's recorder.
        run_id: The run.
        job_name: Its job.
        step_key: The step whose code logs; None if it is no step's.
    """

    def __init__(
        self, recorder: RunRecorder, run_id: str, job_name: str, step_key: str | None
    ) -> None:
        super().__init__()
        self._recorder = recorder
        self._run_id = run_id
        self._job_name = job_name
        self._step_key = step_key
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Record one line; only the loss of the run comes out of it as an exception."""
        try:
            self._recorder.entry(
                EventLogEntry(
                    run_id=self._run_id,
                    job_name=self._job_name,
                    timestamp=time.time(),
                    user_message=self.format(record),
                    level=record.levelno,
                    step_key=self._step_key,
                )
            )
        except RunClaimLost:
            raise
        except Exception:  # noqa: BLE001 -- a line that cannot be logged must not break the op
            self.handleError(record)


STDERR = StderrHandler()


def user_logger(*handlers: logging.Handler) -> logging.Logger:
    """Return a new logger that passes every level on to ``handlers`` and to nothing else."""
    logger = logging.Logger(LOGGER_NAME)  # noqa: LOG001 -- see the top of this module
    for handler in handlers:
        logger.addHandler(handler)
    return logger
