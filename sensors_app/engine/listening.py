"""Reads the streams of events and delivers what is in them to the sensors it is for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sensors_app.engine.lateness import late_intervals
from sensors_app.model.events import StreamedEvent
from sensors_app.model.joins import HEARD
from sensors_app.model.reactions import (
    Delivery,
    LocationRules,
    ReactionRules,
    ReadState,
    Replay,
)
from sensors_app.ports import Deliveries, EventReads, Joins, RulesChanged, TagsOfRuns

BATCH = 200
"""Events read at once: they hold the server for some milliseconds when they are delivered."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one look at all streams came to.

    Args:
        delivered: The code locations whose sensors got events.
        more: Whether more can be read at once.
        full: The code locations of which more reactions wait than there may; they are read on when
            their workers have caught up.
    """

    delivered: set[str] = field(default_factory=set)
    more: bool = False
    full: set[str] = field(default_factory=set)


class Listening:
    """What a listener does, again and again. Any number may do it at once.

    Args:
        events: Where events are read.
        deliveries: Where they are delivered.
        window: How many reactions of a code location may wait for a worker.
        joins: Where events wait for others.
    """

    def __init__(
        self, events: EventReads, deliveries: Deliveries, window: int, joins: Joins
    ) -> None:
        self._events = events
        self._deliveries = deliveries
        self._window = window
        self._joins = joins
        self._locations: Sequence[str] = ()
        self._rules: dict[str, LocationRules] = {}

    @property
    def homes(self) -> Iterable[str]:
        """The code locations that have sensors to deliver events to."""
        return self._rules.keys()

    @property
    def late_intervals(self) -> dict[str, list[int]]:
        """For how many intervals without a tick the sensors of each code location are late."""
        return late_intervals(self._rules, self._locations)

    def refresh(self, locations: Sequence[str]) -> None:
        """Read which events are whose.

        Args:
            locations: All code locations, also of runs that are reported from outside.
        """
        self._locations = list(locations)
        self._rules = dict(self._deliveries.rules(self._locations))

    def look(self, now_ms: int | None = None) -> Pass:
        """Read each stream on, a batch at most, and deliver what is new.

        Args:
            now_ms: The store's time before this call, to tell sensors also of what did not come, as
                far as what came is delivered; None to leave that out.
        """
        outcome = Pass()
        states = self._deliveries.read_states(self._rules)
        more = False
        for home, state in states.items():
            if state.waiting >= self._window:
                outcome.full.add(home)
                continue
            limit = min(BATCH, self._window - state.waiting)
            try:
                read_more, upto = self._read_on(home, state, limit, outcome)
                more |= read_more
                more |= self._replay(home, state, limit, outcome)
                if now_ms is not None:
                    more |= self._time_out(home, now_ms if upto is None else min(now_ms, upto))
            except RulesChanged:
                self._rules.update(self._deliveries.rules([home]))
                more = True
        return Pass(outcome.delivered, more, outcome.full)

    def _read_on(
        self, home: str, state: ReadState, limit: int, outcome: Pass
    ) -> tuple[bool, int | None]:
        """Return whether there is more, and up to when all is delivered; None: up to now."""
        more, upto = False, []
        rules = self._rules[home]
        for source in sources(rules, home, self._locations):
            after = state.positions.get(source, "")
            events = self._events.events(source, after=after, limit=limit)
            if not events:
                continue
            found = deliveries_of(rules, home, events, self._joins.tags_of)
            delivered = self._deliveries.deliver(
                home, source, after, events[-1].ident, found, rules.registration
            )
            if delivered:
                outcome.delivered.add(home)
            if delivered is None:
                # Somebody else delivers them, and may not be as far.
                upto.append(0)
            elif len(events) == limit:
                upto.append(events[-1].at)
                more = True
        return more, min(upto, default=None)

    def _time_out(self, home: str, upto: int) -> bool:
        rules = self._rules[home]
        joins = [name for name, each in rules.sensors.items() if each.join is not None]
        absences = [name for name, each in rules.sensors.items() if each.absent_after_ms]
        if absences:
            self._joins.tell_absences(home, absences, upto, rules.registration)
        return bool(joins) and self._joins.close_joins(home, joins, upto, rules.registration)

    def _replay(self, home: str, state: ReadState, limit: int, outcome: Pass) -> bool:
        more = False
        for replay in state.replays:
            delivered = self._replay_part(home, replay, limit)
            if delivered:
                outcome.delivered.add(home)
            more |= delivered is not None
        return more

    def _replay_part(self, home: str, replay: Replay, limit: int) -> int | None:
        rules = self._rules[home]
        events = self._events.events(
            replay.source, after=replay.after, until=replay.until, limit=limit
        )
        only = {name: each for name, each in rules.sensors.items() if name == replay.sensor}
        own = LocationRules(rules.registration, only)
        found = deliveries_of(own, home, events, self._joins.tags_of)
        read = events[-1].ident if len(events) == limit else None
        return self._deliveries.replay(home, replay, read, found, rules.registration)


def sources(rules: LocationRules, home: str, locations: Sequence[str]) -> list[str]:
    """Return the code locations whose events some sensor of ``home`` may be called for."""
    found: set[str] = set()
    for each in rules.sensors.values():
        found |= each.sources(home, locations)
    return sorted(found)


def deliveries_of(
    rules: LocationRules,
    home: str,
    events: Iterable[StreamedEvent],
    tags_of: Callable[[Iterable[StreamedEvent]], TagsOfRuns],
) -> list[Delivery]:
    """Return which of these events is for which sensor of ``home``.

    Args:
        rules: Of its sensors.
        home: The code location.
        events: The events.
        tags_of: Reads the tags of the runs of those events that are joined by a tag.
    """
    wanted = [
        (name, each, event)
        for event in events
        for name, each in rules.sensors.items()
        if each.accept(event, home)
    ]
    tagged = [event for _, each, event in wanted if each.join is not None and each.join.by]
    tags = tags_of(tagged) if tagged else {}
    found = (
        _delivery(name, each, home, event, tags.get((event.location, event.run_id), {}))
        for name, each, event in wanted
    )
    return [each for each in found if each is not None]


def _delivery(
    name: str, rules: ReactionRules, home: str, event: StreamedEvent, tags: Mapping[str, str]
) -> Delivery | None:
    if rules.absent_after_ms is not None:
        return Delivery(name, event, HEARD)
    if rules.join is None:
        return Delivery(name, event)
    value = rules.join.value_of(tags)
    return None if value is None else Delivery(name, event, rules.join.side_of(event, home), value)


def read_by_all(
    source: str, rules: dict[str, LocationRules], states: dict[str, ReadState]
) -> str | None:
    """Return up to which event everybody has read a stream; None if nobody reads it.

    Args:
        source: The code location whose stream it is.
        rules: Of every code location that has sensors to deliver events to.
        states: How far each of them has read.
    """
    positions = [
        states[home].positions.get(source, "0-0")
        for home, each in rules.items()
        if source in sources(each, home, [source])
    ]
    positions += [
        replay.after
        for home, state in states.items()
        for replay in state.replays
        # One for a sensor that is gone waits for its return, which may never come.
        if replay.source == source and home in rules and replay.sensor in rules[home].sensors
    ]
    return min(positions, key=_as_numbers, default=None)


def _as_numbers(ident: str) -> tuple[int, int]:
    ms, _, number = ident.partition("-")
    return int(ms), int(number)
