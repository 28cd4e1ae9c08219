"""Joins in any order of events, stops and time: each event is in one group, the right one."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sensors_app.ports import RulesChanged
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.keys import LocationKeys
from sensors_app.storage.store import Store
from tests.support.audit import forget_all, leaked_keys
from tests.support.joining import MISSING, OTHER, SOURCES, WINDOW_MS, Joining, joining
from tests.support.reacting import UPSTREAM, Reading
from tests.support.site import Site

JOBS = "abc"
STREAMS = (UPSTREAM, OTHER)
WHOLE, PART = "s", "m"
"""Two joins of the same jobs: one is called for complete groups, the other for the others."""

Happened = dict[str, tuple[int, str]]
"""When each run succeeded, and its correlation value."""


def expected(happened: Happened, upto: float) -> tuple[set[tuple[str, ...]], set[str]]:
    """Return all groups that have ended, complete or not, and the runs that still wait."""
    queues: dict[str, dict[str, list[str]]] = defaultdict(lambda: {job: [] for job in JOBS})
    for run_id, (_, value) in happened.items():
        queues[value][run_id[0]].append(run_id)
    ended: set[tuple[str, ...]] = set()
    for own in queues.values():
        while heads := [queue[0] for queue in own.values() if queue]:
            end = min(happened[each][0] for each in heads) + WINDOW_MS
            if len(heads) < len(JOBS) and upto <= end:
                break
            group = tuple(each for each in heads if happened[each][0] <= end)
            ended.add(group)
            for each in group:
                own[each[0]].remove(each)
    return ended, {each for own in queues.values() for queue in own.values() for each in queue}


some_jobs = st.text(JOBS, min_size=1, max_size=5)


class JoinMachine(RuleBasedStateMachine):
    """The store, several listeners, and what comes of the events by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(ephemeral_url())
        prefix = f"joins-{uuid4().hex[:12]}"
        self.site = Site(Store(self.client, prefix), prefix)
        self.joins = Joining(self.site)
        self.numbers = count(1)
        self.happened: Happened = {}
        self.readings: list[Reading] = []
        self.register()

    def teardown(self) -> None:
        try:
            self.all_comes_to_its_end()
            assert not leaked_keys(self.client, self.site.prefix)
        finally:
            forget_all(self.client, self.site.prefix)
            self.client.close()

    # ---- moves

    @rule()
    def register(self) -> None:
        """A worker starts: the rules are the same, readings are out of date."""
        both = joining(JOBS, WHOLE, by="day"), joining(JOBS, PART, by="day", outcome=MISSING)
        self.site.register(*both)

    @rule(jobs=some_jobs, value=st.sampled_from(["x", "x", "y", None]))
    def happen(self, jobs: str, value: str | None) -> None:
        for job in jobs:
            run_id = f"{job}{next(self.numbers)}"
            if value is None:
                self.joins.happen(run_id)
            else:
                self.joins.happen(run_id, day=value)
                self.happened[run_id] = (self.site.now, value)

    @rule(by=st.sampled_from([1, WINDOW_MS // 3, WINDOW_MS, WINDOW_MS + 1]))
    def time_passes(self, by: int) -> None:
        self.site.now += by

    @rule(source=st.sampled_from(STREAMS), limit=st.integers(1, 4))
    def read(self, source: str, limit: int) -> None:
        """A listener reads, and delivers later, if nobody was faster."""
        self.readings.append(self.joins.reacting.read(source, limit))

    @rule(which=st.integers(0, 5))
    def deliver(self, which: int) -> None:
        if self.readings:
            reading = self.readings.pop(which % len(self.readings))
            with suppress(RulesChanged):
                self.joins.reacting.deliver(reading)

    @rule()
    def listen(self) -> None:
        self.joins.listen(*STREAMS)

    @rule(limit=st.integers(1, 3))
    def replay_on(self, limit: int) -> None:
        self.joins.reacting.listen_to_replays(limit)

    @rule(name=st.sampled_from([WHOLE, PART]), limit=st.integers(1, 3))
    def close(self, name: str, limit: int) -> None:
        """As a listener does, by what has been delivered."""
        self.joins.close(name, upto=self._delivered_upto(), limit=limit)

    @rule(name=st.sampled_from([WHOLE, PART]))
    def stop(self, name: str) -> None:
        self.site.switch(False, name)

    @rule(name=st.sampled_from([WHOLE, PART]))
    def resume(self, name: str) -> None:
        self.joins.reacting.resume(name)

    @rule(before=some_jobs, meanwhile=some_jobs, after=some_jobs)
    def pause(self, before: str, meanwhile: str, after: str) -> None:
        """Stop and resume with events before, meanwhile and after; replays are to come."""
        self.happen(before, "x")
        self.joins.listen(*STREAMS)
        self.stop(WHOLE)
        self.happen(meanwhile, "x")
        self.joins.listen(*STREAMS)
        self.resume(WHOLE)
        self.happen(after, "x")
        self.joins.listen(*STREAMS)

    def _delivered_upto(self) -> int:
        """Return the time up to which all streams have been read."""
        (state,) = self.site.store.deliveries.read_states([self.site.name]).values()
        upto = [self.site.now]
        for source in STREAMS:
            unread = self.site.store.events.events(
                source, after=state.positions.get(source, ""), limit=1
            )
            upto += [each.at for each in unread]
        return min(upto)

    # ---- what always holds

    def _groups(self, name: str) -> list[tuple[str, ...]]:
        return [tuple(each.runs) for each in self.joins.groups(name)]

    def _waiting(self, name: str) -> list[str]:
        found: list[str] = []
        for value in self.joins.waiting(name):
            key = LocationKeys(self.site.prefix, self.site.name).join_events(name, value)
            members = self.client.zrange(key, 0, -1)
            found += [str(each).split('"run":"')[1].split('"')[0] for each in members]
        return found

    def _places(self, waiting: Iterable[str]) -> Counter[str]:
        ended = [*self._groups(WHOLE), *self._groups(PART)]
        return Counter([*waiting, *(each for group in ended for each in group)])

    @invariant()
    def no_event_is_in_two_groups(self) -> None:
        """Nor is one of a group that its sensor was called for waiting still."""
        assert max(self._places([]).values(), default=1) == 1
        for name in (WHOLE, PART):
            waiting = self._waiting(name)
            called_for = [each for group in self._groups(name) for each in group]
            assert max(Counter([*waiting, *called_for]).values(), default=1) == 1

    @invariant()
    def each_group_is_what_it_says(self) -> None:
        """Complete ones have a run of each job; none is longer than its window."""
        assert all([each[0] for each in group] == list(JOBS) for group in self._groups(WHOLE))
        for group in [*self._groups(WHOLE), *self._groups(PART)]:
            times = [self.happened[each][0] for each in group]
            assert max(times) - min(times) <= WINDOW_MS
            assert len({self.happened[each][1] for each in group}) == 1

    @rule()
    def all_is_read(self) -> None:
        """Whatever was before: then the groups are those that follow from the events alone."""
        for name in (WHOLE, PART):
            self.joins.reacting.resume(name)
        for _ in range(2):
            self.joins.listen(*STREAMS)
            self.joins.reacting.listen_to_replays()
        for name in (WHOLE, PART):
            while self.joins.close(name):
                pass
        ended, waiting = expected(self.happened, self.site.now)
        assert {*self._groups(WHOLE), *self._groups(PART)} == ended
        for name in (WHOLE, PART):
            assert sorted(self._waiting(name)) == sorted(waiting)
        assert self._places(waiting) == Counter(list(self.happened))

    def all_comes_to_its_end(self) -> None:
        """When all windows are over nothing waits, and nothing is left in the store."""
        self.site.now += WINDOW_MS + 1
        self.all_is_read()
        assert not [*self.client.scan_iter(f"{self.site.prefix}:*join_*")]


assert set(SOURCES.values()) == set(STREAMS)
JoinMachine.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestJoins = pytest.mark.timeout(600)(JoinMachine.TestCase)
"""Finding the shortest way to a fault takes longer than to find none."""
