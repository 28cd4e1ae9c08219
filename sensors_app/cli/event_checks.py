"""What ``doctor`` judges of events and of the calls that they bring about."""

from collections.abc import Iterable, Mapping, Sequence

from sensors_app.cli.text import ago, counted, duration, first_line
from sensors_app.operating.lag import Lag
from sensors_app.operating.server_checks import Check, Level
from sensors_app.storage.external import RefusedEvent

UNREAD_MAX_AGE_MS = 10_000
SENT_MAX_AGE_MS = 60_000
REFUSED_RECENT_MS = 86_400_000


def check_listeners(living: Iterable[str]) -> Check:
    """Judge who reads the events that feed sensors."""
    names = list(living)
    if not names:
        return Check("listener", Level.FAIL, "none is alive", "Start 'sensors listener'.")
    return Check("listener", Level.OK, f"{len(names)} alive: {', '.join(names)}")


def check_lag(lags: Sequence[Lag], oldest_sent_ms: Mapping[str, int], now: int) -> Check:
    """Judge how far sensors are behind the events that feed them.

    Args:
        lags: How far each is.
        oldest_sent_ms: For each location where calls were sent and not begun, for how long the
            oldest waits.
        now: The time, ms since the epoch.
    """
    behind = [
        each
        for each in lags
        if each.oldest_at is not None and now - each.oldest_at > UNREAD_MAX_AGE_MS
    ]
    if behind:
        names = ", ".join(f"{lag.sensor.location}/{lag.sensor.snapshot.name}" for lag in behind[:5])
        found = f"{counted(len(behind), 'sensor')} behind, among them {names}"
        remedy = (
            "See 'sensors lag'. Start a listener, or more react workers: a full queue holds it."
        )
        return Check("events", Level.WARN, found, remedy)
    oldest = max(oldest_sent_ms.values(), default=0)
    if oldest > SENT_MAX_AGE_MS:
        found = f"a call that was sent {duration(oldest)} ago has not begun"
        remedy = "Start more react workers, or give them more --concurrency; is the broker well?"
        return Check("events", Level.WARN, found, remedy)
    held = sum(each.states["held"] for each in lags)
    waiting = sum(each.states["waiting"] for each in lags)
    found = f"{counted(waiting, 'call')} on the way"
    return Check(
        "events", Level.OK, f"{found}, {held:,} held by sensors that are off" if held else found
    )


def check_dead_letters(lags: Iterable[Lag]) -> Check:
    """Judge whether calls have failed for good."""
    dead = [each for each in lags if each.states["dead"]]
    if not dead:
        return Check("dead letters", Level.OK, "none")
    total = sum(each.states["dead"] for each in dead)
    names = ", ".join(f"{lag.sensor.location}/{lag.sensor.snapshot.name}" for lag in dead[:5])
    remedy = "See 'sensors dead-letters'; mend the cause, then --retry or --drop them."
    return Check("dead letters", Level.WARN, f"{total:,}, of {names}", remedy)


def check_refused(refused: Sequence[RefusedEvent], now: int) -> Check:
    """Judge whether reports of other systems were refused of late."""
    recent = [each for each in refused if now - each.at < REFUSED_RECENT_MS]
    if not recent:
        return Check("reports of others", Level.OK, "none refused of late")
    last = recent[0]
    found = (
        f"{counted(len(recent), 'report')} refused within a day, the last one "
        f"{ago(last.at, now)}: {first_line(last.reason)}"
    )
    return Check("reports of others", Level.WARN, found, "Mend whoever sends them.")
