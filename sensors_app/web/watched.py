"""What a sensor is called for, in words."""

from collections.abc import Iterable

from sensors_app.model.joins import JoinOutcome, JoinRules
from sensors_app.model.reactions import Reaction, ReactionRules
from sensors_app.model.selectors import JobSelector, MonitoredRuns
from sensors_app.model.watched_sensors import WatchedSensors
from sensors_app.operating.kinds import kind_word, kind_words
from sensors_app.web.shown import coarse

Fact = tuple[str, str]
SHOWN_NAMES = 20


def facts_of(rules: ReactionRules, home: str) -> list[Fact]:
    """Return what a sensor of the code location ``home`` is called for, and how."""
    if rules.sensors is not None:
        facts = _of_sensors(rules.sensors, home)
    elif rules.join is not None:
        facts = [("Statuses", kind_words(rules.kinds)), *_of_join(rules.join, home)]
    else:
        facts = [("Statuses", kind_words(rules.kinds)), ("Monitors", _runs(rules.runs, home))]
    if rules.absent_after_ms is not None:
        facts.append(("Called after", f"{coarse(rules.absent_after_ms)} without any"))
    if rules.batch_size > 1:
        facts.append(("Events a call", f"up to {rules.batch_size:,}"))
    pauses = ", ".join(coarse(ms) for ms in rules.retry_delays_ms)
    facts.append(("Retries after", pauses or "none: it is a dead letter at once"))
    return facts


def events_of(reaction: Reaction) -> str:
    """Return what a call is for, in one line."""
    first = reaction.events[0]
    about = first.job_name or first.fields.get("sensor") or ""
    more = len(reaction.events) - 1
    said = f"{kind_word(first.kind)} of {first.location}/{about}"
    return f"{said} and {more:,} more" if more else said


def _runs(runs: MonitoredRuns, home: str) -> str:
    if runs.everywhere:
        return "all jobs of all code locations"
    named = [f"{home}/{name}" for name in runs.job_names]
    for each in runs.selectors:
        job = each.job_name if isinstance(each, JobSelector) else None
        named.append(f"{each.location_name}/{job}" if job else f"all jobs of {each.location_name}")
    return _listed(named) or f"all jobs of {home}"


def _of_sensors(watched: WatchedSensors, home: str) -> list[Fact]:
    named = [f"{home}/{name}" for name in watched.names]
    for each in watched.selectors:
        whole = f"all sensors of {each.location_name}"
        named.append(f"{each.location_name}/{each.sensor_name}" if each.sensor_name else whole)
    who = _listed(named) or f"all sensors of {home}"
    what = "time-out" if watched.timeouts_only else "failure"
    count = watched.failures_in_a_row
    facts = [
        ("Monitors", "all sensors of all code locations" if watched.everywhere else who),
        ("Called at", f"{count} {what}s in a row" if count > 1 else f"a {what}"),
    ]
    if watched.late_intervals is not None:
        facts.append(("or without a tick for", f"{watched.late_intervals:,} intervals"))
    return facts


def _of_join(join: JoinRules, home: str) -> list[Fact]:
    sides = [f"{home}{side}" if side.startswith("/") else side for side in join.sides]
    complete = join.outcome == JoinOutcome.COMPLETE.value
    return [
        ("Joins", _listed(sides)),
        ("by", f"tag {join.by}" if join.by else "any that come"),
        ("within", coarse(join.within)),
        ("Called when", "all are there" if complete else "one is missing"),
    ]


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = len(names) - SHOWN_NAMES
    return ", ".join(names[:SHOWN_NAMES]) + (f" and {more:,} more" if more > 0 else "")
