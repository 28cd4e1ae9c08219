"""Runs that are not ours, as other systems report them, and the reports that were refused."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sensors_app.errors import ExternalEventError
from sensors_app.model.external import ExternalRunEvent
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given

MAX_REFUSED = 1000
"""How many refused reports are kept: enough to see what is wrong with whoever sends them."""

MAX_REFUSED_CHARS = 10_000


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """A report that could not be kept as one.

    Args:
        ident: Its id among them: a later one's is greater.
        at: When it came, ms since the epoch, by the store's clock.
        body: What was sent, or its beginning.
        reason: What is wrong with it.
    """

    ident: str
    at: int
    body: str
    reason: str


class ExternalStore:
    """The intent and the reads around runs of other systems."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def report_run(self, report: ExternalRunEvent, *, now_ms: int | None = None) -> None:
        """Keep what is reported of a run, which goes only forward: what comes late changes nothing.

        Raises:
            ExternalEventError: The report's location is a code location of our own, whose runs
                nobody but its workers may move.
        """
        keys = self._context.keys(report.location)
        # First, so that whoever reads the events of all locations finds this one with its first.
        with self._context.reading() as pipe:
            pipe.sadd(self._context.global_keys.locations, report.location)
            pipe.execute()
        event, when = report.event, report.timestamp
        verdict = self._context.run(
            "report_run",
            [
                keys.run(report.run_id),
                keys.run_events(report.run_id),
                keys.events,
                keys.runs_in(),
                keys.runs,
                keys.run(),
                keys.location,
                keys.tally,
            ],
            [
                given(now_ms),
                report.run_id,
                report.job_name,
                report.status.value,
                event.event_type_value,
                event.message or "",
                codec.event_extra(event),
                json.dumps(dict(report.tags)),
                "" if when is None else round(when * 1000),
                self._context.limits.of(report.location).run_max_age_ms,
            ],
        )
        if verdict == "taken":
            raise ExternalEventError(
                f"location is {report.location!r}, which is a code location: its runs are reported "
                "by its own workers. Give the other system a name of its own."
            )

    def keep_refused(self, body: str, reason: str) -> None:
        """Keep a report that was refused, for people to look at, among the last of them."""
        key = self._context.global_keys.refused_events
        text = body if len(body) <= MAX_REFUSED_CHARS else f"{body[:MAX_REFUSED_CHARS]}…"
        with self._context.reading() as pipe:
            pipe.xadd(key, {"body": text, "reason": reason}, maxlen=MAX_REFUSED, approximate=False)
            pipe.execute()

    def refused(self, *, limit: int = 100) -> Sequence[RefusedEvent]:
        """Return the reports that were refused, the last one first."""
        with self._context.reading() as pipe:
            pipe.xrevrange(self._context.global_keys.refused_events, count=limit)
            (entries,) = pipe.execute()
        return [
            RefusedEvent(ident, int(ident.partition("-")[0]), fields["body"], fields["reason"])
            for ident, fields in entries
        ]
