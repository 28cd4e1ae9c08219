"""What is judged of the server that holds the state, each judgement a function of what it says."""

from dataclasses import dataclass
from enum import StrEnum

from sensors_app.errors import UnsafeStoreError
from sensors_app.storage.client import ServerReport, require_no_eviction

MINIMUM_SERVER = (6, 2)
"""The first with all the commands that the scripts use."""

SKEW_MAX_MS = 1000


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding.

    Args:
        name: What was looked at.
        level: How bad it is.
        found: What was found.
        remedy: What to do about it.
    """

    name: str
    level: Level
    found: str
    remedy: str = ""


def version_tuple(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version."""
    numbers = []
    for part in text.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def check_server(report: ServerReport) -> list[Check]:
    """Judge the server of the state."""
    old = version_tuple(report.version) < MINIMUM_SERVER
    return [
        Check(
            "server version",
            Level.FAIL if old else Level.OK,
            report.version,
            "Use Redis 6.2 or later, or Valkey." if old else "",
        ),
        _check_eviction(report),
        _check_persistence(report),
        _check_clock(report.clock_skew_ms),
    ]


def _check_eviction(report: ServerReport) -> Check:
    name = "eviction"
    try:
        require_no_eviction(report)
    except UnsafeStoreError as error:
        return Check(name, Level.FAIL, report.maxmemory_policy, str(error))
    if report.maxmemory_policy == "unknown":
        remedy = "See to it that its maxmemory-policy is noeviction."
        return Check(name, Level.WARN, "the server does not say", remedy)
    return Check(name, Level.OK, report.maxmemory_policy)


def _check_persistence(report: ServerReport) -> Check:
    name = "persistence"
    always = "'appendonly yes' with 'appendfsync everysec' (or always)"
    if not report.persistent:
        lost = "nothing is written to disk: cursors, run keys and runs are lost when it stops"
        return Check(name, Level.WARN, lost, f"Set {always}.")
    if report.appendfsync is None:
        lost = "snapshots, as far as it says: what came after the last one is lost if it dies"
        return Check(name, Level.WARN, lost, f"Set {always}.")
    if report.appendfsync == "no":
        lost = "appendfsync no: some 30 s may be lost if the machine dies"
        return Check(name, Level.WARN, lost, f"Set {always}.")
    if report.appendfsync == "always":
        return Check(name, Level.OK, "appendfsync always: nothing is lost if the server dies")
    found = f"appendfsync {report.appendfsync}: up to a second is lost if the server itself dies"
    return Check(name, Level.OK, f"{found}; always closes that")


def _check_clock(skew_ms: int) -> Check:
    if abs(skew_ms) <= SKEW_MAX_MS:
        return Check("clock", Level.OK, f"{_seconds(skew_ms)} off the server's")
    side = "behind" if skew_ms > 0 else "ahead of"
    return Check(
        "clock",
        Level.WARN,
        f"this machine is {_seconds(skew_ms)} {side} the server",
        "Run NTP on both: the store goes by its own clock, but logs bear the machine's.",
    )


def _seconds(ms: int) -> str:
    return f"{abs(ms) / 1000:.1f} s"
