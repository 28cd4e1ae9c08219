"""Events that wait for others, and those that did not come."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sensors_app.model.events import StreamedEvent
from sensors_app.ports import RulesChanged, TagsOfRuns
from sensors_app.storage import codec, scripts
from sensors_app.storage.base import StoreContext, given

VALUES = 100
"""Correlation values looked at in one call: that holds the server for a few milliseconds."""


class JoinStore:
    """Intents and reads of listeners around joins and absences. ``now_ms`` is for tests."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def tags_of(self, events: Iterable[StreamedEvent]) -> TagsOfRuns:
        """Return the tags of the runs that events are about, as far as they are still kept."""
        runs = sorted({(each.location, each.run_id) for each in events if each.run_id})
        with self._context.reading() as pipe:
            for location, run_id in runs:
                pipe.hget(self._context.keys(location).run(run_id), "tags")
            found = pipe.execute()
        return {run: codec.tags_from_json(text) for run, text in zip(runs, found, strict=True)}

    def close_joins(
        self,
        location: str,
        sensors: Sequence[str],
        upto: int,
        registration: str,
        *,
        limit: int = VALUES,
        now_ms: int | None = None,
    ) -> bool:
        """End the groups of joins whose window is over; return whether there are more.

        Args:
            location: The sensors' code location.
            sensors: The joins.
            upto: All that happened before this time, ms since the epoch, has been delivered.
            registration: Of the rules that were gone by.
            limit: How many correlation values of each join are looked at.
            now_ms: The time to go by.

        Raises:
            RulesChanged: The rules are out of date.
        """
        keys = self._context.keys(location)
        calls = [
            scripts.Call(
                "close_joins",
                [
                    keys.sensor(name),
                    keys.rules,
                    keys.replays,
                    keys.location,
                    keys.join_values(),
                    keys.join_events(),
                    keys.reaction(),
                    keys.react_outbox,
                    keys.reactions_of(),
                ],
                [given(now_ms), name, upto, registration, limit],
            )
            for name in sensors
        ]
        return any(self._answers(location, calls))

    def tell_absences(
        self,
        location: str,
        sensors: Sequence[str],
        upto: int,
        registration: str,
        *,
        now_ms: int | None = None,
    ) -> int:
        """Have sensors called for which nothing came for too long; return how many it was.

        Args:
            location: The sensors' code location.
            sensors: Those that wait for the absence of events.
            upto: All that happened before this time, ms since the epoch, has been delivered.
            registration: Of the rules that were gone by.
            now_ms: The time to go by.

        Raises:
            RulesChanged: The rules are out of date.
        """
        keys = self._context.keys(location)
        calls = [
            scripts.Call(
                "tell_absence",
                [
                    keys.sensor(name),
                    keys.rules,
                    keys.replays,
                    keys.location,
                    keys.reaction(),
                    keys.react_outbox,
                    keys.reactions_of(),
                ],
                [given(now_ms), name, upto, registration],
            )
            for name in sensors
        ]
        return sum(self._answers(location, calls))

    def waiting(self, location: str, sensor: str) -> Mapping[str, int]:
        """Return how many events of a join wait for others, by correlation value."""
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            pipe.zrange(keys.join_values(sensor), 0, -1)
            (values,) = pipe.execute()
            for value in values:
                pipe.zcard(keys.join_events(sensor, value))
            return dict(zip(values, pipe.execute(), strict=True))

    def _answers(self, location: str, calls: list[scripts.Call]) -> list[int]:
        answers: list[Any] = self._context.run_all(calls)
        if any(verdict == "rules" for verdict, *_ in answers):
            raise RulesChanged(location)
        return [int(number) for _, number in answers]
