"""Collects what a sensor logs, as much of it as is kept."""

import logging
from collections.abc import Sequence

from sensors_app.model.ticks import LogLine

LINE_OVERHEAD_BYTES = 32
"""What a line costs beside its text, so that empty lines have an end too."""


class TickLog(logging.Handler):
    """Keeps log lines up to a number of bytes, and says how many it left out.

    Args:
        max_bytes: How much is kept.
    """

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))
        self._max_bytes = max_bytes
        self._room = max_bytes
        self._lines: list[LogLine] = []
        self._left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, if there is room."""
        if self._room <= 0:
            self._left_out += 1
            return
        try:
            message = self.format(record)
        except Exception:  # noqa: BLE001 -- a line that cannot be formatted must not fail the tick
            message = f"{record.msg!r} (arguments that do not fit: {record.args!r})"
        text = cut(message, self._room)
        self._room -= len(text.encode("utf-8", "surrogatepass")) + LINE_OVERHEAD_BYTES
        self._lines.append(LogLine(record.created, record.levelno, text))

    def lines(self) -> Sequence[LogLine]:
        """Return what was kept, with a notice of what was not."""
        if not self._left_out:
            return tuple(self._lines)
        notice = (
            f"{self._left_out:,} further lines left out: a tick keeps {self._max_bytes:,} bytes "
            "of log (SENSORS_TICK_LOG_MAX_BYTES)."
        )
        last = self._lines[-1].timestamp if self._lines else 0.0
        return (*self._lines, LogLine(last, logging.WARNING, notice))


def cut(text: str, max_chars: int) -> str:
    """Return ``text``, cut with a notice if it is longer than ``max_chars``."""
    if len(text) <= max_chars:
        return text
    return f"{text[:max_chars]}… (cut, {len(text):,} characters in all)"
