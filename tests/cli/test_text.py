"""Text, times and tables for terminals."""

import pytest

from sensors_app.cli.output import show_fields, show_table
from sensors_app.cli.text import clean, duration, first_line, quoted
from sensors_app.operating.times import iso


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "<1ms"),
        (0.25, "0.2ms"),
        (999, "999ms"),
        (1000, "1s"),
        (1500, "1.5s"),
        (59_999, "59s"),
        (60_000, "1m"),
        (95_000, "1m 35s"),
        (3_600_000, "1h"),
        (5_400_000, "1h 30m"),
        (90_000_000, "1d 1h"),
        (-5, "<1ms"),
    ],
)
def test_durations(milliseconds: float, text: str):
    """Lengths of time have one unit or two; what takes no whole millisecond still takes time."""
    assert duration(milliseconds) == text


def test_times():
    """Times are ISO 8601 in UTC, to the millisecond."""
    assert iso(1_700_000_000_123) == "2023-11-14T22:13:20.123Z"
    assert iso(None) is None


def test_control_characters():
    """What could control a terminal is written as an escape; line ends only where wanted."""
    assert clean("a\x1b[2J\nb\ttab\r\x9b\ud800") == "a\\x1b[2J\\nb\\ttab\\r\\x9b\\ud800"
    assert clean("a\r\nb\tc\x1b", lines=True) == "a\nb\tc\\x1b"
    assert clean("Zoë 日本 👩‍🚀") == "Zoë 日本 👩‍🚀"


def test_first_lines():
    """A cell of a table shows the first line that says something, of a bearable length."""
    assert first_line("\n  \nboom\nmore") == "boom"
    assert first_line(None) == ""
    assert len(first_line("x" * 1000)) == 300


def test_quotes():
    """None and the empty text differ."""
    assert (quoted(None), quoted(""), quoted("a\n")) == ("None", '""', '"a\\n"')


def test_a_table_in_a_pipe(capsys: pytest.CaptureFixture[str]):
    """In a pipe each row is one line, whatever its length, without colours."""
    show_table(("A", "B"), [("x" * 300, "FAILURE"), ("y", "z " * 100)], ids=("A",))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1] == f"{'x' * 300}  FAILURE"


def test_a_narrow_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """In a terminal cells are folded, but ids stay whole, even if the line gets too long."""
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    run_id = "0123456789abcdef0123456789abcdef0123"
    show_table(("RUN", "WHY"), [(run_id, "one two three")], ids=("RUN",))
    assert run_id in capsys.readouterr().out


def test_fields(capsys: pytest.CaptureFixture[str]):
    """Fields without a value are left out; further lines are indented."""
    show_fields([("one", "1"), ("none", ""), ("three", "a\nb")])
    assert capsys.readouterr().out == "one    1\nthree  a\n       b\n"
