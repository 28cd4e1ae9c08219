"""What the store promises of events and sensors, in plain Python: where each event is, once.

One code location. Each method is an intent, and returns the answer that the store is to give.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

TIMEOUT_MS = 60_000


@dataclass
class Event:
    """An event of a stream."""

    ident: str
    at: int


@dataclass
class ReactionModel:
    """A call for events, waiting or under way or buried."""

    sensor: str
    events: list[str]
    state: str = "waiting"
    place: str | None = "react_outbox"
    attempt: int = 0
    since: int = 0
    """When it was sent, when its pause is over, or when its call is."""
    holder: str = ""
    failed_by: str = ""
    company: bool = False
    """Whether its call was begun with those of others."""
    alone: bool = False
    """Whether it is to have none any more: a process that had it died."""


@dataclass
class Part:
    """Events of a stream that are to be delivered again, none older than ``since``."""

    sensor: str
    source: str
    after: int
    until: int
    since: int


@dataclass
class FedSensor:
    """A sensor, and what it was given so far."""

    name: str
    batch_size: int
    pauses: Sequence[int]
    on: bool = True
    defined: bool = True
    switched_on: int = 0
    stopped: dict[str, int] | None = None
    open: str | None = None
    quick: bool = False
    due_events: Counter[str] = field(default_factory=Counter)
    """The events it is to be called for, each as often as it is to be: what must be somewhere."""
    given_up: Counter[str] = field(default_factory=Counter)
    committed: Counter[str] = field(default_factory=Counter)
    run_keys: dict[str, str] = field(default_factory=dict)

    @property
    def called(self) -> bool:
        """Whether events are its."""
        return self.on and self.defined


class ReactionsModel:
    """A code location whose sensors are called for the events of some streams.

    Positions in a stream are how many of its events were read.
    """

    def __init__(self, sensors: Sequence[FedSensor], sources: Sequence[str], grace_ms: int) -> None:
        self.sensors = {each.name: each for each in sensors}
        self.streams: dict[str, list[Event]] = {source: [] for source in sources}
        self.positions: dict[str, int] = dict.fromkeys(sources, 0)
        self.replays: list[Part] = []
        self.reactions: dict[str, ReactionModel] = {}
        self.done: dict[str, tuple[str, list[str]]] = {}
        self.registration = 0
        self.now = 0
        self._grace_ms = grace_ms
        self._made = 0

    # ---- events

    def deliver(
        self, source: str, after: int, until: int, registration: int, names: Sequence[str]
    ) -> int | None:
        """Deliver what somebody has read, to these sensors; None if somebody else was faster."""
        if registration != self.registration:
            raise LookupError
        if self.positions[source] != after:
            return None
        self.positions[source] = until
        delivered = 0
        for event in self.streams[source][after:until]:
            for sensor in map(self.sensors.__getitem__, names):
                if sensor.called and event.at >= sensor.switched_on:
                    self._give(sensor, event)
                    delivered += 1
        return delivered

    def deliver_replay(self, part: Part, limit: int) -> int:
        """Deliver the next events of a replay."""
        sensor = self.sensors[part.sensor]
        if not sensor.defined:
            return 0
        read = self.streams[part.source][part.after : min(part.until, part.after + limit)]
        events = [event for event in read if event.at >= part.since]
        for event in events:
            self._give(sensor, event)
        part.after += len(read)
        if len(read) < limit:
            self.replays.remove(part)
        return len(events)

    def _give(self, sensor: FedSensor, event: Event) -> None:
        sensor.due_events[event.ident] += 1
        if sensor.open is not None:
            reaction = self.reactions[sensor.open]
            reaction.events.append(event.ident)
            if len(reaction.events) >= sensor.batch_size:
                sensor.open = None
            return
        self._made += 1
        ident = f"{self._made:010}"
        self.reactions[ident] = ReactionModel(sensor.name, [event.ident])
        if sensor.batch_size > 1:
            sensor.open = ident

    def replay(self, name: str, source: str, after: int, until: int, since: int = 0) -> bool:
        """Have events delivered once more."""
        if not self.sensors[name].defined:
            return False
        if after < until:
            self._add(Part(name, source, after, until, since))
        return True

    def _add(self, part: Part) -> None:
        for each in self.replays:
            if (each.sensor, each.source, each.until) == (part.sensor, part.source, part.until):
                each.after, each.since = min(each.after, part.after), min(each.since, part.since)
                return
        self.replays.append(part)

    # ---- operators and deployments

    def switch(self, name: str, running: bool, resume: bool = False) -> bool | None:
        """Start, resume or stop a sensor."""
        sensor = self.sensors[name]
        if not sensor.defined:
            return None
        before, sensor.on = sensor.on, running
        if not running:
            if before:
                self._stop(sensor)
            return False
        if not before and not (resume and self._resume(sensor)):
            sensor.switched_on = self.now
        sensor.stopped = None
        self._release(sensor)
        return True

    def _stop(self, sensor: FedSensor) -> None:
        if sensor.stopped is None:
            sensor.stopped = dict(self.positions)

    def _resume(self, sensor: FedSensor) -> bool:
        stopped = sensor.stopped
        if stopped is None:
            return False
        for source, now_at in self.positions.items():
            if stopped[source] < now_at:
                self._add(Part(sensor.name, source, stopped[source], now_at, sensor.switched_on))
        sensor.stopped = None
        return True

    def _release(self, sensor: FedSensor) -> None:
        for reaction in self.reactions.values():
            if reaction.sensor == sensor.name and reaction.state == "held":
                reaction.state, reaction.place = "waiting", "react_outbox"

    def register(self, names: Collection[str]) -> None:
        """Register these of the sensors."""
        self.registration += 1
        for sensor in self.sensors.values():
            was, sensor.defined = sensor.defined, sensor.name in names
            if sensor.defined and sensor.on:
                if not was:
                    self._resume(sensor)
                self._release(sensor)
            elif was and not sensor.defined and sensor.on:
                self._stop(sensor)

    def skip(self, name: str) -> int | None:
        """Have a sensor skip everything up to now."""
        sensor = self.sensors[name]
        own = {i: r for i, r in self.reactions.items() if r.sensor == name}
        if not sensor.defined and not own:
            return None
        sensor.switched_on = self.now + 1
        sensor.stopped = sensor.open = None
        self.replays = [part for part in self.replays if part.sensor != name]
        gone = [i for i, r in own.items() if r.state in ("waiting", "held")]
        for ident in gone:
            sensor.given_up.update(self.reactions.pop(ident).events)
        return len(gone)

    # ---- reactions

    def take(self, taken: Sequence[str], limit: int) -> None:
        """Send these: the store chooses, among those that are to be sent."""
        due = [
            r for r in self.reactions.values() if r.place == "react_later" and r.since <= self.now
        ]
        for reaction in sorted(due, key=lambda r: r.since)[:limit]:
            reaction.place = "react_outbox"
        waiting = [i for i, r in self.reactions.items() if r.place == "react_outbox"]
        assert len(taken) == min(limit, len(waiting))
        assert set(taken) <= set(waiting)
        for ident in taken:
            self.reactions[ident].place, self.reactions[ident].since = "react_sent", self.now

    def requeue(self, sent_ms_ago: int) -> int:
        """Send again what was sent long ago."""
        lost = [
            r
            for r in self.reactions.values()
            if r.place == "react_sent" and r.since <= self.now - sent_ms_ago
        ]
        for reaction in lost:
            reaction.place = "react_outbox"
        return len(lost)

    def is_quick(self, ident: str) -> bool:
        """Tell whether a reaction may share its message with others."""
        reaction = self.reactions[ident]
        return self.sensors[reaction.sensor].quick and not reaction.alone

    def begin(
        self, ident: str, holder: str, *, company: bool = False
    ) -> tuple[int, list[str]] | None:
        """Begin a call; return which attempt it is, and its events."""
        reaction = self.reactions.get(ident)
        if reaction is None:
            return None
        sensor = self.sensors[reaction.sensor]
        if reaction.state == "running" and reaction.holder == holder:
            return reaction.attempt, reaction.events
        if reaction.place not in ("react_outbox", "react_sent"):
            return None
        if sensor.open == ident:
            sensor.open = None
        if not sensor.called:
            reaction.state, reaction.place = "held", None
            return None
        reaction.state, reaction.place, reaction.holder = "running", "reacting", holder
        reaction.company = company
        reaction.attempt += 1
        reaction.since = self.now + TIMEOUT_MS + self._grace_ms
        return reaction.attempt, reaction.events

    def commit(self, ident: str, holder: str, requests: dict[str, str]) -> list[str] | None:
        """Commit a call; return the runs it made, of these by run key."""
        if ident in self.done:
            by, run_ids = self.done[ident]
            return run_ids if by == holder else None
        reaction = self.reactions.get(ident)
        if reaction is None or reaction.state != "running" or reaction.holder != holder:
            return None
        sensor = self.sensors[reaction.sensor]
        created = [run_id for key, run_id in requests.items() if key not in sensor.run_keys]
        sensor.run_keys = {**requests, **sensor.run_keys}
        sensor.committed.update(reaction.events)
        sensor.quick = True
        self.done[ident] = holder, created
        del self.reactions[ident]
        return created

    def fail(self, ident: str, holder: str, final: bool) -> bool:
        """Fail a call."""
        reaction = self.reactions.get(ident)
        if reaction is None:
            return False
        if reaction.state != "running" or reaction.holder != holder:
            return reaction.failed_by == holder
        pauses = self.sensors[reaction.sensor].pauses
        self.sensors[reaction.sensor].quick = False
        reaction.failed_by, reaction.company = holder, False
        if not final and reaction.attempt <= len(pauses):
            reaction.state, reaction.place = "waiting", "react_later"
            reaction.since = self.now + pauses[reaction.attempt - 1]
        else:
            reaction.state = reaction.place = "dead"
        return True

    def expire(self, dead: Collection[str]) -> list[tuple[str, str]]:
        """Fail the calls that are late, or whose holder is dead."""
        lost = {
            ident: reaction.holder
            for ident, reaction in self.reactions.items()
            if reaction.state == "running"
            and (reaction.since <= self.now or reaction.holder in dead)
        }
        failed = {i: holder for i, holder in lost.items() if not self.reactions[i].company}
        for ident, holder in lost.items():
            self.lose(ident, holder)
        return [(self.reactions[ident].sensor, holder) for ident, holder in failed.items()]

    def lose(self, ident: str, holder: str) -> None:
        """End a call whose process is gone: one in company is made again, alone."""
        if not self._holds(ident, holder):
            return
        if self.reactions[ident].company:
            self._send_back(self.reactions[ident])
            self.reactions[ident].alone = True
        else:
            self.fail(ident, holder, final=False)

    def give_back(self, idents: Sequence[str], holder: str, goes_on: str | None) -> int:
        """Send again what was not called; what goes on is alone from now on."""
        if goes_on is not None and self._holds(goes_on, holder):
            self.reactions[goes_on].company = False
            self.sensors[self.reactions[goes_on].sensor].quick = False
        back = [ident for ident in idents if self._holds(ident, holder)]
        for ident in back:
            self._send_back(self.reactions[ident])
        return len(back)

    def _holds(self, ident: str, holder: str) -> bool:
        reaction = self.reactions.get(ident)
        return reaction is not None and (reaction.state, reaction.holder) == ("running", holder)

    def _send_back(self, reaction: ReactionModel) -> None:
        reaction.state, reaction.place, reaction.holder = "waiting", "react_outbox", ""
        reaction.attempt -= 1
        reaction.company = False

    def retry(self, ident: str) -> int:
        """Try a dead letter anew."""
        reaction = self.reactions.get(ident)
        if reaction is None or reaction.state != "dead":
            return 0
        reaction.state, reaction.place, reaction.attempt = "waiting", "react_outbox", 0
        reaction.failed_by = ""
        return 1

    def drop(self, ident: str) -> int:
        """Give a dead letter up."""
        reaction = self.reactions.get(ident)
        if reaction is None or reaction.state != "dead":
            return 0
        self.sensors[reaction.sensor].given_up.update(reaction.events)
        del self.reactions[ident]
        return 1
