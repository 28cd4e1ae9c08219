"""Ticks, switches, registrations and looks in any order: each lateness is told when it is, once."""

from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sensors_app.model.ticks import Claim
from sensors_app.model.watched_sensors import SENSOR_LATE
from sensors_app.storage.base import StoreLimits
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.support.audit import forget_all
from tests.support.site import START, Site, sensor

NAMES = ("a", "b")
LIMITS = StoreLimits(backoff_after=1)
CLAIM_MS = 60_000 + StoreLimits().tick_grace_ms
names = st.sampled_from(NAMES)
waits = st.sampled_from([1, 1000, 5000, 9_999, 10_000, 10_000, 20_000, 60_000, 100_000])
rare = st.sampled_from([True, False, False, False])


@dataclass
class Watched:
    """A sensor as a reader of the documents imagines it."""

    interval: int = 10_000
    on: bool = True
    last: int = START
    known_interval: int | None = None
    since: int = 0
    told: set[int] = field(default_factory=set)
    claim: Claim | None = None
    busy_until: int = 0
    failures: int = 0
    rests: int = 0
    """How much longer than its interval it pauses after its last tick, for it fails."""

    def end(self, now: int, *, well: bool) -> None:
        """Its tick has ended."""
        self.claim, self.busy_until, self.last = None, 0, now
        self.failures = 0 if well else self.failures + 1
        pause = min(self.interval * 2 ** max(0, self.failures - 1), LIMITS.backoff_max_ms)
        self.rests = pause - self.interval if self.on else 0

    def look(self, now: int, numbers: list[int]) -> set[int]:
        """Return for how many intervals it is found to be late."""
        if self.known_interval != self.interval:
            self.since, self.told = now, set()
        if self.last > self.since:
            self.since, self.told = self.last, set()
        self.known_interval = self.interval
        rests = self.rests if self.since == self.last else 0
        late = {
            n
            for n in numbers
            if self.on and now >= max(self.since + rests + n * self.interval, self.busy_until)
        }
        found = late - self.told
        self.told |= found
        return found


class LateMachine(RuleBasedStateMachine):
    """The store and the model of it, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(ephemeral_url())
        self.prefix = f"late-{uuid4().hex[:12]}"
        self.site = Site(Store(self.client, self.prefix, LIMITS), self.prefix)
        self.watched = {name: Watched() for name in NAMES}
        self.seen = ""

    @initialize(numbers=st.lists(st.integers(2, 6), min_size=1, max_size=3, unique=True))
    def begin(self, numbers: list[int]) -> None:
        self.numbers = numbers
        self.register()

    def register(self) -> None:
        """Have all looked at anew."""
        intervals = {name: each.interval / 1000 for name, each in self.watched.items()}
        self.site.register(*(sensor(n, interval_seconds=s) for n, s in intervals.items()))

    @rule(name=names, interval=st.sampled_from([1000, 10_000, 10_000, 60_000]), sure=rare)
    def change(self, name: str, interval: int, sure: bool) -> None:
        """Its code has another interval; or just another worker started."""
        if not sure:
            return
        self.watched[name].interval = interval
        self.register()

    @rule(ms=waits)
    def wait(self, ms: int) -> None:
        """Nobody looks meanwhile."""
        self.site.now += ms

    @rule(name=names, ms=waits)
    def switch_off_and_on(self, name: str, ms: int) -> None:
        """Its time begins anew."""
        self.switch(name, False)
        self.site.now += ms
        self.switch(name, True)

    @rule(name=names, on=st.booleans())
    def switch(self, name: str, on: bool) -> None:
        self.site.switch(on, name)
        each = self.watched[name]
        if on and not each.on:
            each.last = max(each.last, self.site.now)
            each.rests = 0
        each.on = on

    @rule(name=names)
    def begin_tick(self, name: str) -> None:
        each = self.watched[name]
        if each.claim is None:
            each.claim = self.site.begun(name)
            each.busy_until = self.site.now + CLAIM_MS

    @precondition(lambda self: any(each.claim for each in self.watched.values()))
    @rule(data=st.data(), well=st.booleans())
    def end_tick(self, data: st.DataObject, well: bool) -> None:
        busy = [each for each in self.watched.values() if each.claim is not None]
        each = data.draw(st.sampled_from(busy))
        assert each.claim is not None
        answer = self.site.commit(each.claim) if well else self.site.fail(each.claim)
        assert answer.accepted
        each.end(self.site.now, well=well)

    @rule(ms=waits, limit=st.sampled_from([1, 100]), listeners=st.integers(1, 2))
    def look(self, ms: int, limit: int, listeners: int) -> None:
        """All listeners look until there is nothing left to look at."""
        self.site.now += ms
        for _ in range(listeners):
            more = True
            while more:
                more = self.site.store.sensor_events.tell_late(
                    self.site.name, self.numbers, limit=limit, now_ms=self.site.now
                ).more
        events = self.site.store.events.events(self.site.name, after=self.seen)
        late = [event for event in events if event.kind == SENSOR_LATE]
        self.seen = events[-1].ident if events else self.seen
        told = [(event.fields["sensor"], int(event.fields["intervals"])) for event in late]
        expected = [
            (name, number)
            for name, each in self.watched.items()
            for number in each.look(self.site.now, self.numbers)
        ]
        assert sorted(told) == sorted(expected)

    def teardown(self) -> None:
        forget_all(self.client, self.prefix)
        self.client.close()


LateMachine.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestTellLate = pytest.mark.timeout(600)(LateMachine.TestCase)
