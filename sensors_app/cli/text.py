"""Text for terminals: what users wrote is made harmless, times and durations are made short."""

import re

_CREDENTIALS = re.compile(r"([A-Za-z][\w+.-]*://)[^\s'\"]*@")
_SECRET_PARAMETERS = re.compile(r"([?&]\w*password=)[^&\s'\"]*", re.IGNORECASE)

# C0, DEL and C1 control a terminal; the others reverse or break lines; surrogates cannot be
# encoded at all.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff]"
)

REASON_MAX_CHARS = 300
"""What of a reason a table shows; the tick itself is shown whole."""


def clean(text: str, *, lines: bool = False) -> str:
    """Return text that cannot control a terminal: what could is written as an escape.

    Args:
        text: Whatever a user wrote.
        lines: Whether line ends and tabs stay as they are.
    """
    kept = "\n\t" if lines else ""
    return _HARMFUL.sub(
        lambda found: (
            found[0] if found[0] in kept else found[0].encode("unicode_escape").decode("ascii")
        ),
        text.replace("\r\n", "\n") if lines else text,
    )


def without_credentials(text: str) -> str:
    """Return a message without the passwords of the URLs in it."""
    return _SECRET_PARAMETERS.sub(r"\1***", _CREDENTIALS.sub(r"\1***@", text))


def first_line(text: str | None) -> str:
    """Return the first line that says something, cleaned, for a cell of a table."""
    line = next((line.strip() for line in (text or "").splitlines() if line.strip()), "")
    line = clean(line)
    return line if len(line) <= REASON_MAX_CHARS else f"{line[: REASON_MAX_CHARS - 1]}…"


def quoted(text: str | None) -> str:
    """Return an optional text so that None and the empty text differ."""
    return "None" if text is None else f'"{clean(text)}"'


_UNITS = (("d", 86_400, "h", 3600), ("h", 3600, "m", 60), ("m", 60, "s", 1))


def duration(milliseconds: float) -> str:
    """Return a length of time in one or two units.

    Most are differences of times in whole ms: there, nothing means less than one.
    """
    if milliseconds <= 0:
        return "<1ms"
    if milliseconds < 1:
        return f"{milliseconds:.1g}ms"
    seconds = milliseconds / 1000
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    whole = int(seconds)
    for unit, length, part, part_length in _UNITS:
        if whole >= length:
            rest = whole % length // part_length
            return f"{whole // length}{unit}" + (f" {rest}{part}" if rest else "")
    return f"{whole}s"


def ago(milliseconds: float | None, now_ms: int) -> str:
    """Return how long ago a time was."""
    return "" if milliseconds is None else f"{duration(now_ms - milliseconds)} ago"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
