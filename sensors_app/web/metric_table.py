"""Every metric: what docs/metrics.md says, and what ``/metrics`` has."""

from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """One metric.

    Args:
        name: Its name, as queries have it.
        text: What it tells.
        labels: What tells its series apart.
        unit: Of its value.
    """

    name: str
    text: str
    labels: Sequence[str] = ()
    unit: str = ""

    @property
    def kind(self) -> str:
        """What may be done with it: a counter only grows, and a gauge goes both ways."""
        if self.name.endswith("_total"):
            return "counter"
        return "histogram" if self.name == DURATIONS else "gauge"

    def family(self) -> Metric:
        """Return it without any values."""
        if self.kind == "counter":
            return CounterMetricFamily(self.name, self.text, labels=self.labels)
        if self.kind == "histogram":
            return HistogramMetricFamily(self.name, self.text, labels=self.labels)
        return GaugeMetricFamily(self.name, self.text, labels=self.labels)


DURATIONS = "sensors_tick_duration_seconds"

PLACE = ("location",)
SENSOR = ("location", "sensor")
ROLE = ("location", "role")

METRICS = (
    Meaning(
        "sensors_build_info",
        "Always 1; the label says which version this is.",
        ("version",),
    ),
    Meaning(
        "sensors_store_up",
        "Whether the server of the state answers. If it does not, all else is left out.",
    ),
    Meaning(
        "sensors_store_answer_seconds",
        "How long it took to answer a small question.",
        unit="seconds",
    ),
    Meaning(
        "sensors_seen_age_seconds",
        "How old that is which is told of each sensor.",
        unit="seconds",
    ),
    Meaning(
        "sensors_metrics_per_sensor",
        "Whether each sensor has series of its own; 0: the label `sensor` is empty, and the"
        " numbers are of the code location.",
    ),
    Meaning(
        "sensors_beats",
        "Beats that are alive.",
    ),
    Meaning(
        "sensors_beat_heartbeat_age_seconds",
        "Time since any beat last said that it is alive; nothing if none did for an hour.",
        unit="seconds",
    ),
    Meaning(
        "sensors_listeners",
        "Listeners that are alive.",
    ),
    Meaning(
        "sensors_listener_heartbeat_age_seconds",
        "The same of listeners.",
        unit="seconds",
    ),
    Meaning(
        "sensors_workers",
        "Workers that are alive, for each role that is needed or served.",
        ROLE,
    ),
    Meaning(
        "sensors_worker_capacity",
        "How many tasks these run at once.",
        ROLE,
    ),
    Meaning(
        "sensors_worker_heartbeat_age_seconds",
        "Time since any of them last said that it is alive.",
        ROLE,
        "seconds",
    ),
    Meaning(
        "sensors_registered",
        "Sensors that are `on`, and `off`.",
        ("location", "state"),
    ),
    Meaning(
        "sensors_failing",
        "Sensors that are on and whose last tick failed.",
        PLACE,
    ),
    Meaning(
        "sensors_late",
        "Sensors that are on and should have had a tick long ago: three intervals, and five"
        " seconds at least.",
        PLACE,
    ),
    Meaning(
        "sensors_held",
        "Sensors whose tick asks for too many runs, and is held until somebody says yes or no.",
        PLACE,
    ),
    Meaning(
        "sensors_sensor_on",
        "Whether a sensor is on; of a code location, how many are.",
        SENSOR,
    ),
    Meaning(
        "sensors_tick_last_timestamp_seconds",
        "When its last tick ended; of a code location, the last of all.",
        SENSOR,
        "seconds since 1970",
    ),
    Meaning(
        "sensors_tick_last_result",
        "1 for how its last tick ended: `requested`, `acted`, `skipped` or `failed`; of a "
        "code location, how many sensors' last ticks did.",
        (*SENSOR, "result"),
    ),
    Meaning(
        "sensors_tick_failures_in_a_row",
        "How many of its ticks failed in a row; of a code location, the most.",
        SENSOR,
    ),
    Meaning(
        "sensors_tick_late_seconds",
        "For how long it has been late, 0 if it is not; of a code location, the longest.",
        SENSOR,
        "seconds",
    ),
    Meaning(
        "sensors_ticks_total",
        "Ticks that ended: `success`, `skipped` or `failure`.",
        (*SENSOR, "result"),
    ),
    Meaning(
        "sensors_tick_seconds_total",
        "How long its ticks took, together.",
        SENSOR,
        "seconds",
    ),
    Meaning(
        DURATIONS,
        "How long ticks take, with those of sensors that are gone.",
        PLACE,
        "seconds",
    ),
    Meaning(
        "sensors_schedule",
        "Sensors that are `due` and not claimed yet, `claimed` and sent to a worker, or `running`.",
        ("location", "state"),
    ),
    Meaning(
        "sensors_schedule_lag_seconds",
        "For how long the sensor has been due, and not claimed, that has been so for longest.",
        PLACE,
        "seconds",
    ),
    Meaning(
        "sensors_lane_due",
        "Sensors that are due and not claimed yet: those that are `quick`, and all others, `slow`.",
        ("location", "lane"),
    ),
    Meaning(
        "sensors_lane_lag_seconds",
        "For how long the first of them has been due.",
        ("location", "lane"),
        "seconds",
    ),
    Meaning(
        "sensors_launches",
        "Runs that wait: in the `outbox`, `sent` and not taken up, `parked` by a "
        "concurrency limit, or put off until `later`.",
        ("location", "queue"),
    ),
    Meaning(
        "sensors_outbox_oldest_seconds",
        "Age of the oldest run that is to be sent to a worker.",
        PLACE,
        "seconds",
    ),
    Meaning(
        "sensors_sent_oldest_seconds",
        "For how long the oldest run that was sent has not been taken up.",
        PLACE,
        "seconds",
    ),
    Meaning(
        "sensors_reactions",
        "Calls for events that are `waiting`, `running`, to be tried again `later`, `held` "
        "while their sensor is off, or `dead`.",
        ("location", "state"),
    ),
    Meaning(
        "sensors_events_lag_seconds",
        "For how long the oldest event has been unread that a sensor of this code location "
        "may want.",
        PLACE,
        "seconds",
    ),
    Meaning(
        "sensors_runs",
        "Runs that are kept, by state.",
        ("location", "status"),
    ),
    Meaning(
        "sensors_runs_ended_total",
        "Runs that ended. Beyond a thousand pairs of job and status, further jobs are "
        "counted together, without a name.",
        ("location", "job", "status"),
    ),
    Meaning(
        "sensors_refused_reports_total",
        "Reports of other systems' runs that were refused.",
    ),
)
"""Every metric there is."""


def table() -> str:
    """Return the table of docs/metrics.md."""
    lines = ["| metric | kind | meaning | labels | unit |", "|---|---|---|---|---|"]
    for each in METRICS:
        labels = ", ".join(f"`{label}`" for label in each.labels)
        lines.append(f"| `{each.name}` | {each.kind} | {each.text} | {labels} | {each.unit} |")
    return "\n".join(lines) + "\n"
