"""How runs and the entries of their logs are printed for people."""

import json
from collections.abc import Mapping

from sensors_app.cli.output import show_fields, show_text
from sensors_app.cli.text import clean, duration
from sensors_app.cli.ticks import level_name
from sensors_app.model.events import EventLogEntry
from sensors_app.model.runs import DagsterRun
from sensors_app.operating.times import iso_seconds


def took(found: DagsterRun, now: int) -> str:
    """Say how long a run took, or takes by now."""
    if found.started_at is None:
        return ""
    end = now if found.ended_at is None else found.ended_at * 1000
    return duration(end - found.started_at * 1000)


def print_run(found: DagsterRun, now: int) -> None:
    """Print a run in full."""
    show_fields(
        [
            ("run", found.run_id),
            ("status", found.status.value),
            ("job", found.job_name),
            ("location", found.location or ""),
            ("sensor", found.sensor_name or ""),
            ("tick", found.tick_id or ""),
            ("run key", found.run_key or ""),
            ("created", iso_seconds(found.created_at) or ""),
            ("started", iso_seconds(found.started_at) or ""),
            ("ended", iso_seconds(found.ended_at) or ""),
            ("took", took(found, now)),
            ("worker", found.worker or ""),
            ("tags", _lines(found.tags)),
            ("config", json.dumps(found.run_config, indent=2) if found.run_config else ""),
            ("error", found.error or ""),
        ]
    )


def _lines(tags: Mapping[str, str]) -> str:
    return "\n".join(f"{clean(name)}: {clean(value)}" for name, value in tags.items())


def print_entry(entry: EventLogEntry) -> None:
    """Print an entry of a run's log, with the stack of a failure."""
    event = entry.dagster_event
    kind = event.event_type.name if event else level_name(entry.level).strip()
    step = f"[{entry.step_key}] " if entry.step_key else ""
    style = "red" if event and event.is_failure else ""
    show_text(f"{iso_seconds(entry.timestamp)} {kind:<14} {step}{entry.user_message}", style=style)
    data = event.event_specific_data if event else None
    if data is not None and data.error is not None:
        show_text(data.error.to_string())
