"""All intents in any order, with repeats, stale tokens and a clock that jumps: as in the model."""

from collections import Counter
from itertools import count
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.sensors import SensorOptions
from sensors_app.model.ticks import Claim, TickFailure
from sensors_app.storage.base import StoreLimits
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.runs import WORKER_LOST
from sensors_app.storage.store import Store
from tests.support.audit import forget_all, leaked_keys
from tests.support.model import LocationModel
from tests.support.site import BOOM, START, Site, request, sensor
from tests.support.snapshot import Snapshot, snapshot

NAMES = ("a", "b")
HOLDERS = {"t/one@h/1": "one@h", "t/two@h/2": "two@h"}
ENDS = {
    "succeed": DagsterRunStatus.SUCCESS,
    "fail": DagsterRunStatus.FAILURE,
    "cancel": DagsterRunStatus.CANCELED,
}
LIMITS = StoreLimits(sent_window=3, backoff_after=1, backoff_max_ms=70_000)

JITTER = SensorOptions(jitter_seconds=5)

sensors = st.sampled_from(NAMES)
holders = st.sampled_from([*HOLDERS, *HOLDERS, next(iter(HOLDERS))])
cursors = st.sampled_from([None, "", "x", "y"])
run_keys = st.lists(st.sampled_from([None, "", "k", "l", "m"]), max_size=4)
waits = st.sampled_from([1, 500, 10_000, 20_000, 30_000, 100_000, -5000])
recent = st.integers(0, 3)


class StoreMachine(RuleBasedStateMachine):
    """The store and the model of it, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(ephemeral_url())
        prefix = f"machine-{uuid4().hex[:12]}"
        self.site = Site(Store(self.client, prefix, LIMITS), prefix)
        self.model = LocationModel(NAMES, LIMITS, START)
        self.definitions = {name: sensor(name) for name in NAMES}
        self.definitions["b"] = sensor("b", options=JITTER)
        self.model.sensors["b"].jitter_ms = 5000
        self.claims: list[Claim] = []
        self.commits: list[tuple] = []
        self.numbers = count(1)

    @initialize(holder=holders)
    def register_and_make_runs(self, holder: str) -> None:
        self.site.register(*self.definitions.values())
        self.tick("a", holder, [None, "k", "l"], None, steps=3)

    def teardown(self) -> None:
        leaked = leaked_keys(self.client, self.site.prefix)
        forget_all(self.client, self.site.prefix)
        self.client.close()
        assert not leaked

    @rule(by=waits, dead=st.sets(holders, max_size=1), expire=st.booleans())
    def time_passes(self, by: int, dead: set[str], expire: bool) -> None:
        self.site.now += by
        self.model.now += by
        if expire:
            expired = self.site.expire_claims([HOLDERS[holder] for holder in dead])
            assert len(expired) == len(set(expired))
            assert set(expired) == self.model.expire_claims(dead)
            assert set(self.site.expire_runs()) == self.model.expire_runs(WORKER_LOST)

    # ---- ticks

    @rule(limit=st.integers(1, 3), window=st.integers(0, 3))
    def claim_due(self, limit: int, window: int) -> None:
        due = self.site.claim_due(limit, window)
        assert [(c.sensor, c.token) for c in due.claims] == self.model.claim_due(limit, window)
        later = [s.due for s in self.model.sensors.values() if s.due is not None]
        assert (due.now, due.next_due) == (self.site.now, min(later, default=None))
        self.claims += due.claims

    @rule(name=sensors, holder=holders, keys=run_keys, cursor=cursors, steps=st.integers(1, 4))
    def tick(
        self, name: str, holder: str, keys: list[str | None], cursor: str | None, steps: int
    ) -> None:
        """A sensor out of turn: claimed, begun, told something, committed, or part of this."""
        claim = self.site.store.ticks.claim_sensor(self.site.name, name, now_ms=self.site.now)
        assert (claim and claim.token) == self.model.claim_sensor(name)
        if claim:
            self.claims.append(claim)
            if steps > 1:
                self._begin(claim, holder)
            if steps > 3:
                self._push(name, f"{next(self.numbers)}", 4)
            if steps > 2:
                self._commit(claim, holder, keys, cursor)

    @rule(
        holder=holders,
        took=st.sampled_from([0, 5, 50]),
        end=st.sampled_from(
            ["commit", "return", "return and lose", "lose", "lose unbegun", "expire"]
        ),
        cursor=cursors,
    )
    def message(self, holder: str, took: int, end: str, cursor: str | None) -> None:
        """Sensors that share a message: begun and ended together, or lost with their process."""
        ticks, name, now = self.site.store.ticks, self.site.name, self.site.now
        claims = [c for each in NAMES if (c := ticks.claim_sensor(name, each, now_ms=now))]
        assert [c.sensor for c in claims] == [n for n in NAMES if self.model.claim_sensor(n)]
        self.claims += claims
        pairs = [(c.sensor, c.token) for c in claims]
        if end != "lose unbegun":
            starts = ticks.begin_ticks(name, claims, holder, now_ms=now)
            company = len(claims) > 1
            begun = [self.model.begin(*pair, holder, company=company) for pair in pairs]
            assert [start is not None for start in starts] == begun
        self.site.now = self.model.now = now = now + took
        if end == "commit":
            for claim in claims:
                self._commit(claim, holder, [], cursor)
        if end.startswith("return") and claims:
            returned = ticks.return_ticks(name, claims[1:], holder, claims[0])
            assert returned == self.model.give_back(pairs[1:], holder, pairs[0])
        if "lose" in end:
            ticks.lose_ticks(name, claims, holder, TickFailure(BOOM), now_ms=now)
            self.model.lose(pairs, holder)
        if end == "expire":
            expired = self.site.expire_claims([HOLDERS[holder]])
            assert set(expired) == self.model.expire_claims({holder})

    @rule(
        which=recent,
        holder=holders,
        step=st.sampled_from(["begin", "commit", "commit again", "fail"]),
        keys=run_keys,
        cursor=cursors,
    )
    def move_tick(
        self, which: int, holder: str, step: str, keys: list[str | None], cursor: str | None
    ) -> None:
        """Any step of any recent claim, current or not, by anybody."""
        claim = self._claim(which)
        if step == "begin":
            self._begin(claim, holder)
        elif step == "commit":
            self._commit(claim, holder, keys, cursor)
        elif step == "fail":
            answer = self.site.fail(claim, holder=holder)
            assert answer.accepted is self.model.fail(claim.sensor, claim.token, holder)
        else:
            claim, runs, cursor, holder, first = self.commits[-1 - which % len(self.commits)]
            assert self.site.commit(claim, *runs, cursor=cursor, holder=holder) == first

    def _claim(self, which: int) -> Claim:
        return self.claims[-1 - which % len(self.claims)]

    def _begin(self, claim: Claim, holder: str) -> None:
        start = self.site.begin(claim, holder)
        assert (start is not None) is self.model.begin(claim.sensor, claim.token, holder)
        if start:
            s = self.model.sensors[claim.sensor]
            assert start.cursor == s.cursor
            assert [each.payload for each in start.events] == s.inbox[: s.seen]
            self._intrude(claim, holder)

    def _intrude(self, claim: Claim, holder: str) -> None:
        """Whoever has begun a tick is its only holder."""
        (other,) = HOLDERS.keys() - {holder}
        assert self.site.begin(claim, other) is None
        assert not self.site.commit(claim, request("stolen"), holder=other).accepted
        assert not self.site.fail(claim, holder=other).accepted

    def _commit(
        self, claim: Claim, holder: str, keys: list[str | None], cursor: str | None
    ) -> None:
        runs = [request(f"r{next(self.numbers)}", key) for key in keys]
        answer = self.site.commit(claim, *runs, cursor=cursor, holder=holder)
        wanted = self.model.commit(claim.sensor, claim.token, holder, runs, cursor)
        assert answer == wanted
        if answer.accepted:
            self.commits.append((claim, runs, cursor, holder, answer))

    # ---- operators and deployments

    @rule(name=sensors, cursor=cursors, what=st.sampled_from(["poke", "set", True, False, None]))
    def operate(self, name: str, cursor: str | None, what: str | bool | None) -> None:
        if what == "poke":
            assert self.site.poke(name) == self.model.poke(name)
        elif what == "set":
            assert self.site.set_cursor(cursor, name) == self.model.set_cursor(name, cursor)
        else:
            assert self.site.switch(what, name) is self.model.switch(name, what)

    @rule(name=sensors, which=st.integers(0, 9), max_waiting=st.integers(1, 4))
    def push(self, name: str, which: int, max_waiting: int) -> None:
        """An event from outside, new or sent again."""
        self._push(name, str(which), max_waiting)

    def _push(self, name: str, event_id: str, max_waiting: int) -> None:
        answer = self.site.store.inbox.push(
            self.site.name,
            name,
            f'"{event_id}"',
            event_id=event_id,
            max_waiting=max_waiting,
            per_second=1000,
            now_ms=self.site.now,
        )
        assert answer.verdict is self.model.push(name, event_id, max_waiting)

    @rule(name=sensors, interval=st.sampled_from([10, 30]), default=st.booleans())
    def deploy(self, name: str, interval: int, default: bool) -> None:
        options = self.definitions[name].options
        self.definitions[name] = sensor(
            name, interval_seconds=interval, running_by_default=default, options=options
        )
        self.site.register(*self.definitions.values())
        for each in self.definitions.values():
            self.model.register(
                each.name, int(each.interval_seconds * 1000), each.running_by_default
            )

    # ---- runs

    @rule(limit=st.integers(1, 4), age=st.sampled_from([0, 1000, 50_000]))
    def send_and_send_again(self, limit: int, age: int) -> None:
        outbox, now = self.site.store.outbox, self.site.now
        requeued = outbox.requeue_outbox(self.site.name, age, now_ms=now)
        assert requeued == self.model.requeue_outbox(age)
        entries = outbox.take_outbox(self.site.name, limit=limit, now_ms=now)
        assert [f"{e.kind}:{e.ident}" for e in entries] == self.model.take_outbox(limit)

    @rule(which=recent, holder=holders, move=st.sampled_from(["start", "mark", "beat", *ENDS]))
    def move_run(self, which: int, holder: str, move: str) -> None:
        run_id = self._run_id(which)
        if move == "start":
            made = self.site.start_run(run_id, holder) is not None
            wanted = self.model.start_run(run_id, holder)
        elif move == "mark":
            made = self.site.mark_started(run_id, holder)
            wanted = self.model.mark_started(run_id, holder)
        elif move == "beat":
            made = self.site.wish(run_id, holder)
            wanted = self.model.heartbeat(run_id, holder)
        else:
            made = self.site.finish_run(run_id, ENDS[move], holder, "Ended.")
            wanted = self.model.finish_run(run_id, ENDS[move], holder, "Ended.")
        assert made is wanted

    @rule(which=recent, request_id=st.sampled_from(["one", "two"]))
    def cancel(self, which: int, request_id: str) -> None:
        run_id = self._run_id(which)
        verdict = self.site.request_cancel(run_id, request_id)
        assert verdict is self.model.request_cancel(run_id, request_id)

    def _run_id(self, which: int) -> str:
        """Choose among few, so that a run is likely to get on."""
        runs = self.model.runs.values()
        under_way = [r.run_id for r in runs if not r.status.is_finished]
        ended = [r.run_id for r in runs if r.status.is_finished]
        some = under_way[:2] + ended[-1:]
        return some[which % len(some)]

    # ---- what always holds

    @invariant()
    def store_and_model_agree(self) -> None:
        seen = snapshot(self.site, NAMES, self.model.runs)
        self._each_sensor_is_where_it_belongs(seen)
        self._each_sensor_is_as_the_model_says(seen)
        self._each_key_made_one_run(seen)
        self._each_queued_run_is_promised(seen)
        self._indexes_agree_with_the_runs(seen)

    def _each_sensor_is_where_it_belongs(self, seen: Snapshot) -> None:
        """One that is on is due, claimed or running, and only one of these; never two ticks."""
        known = self.model.sensors.values()
        for lane, quick in (("", True), ("_slow", False)):
            own = [s for s in known if s.quick is quick]
            assert seen.lists[f"due{lane}"] == {s.name: s.due for s in own if s.due is not None}
            assert seen.lists[f"claimed{lane}"] == {s.name: s.resend_at for s in own if s.claimed}
        due, claimed, running = (
            {**seen.lists[name], **seen.lists.get(f"{name}_slow", {})}
            for name in ("due", "claimed", "running")
        )
        assert running == {s.name: s.expires_at for s in known if s.running}
        counts = Counter([*due, *claimed, *running])
        assert max(counts.values(), default=0) <= 1
        assert all(counts[s.name] == 1 for s in known if s.on)

    def _each_sensor_is_as_the_model_says(self, seen: Snapshot) -> None:
        """Cursor, activity, failures and run keys."""
        for name, s in self.model.sensors.items():
            fields = seen.sensors[name]
            activity = "claimed" if s.claimed else "running" if s.running else "idle"
            assert (fields.get("cursor"), fields["activity"]) == (s.cursor, activity)
            assert int(fields.get("failures", 0)) == s.failures
            waiting = self.site.store.inbox.waiting(self.site.name, name)
            assert [each.payload for each in waiting] == s.inbox
            assert seen.run_keys[name] == s.run_keys

    def _each_key_made_one_run(self, seen: Snapshot) -> None:
        """No two runs of a sensor share a run key, and no run exists beside those."""
        runs = seen.runs.values()
        keyed = Counter((run["sensor"], run["run_key"]) for run in runs if "run_key" in run)
        assert max(keyed.values(), default=0) <= 1
        assert set(seen.lists["runs"]) == set(self.model.runs)

    def _each_queued_run_is_promised(self, seen: Snapshot) -> None:
        """It is to be sent, or was sent and not taken up."""
        outbox, sent = seen.lists["outbox"], seen.lists["sent"]
        queued = {f"launch:{run_id}" for run_id in self._runs_in(DagsterRunStatus.QUEUED)}
        assert (outbox, sent) == (self.model.outbox, self.model.sent)
        assert outbox.keys() | sent.keys() == queued
        assert not outbox.keys() & sent.keys()

    def _indexes_agree_with_the_runs(self, seen: Snapshot) -> None:
        """Each run is in the index of its state and in no other; those alive are listed so."""
        for run_id, run in self.model.runs.items():
            assert seen.runs[run_id]["status"] == run.status.value
        for status, index in seen.by_status.items():
            assert set(index) == self._runs_in(status)
        live = {r.run_id: r.live_until for r in self.model.runs.values() if r.live_until}
        assert seen.lists["live"] == live

    def _runs_in(self, status: DagsterRunStatus) -> set[str]:
        return {r.run_id for r in self.model.runs.values() if r.status is status}


StoreMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestStore = pytest.mark.timeout(600)(StoreMachine.TestCase)
"""Finding the shortest way to a fault takes longer than to find none."""
