"""All intents around events in any order, by listeners and workers that are late: none is lost.

Each event of a time when a sensor was on is in one reaction of it, or was in one that has been
committed, or that an operator gave up; and once for each replay, besides.
"""

from collections import Counter
from itertools import count
from unittest.mock import patch
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sensors_app.model.ticks import Timing
from sensors_app.ports import RulesChanged
from sensors_app.storage import staging
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.support.audit import forget_all, leaked_keys
from tests.support.reacting import PAUSE_MS, Reacting, Reading, fed
from tests.support.reaction_model import Event, FedSensor, ReactionsModel
from tests.support.site import START, Site, request

SOURCES = ("up", "down")
NAMES = ("s", "t")
BATCH_SIZES = {"s": 1, "t": 3}
HOLDERS = {"t/one@h/1": "one@h", "t/two@h/2": "two@h"}
PAUSES = (PAUSE_MS, 5000)
PLACES = ("react_outbox", "react_sent", "react_later", "reacting", "dead")

sources = st.sampled_from(SOURCES)
sensors = st.sampled_from(NAMES)
holders = st.sampled_from(list(HOLDERS))
recent = st.integers(0, 5)
often = st.sampled_from([True, True, False])
most = st.sampled_from([set(NAMES), set(NAMES), {"s"}, {"t"}, set()])


class ReactionMachine(RuleBasedStateMachine):
    """The store and the model of it, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(ephemeral_url())
        prefix = f"machine-{uuid4().hex[:12]}"
        self.site = Site(Store(self.client, prefix), prefix)
        self.reacting = Reacting(self.site)
        known = [FedSensor(n, BATCH_SIZES[n], PAUSES, switched_on=START) for n in NAMES]
        self.model = ReactionsModel(known, SOURCES, self.site.store.limits.tick_grace_ms)
        self.model.now = START
        self.definitions = {
            n: fed(n, batch_size=BATCH_SIZES[n], retry_delays_ms=PAUSES) for n in NAMES
        }
        self.readings: list[tuple[Reading, int, int]] = []
        self.idents: list[str] = []
        self.numbers = count(1)
        # A call that requests two runs is large here.
        self.patches = [patch.object(staging, name, 1) for name in ("STAGE_ABOVE", "PART_REQUESTS")]
        for each in self.patches:
            each.start()

    @initialize(runs=st.integers(0, 4))
    def register_and_let_something_happen(self, runs: int) -> None:
        self.register(set(NAMES))
        for _ in range(runs):
            self.happen("up", 1, listen=True)

    def teardown(self) -> None:
        for each in self.patches:
            each.stop()
        leaked = leaked_keys(self.client, self.site.prefix)
        forget_all(self.client, self.site.prefix)
        self.client.close()
        assert not leaked

    @rule(by=st.sampled_from([1, 500, PAUSE_MS, 5000, 100_000, -700]))
    def time_passes(self, by: int) -> None:
        self.site.now += by
        self.model.now += by

    # ---- events and listeners

    @rule(source=sources, n=st.integers(1, 4), listen=often)
    def happen(self, source: str, n: int, listen: bool) -> None:
        for _ in range(n):
            run_id = f"e{next(self.numbers)}"
            self.reacting.happen(run_id, source=source)
            self.model.streams[source].append(Event(run_id, self.site.now))
        if listen and self._is_read():
            self.read(source, 100)
            self.deliver(0)
            self.listen_to_replays(2)

    @rule(source=sources, limit=st.integers(1, 4))
    def read(self, source: str, limit: int) -> None:
        """A listener reads; what it does with that may come much later."""
        if self._is_read():
            reading = self.reacting.read(source, limit)
            after = self.model.positions[source]
            until = after + len(reading.events)
            wanted = [e.ident for e in self.model.streams[source][after:until]]
            assert [event.run_id for event in reading.events] == wanted
            self.readings.append((reading, after, self.model.registration))

    @rule(which=recent)
    def deliver(self, which: int) -> None:
        """Any of the last readings, delivered before or not."""
        if not self.readings:
            return
        reading, after, registration = self.readings[-1 - which % len(self.readings)]
        if not reading.events:
            return
        until = after + len(reading.events)
        names = list(dict.fromkeys(each.sensor for each in reading.deliveries))
        try:
            wanted = self.model.deliver(reading.source, after, until, registration, names)
        except LookupError:
            with pytest.raises(RulesChanged):
                self.reacting.deliver(reading)
        else:
            assert self.reacting.deliver(reading) == wanted
        self._note_new()

    @rule(limit=st.integers(1, 4))
    def listen_to_replays(self, limit: int) -> None:
        if self._is_read():
            wanted = sum(self.model.deliver_replay(p, limit) for p in self._parts_in_order())
            assert self.reacting.listen_to_replays(limit) == wanted
            self._note_new()

    def _is_read(self) -> bool:
        """Nobody reads for a code location without sensors."""
        return any(sensor.defined for sensor in self.model.sensors.values())

    def _parts_in_order(self):
        (state,) = self.site.store.deliveries.read_states([self.site.name]).values()
        parts = {(p.sensor, p.source, p.until): p for p in self.model.replays}
        idents = {source: self._idents_of(source) for source in SOURCES}
        found = [
            parts[each.sensor, each.source, idents[each.source].index(each.until) + 1]
            for each in state.replays
        ]
        assert len(found) == len(parts)
        return found

    def _idents_of(self, source: str) -> list[str]:
        return [event.ident for event in self.site.store.events.events(source)]

    def _note_new(self) -> None:
        self.idents += [i for i in self.model.reactions if i not in self.idents]

    # ---- workers

    @rule(
        limit=st.integers(1, 5),
        holder=holders,
        hows=st.lists(st.sampled_from(["", "commit", "fail", "fail for good"]), max_size=4),
        age=st.sampled_from([0, 500, 5000]),
    )
    def work(self, limit: int, holder: str, hows: list[str], age: int = 5000) -> None:
        """Send some, also once more; of which some are begun, of which some end."""
        assert self.reacting.requeue(age) == self.model.requeue(age)
        messages = self.reacting.messages(limit)
        taken = [each.ident for each in messages]
        assert all(each.quick is self.model.is_quick(each.ident) for each in messages)
        self.model.take(taken, limit)
        for ident, how in zip(taken, hows, strict=False):
            self._begin(ident, holder)
            if how:
                self._end(ident, holder, how, {}, final="good" in how)

    @rule(which=recent, holder=holders)
    def begin(self, which: int, holder: str) -> None:
        """A message arrives, current or not."""
        if self.idents:
            self._begin(self._some(which), holder)

    @rule(
        limit=st.integers(2, 4),
        holder=holders,
        how=st.sampled_from(["lose", "lose", "give back", "go on", "expire"]),
        ended=st.integers(0, 1),
        resent=often,
    )
    def work_together(self, limit: int, holder: str, how: str, ended: int, resent: bool) -> None:
        """A message of several: some are called, the others are lost with their process, or given
        back, even while one goes on."""
        self.work(limit, holder, [], 0 if resent else 5000)
        idents = [i for i, r in self.model.reactions.items() if r.place == "react_sent"][:limit]
        self._begin_together(idents, holder)
        for ident in idents[:ended]:
            self._end(ident, holder, "commit", {}, final=False)
        left = idents[ended:]
        if how == "lose":
            self.reacting.lose(*((self._sensor_of(i), i) for i in idents), holder=holder)
            for ident in idents:
                self.model.lose(ident, holder)
        elif how == "expire":
            self.expire({holder})
        elif left:
            goes_on = left.pop() if how == "go on" else None
            returned = self.reacting.give_back(*left, goes_on=goes_on, holder=holder)
            assert returned == self.model.give_back(left, holder, goes_on)

    @rule(
        which=recent,
        holder=holders,
        how=st.sampled_from(["commit", "fail", "fail for good"]),
        keys=st.sets(st.sampled_from("kl")),
    )
    def end(self, which: int, holder: str, how: str, keys: set[str]) -> None:
        """Anybody ends any call, whether it is his or not."""
        if self.idents:
            requests = {key: f"r{next(self.numbers)}" for key in sorted(keys)}
            self._end(self._some(which), holder, how, requests, final="good" in how)

    @rule(dead=st.sets(holders, max_size=1))
    def expire(self, dead: set[str]) -> None:
        expired = self.reacting.expire(*(HOLDERS[holder] for holder in dead))
        assert sorted(expired) == sorted(self.model.expire(dead))

    def _some(self, which: int) -> str:
        """Choose among few that are not done, and one that may be, so that they get on."""
        some = [*list(self.model.reactions)[:5], self.idents[-1]]
        return some[which % len(some)]

    def _sensor_of(self, ident: str) -> str:
        reaction = self.model.reactions.get(ident)
        return reaction.sensor if reaction else "s"

    def _begin(self, ident: str, holder: str) -> None:
        start = self.reacting.begin(ident, holder, self._sensor_of(ident))
        wanted = self.model.begin(ident, holder)
        found = start and (start.attempt, [event.run_id for event in start.events])
        assert found == wanted

    def _begin_together(self, idents: list[str], holder: str) -> None:
        named = [(self._sensor_of(ident), ident) for ident in idents]
        found = {
            each.ident: each.attempt for each in self.reacting.begin_together(*named, holder=holder)
        }
        begun = {i: self.model.begin(i, holder, company=len(idents) > 1) for i in idents}
        assert found == {i: start[0] for i, start in begun.items() if start is not None}

    def _end(
        self, ident: str, holder: str, how: str, requests: dict[str, str], final: bool
    ) -> None:
        name = self._sensor_of(ident)
        if how != "commit":
            wanted = self.model.fail(ident, holder, final)
            assert self.reacting.fail(ident, holder, name, final=final) is wanted
            return
        created = self.model.commit(ident, holder, requests)
        runs = [request(run_id, key) for key, run_id in requests.items()]
        timing = Timing(0.0, 1.0)
        answer = self.reacting.commit(ident, *runs, holder=holder, name=name, timing=timing)
        assert (list(answer.run_ids) if answer.accepted else None) == created

    # ---- operators and deployments

    @rule(name=sensors, what=st.sampled_from(["stop", "start", "resume", "resume"]))
    def switch(self, name: str, what: str) -> None:
        wanted = self.model.switch(name, what != "stop", resume=what == "resume")
        if what == "resume":
            assert self.reacting.resume(name) is wanted
        else:
            assert self.site.switch(what == "start", name) is wanted

    @rule(
        name=sensors,
        source=sources,
        n=st.integers(1, 3),
        listen=often,
        back=st.sampled_from(["stay off", "start", "resume", "resume", "deploy"]),
    )
    def be_off(self, name: str, source: str, n: int, listen: bool, back: str) -> None:
        """Something happens while a sensor is stopped, or gone from the code."""
        if back == "deploy":
            self.register(set(NAMES) - {name})
        else:
            self.switch(name, "stop")
        self.happen(source, n, listen)
        self.work(2, next(iter(HOLDERS)), ["commit", "fail"])
        if back == "deploy":
            self.register(set(NAMES))
        elif back != "stay off":
            self.switch(name, back)

    @rule(names=most)
    def register(self, names: set[str]) -> None:
        self.model.register(names)
        self.site.register(*(self.definitions[name] for name in sorted(names)))

    @rule(name=sensors, source=sources, after=st.integers(0, 5), until=st.integers(0, 5))
    def replay(self, name: str, source: str, after: int, until: int) -> None:
        idents = ["0-0", *self._idents_of(source)]
        first, last = sorted((after % len(idents), until % len(idents)))
        wanted = self.model.replay(name, source, first, last)
        assert self.reacting.replay(idents[first], idents[last], name, source=source) is wanted

    @rule(
        what=st.sampled_from(["retry", "retry", "drop", "skip"]),
        which=recent,
        name=sensors,
    )
    def decide(self, what: str, which: int, name: str) -> None:
        """About a dead letter, or about all that waits for a sensor."""
        if what == "skip":
            assert self.reacting.skip(name) == self.model.skip(name)
            return
        dead = [ident for ident, r in self.model.reactions.items() if r.state == "dead"]
        some = dead or self.idents[-1:] or ["unknown"]
        ident = some[which % len(some)]
        assert getattr(self.reacting, what)(ident) == getattr(self.model, what)(ident)

    # ---- what always holds

    @invariant()
    def every_event_is_somewhere_once(self) -> None:
        for name, sensor in self.model.sensors.items():
            found = [run_id for run_ids in self.reacting.runs(name) for run_id in run_ids]
            somewhere = Counter(found) + sensor.committed + sensor.given_up
            assert somewhere == sensor.due_events

    @invariant()
    def every_reaction_is_in_one_place(self) -> None:
        lists = {place: self._members(place) for place in PLACES}
        for name in NAMES:
            for each in self.reacting.of(name):
                wanted = self.model.reactions[each.ident]
                assert (each.sensor, each.state) == (name, wanted.state)
                assert each.attempt == wanted.attempt
                assert [event.run_id for event in each.events] == wanted.events
        for place, members in lists.items():
            assert members == {i for i, r in self.model.reactions.items() if r.place == place}
        held = {i for i, r in self.model.reactions.items() if r.state == "held"}
        assert sum(map(len, lists.values())) + len(held) == len(self.model.reactions)

    @invariant()
    def every_run_key_made_one_run(self) -> None:
        for name, sensor in self.model.sensors.items():
            assert self.site.store.run_keys.some(self.site.name, name) == sensor.run_keys
        runs = self.site.store.runs.runs(self.site.name, limit=1000)
        made = Counter((run.sensor_name, run.run_key) for run in runs)
        assert max(made.values(), default=0) <= 1

    @invariant()
    def a_fed_sensor_is_never_polled(self) -> None:
        assert all(self.site.places(name) == set() for name in NAMES)

    def _members(self, place: str) -> set[str]:
        return set(self.client.zrange(getattr(self.site.keys, place), 0, -1))


ReactionMachine.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestReactions = pytest.mark.timeout(600)(ReactionMachine.TestCase)
"""Finding the shortest way to a fault takes longer than to find none."""
