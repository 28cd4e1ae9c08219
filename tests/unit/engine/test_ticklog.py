"""What a sensor logs is kept up to a limit, and what is left out is counted."""

import logging

from sensors_app.engine.ticklog import TickLog, cut
from sensors_app.execution.logs import user_logger


def test_lines_are_kept_with_level_and_arguments() -> None:
    """A line reads as logging would have written it."""
    log = TickLog(10_000)
    user_logger(log).warning("%d of %s", 2, "three")
    (line,) = log.lines()
    assert (line.level, line.message) == (logging.WARNING, "2 of three")


def test_a_traceback_is_part_of_its_line() -> None:
    """``log.exception`` keeps what was raised."""
    log = TickLog(10_000)
    try:
        raise ValueError("boom")
    except ValueError:
        user_logger(log).exception("it failed")
    (line,) = log.lines()
    assert line.message.startswith("it failed\nTraceback")
    assert line.message.endswith("ValueError: boom")


def test_what_does_not_fit_is_counted() -> None:
    """The notice says how many lines are missing and which setting decides."""
    log = TickLog(200)
    for _ in range(1000):
        user_logger(log).info("a line of thirty characters ...")
    *kept, notice = log.lines()
    assert len(kept) == 4
    assert notice.message.startswith("996 further lines left out")
    assert "SENSORS_TICK_LOG_MAX_BYTES" in notice.message


def test_one_huge_line_is_cut() -> None:
    """It does not take more room than all lines together may."""
    log = TickLog(100)
    user_logger(log).info("x" * 1_000_000)
    assert len(log.lines()[0].message) < 200


def test_empty_lines_have_an_end_too() -> None:
    """A loop that logs nothing, for ever, fills no memory."""
    log = TickLog(1000)
    for _ in range(10_000):
        user_logger(log).info("")
    assert len(log.lines()) < 50


def test_cut_says_how_long_the_text_was() -> None:
    """A text that fits is left alone."""
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "abc… (cut, 4 characters in all)"
