"""The queue of runs, under limits that change: as in the model, and nobody is stranded."""

import json
from collections.abc import Sequence
from itertools import count
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.storage.base import StoreLimits
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.support.audit import forget_all, leaked_keys
from tests.support.queue_model import QueueModel
from tests.support.site import HOLDER, START, Site, request, sensor

S = DagsterRunStatus
LIMITS = StoreLimits(sent_window=4)
JOBS = ("small", "big")

SCOPES = (
    (None, None, None),
    ("big", None, None),
    (None, "db", None),
    (None, "db", "x"),
    (None, "disk", None),
)

tags = st.fixed_dictionaries(
    {},
    optional={
        "db": st.sampled_from(["x", "y"]),
        "disk": st.just("d"),
        "dagster/priority": st.sampled_from(["1", "-1", "9"]),
        "dagster/max_retries": st.sampled_from(["1", "2"]),
        "sensors_app/retry_delay": st.sampled_from(["1", "20"]),
    },
)
wishes = st.lists(st.tuples(st.sampled_from(JOBS), tags), min_size=2, max_size=6)
tight = st.dictionaries(st.sampled_from(SCOPES), st.sampled_from([1, 2, 1, 0]), min_size=2).map(
    lambda found: [ConcurrencyLimit(found[scope], *scope) for scope in SCOPES if scope in found]
)
limits = st.one_of(tight, tight, st.just([]))
any_run = st.integers(0, 7)


class QueueMachine(RuleBasedStateMachine):
    """The store's queue and the model of it, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(ephemeral_url())
        prefix = f"queue-{uuid4().hex[:12]}"
        self.site = Site(Store(self.client, prefix, LIMITS), prefix)
        self.model = QueueModel(LIMITS, START)
        self.numbers = count(1)

    def teardown(self) -> None:
        try:
            self.all_ends_well()
            assert not leaked_keys(self.client, self.site.prefix)
        finally:
            forget_all(self.client, self.site.prefix)
            self.client.close()

    # ---- moves

    @initialize(limits=limits, wanted=wishes)
    def begin(self, limits: list[ConcurrencyLimit], wanted: list[tuple[str, dict]]) -> None:
        self.deploy(limits, lost=False)
        self.create(wanted, 4)

    @rule(limits=limits, lost=st.booleans())
    def deploy(self, limits: list[ConcurrencyLimit], lost: bool) -> None:
        """New limits; at a bad moment, when the messages sent before seem to be lost."""
        if lost:
            self.send_again(0, 0)
        self.site.register(sensor(), limits=limits)
        self.model.limits = limits
        self.take(4)

    @rule(by=st.sampled_from([1, 1000, 20_000]), expire=st.booleans())
    def time_passes(self, by: int, expire: bool) -> None:
        self.site.now += by
        self.model.now += by
        if expire:
            expired = {run_id for run_id, _ in self.site.expire_runs()}
            assert expired == self.model.expire()
            self._learn_retries()

    @rule(
        wanted=wishes,
        send=st.sampled_from([0, 4, 4]),
    )
    def create(self, wanted: list[tuple[str, dict]], send: int) -> None:
        """A tick makes runs; and mostly its worker sends at once what it may."""
        requests = []
        for job, own in wanted:
            run_id = f"r{next(self.numbers):03}"
            requests.append(request(run_id, job_name=job, tags=json.dumps(own)))
            self.model.create(run_id, job, own)
        self.site.poke()
        self.site.tick(*requests)
        self.take(send)

    @rule(limit=st.integers(1, 4))
    def take(self, limit: int) -> None:
        entries = self.site.store.outbox.take_outbox(
            self.site.name, limit=limit, now_ms=self.site.now
        )
        assert [entry.ident for entry in entries] == self.model.take(limit)
        assert all(entry.quick is self.model.is_quick(entry.ident) for entry in entries)

    @rule(age=st.sampled_from([0, 1000]), taken_age=st.sampled_from([0, 1000]))
    def send_again(self, age: int, taken_age: int) -> None:
        requeued = self.site.store.outbox.requeue_outbox(
            self.site.name, age, taken_ms_ago=taken_age, now_ms=self.site.now
        )
        assert requeued == self.model.requeue(age, taken_age)

    @rule(which=any_run, with_others=st.booleans())
    def start(self, which: int, with_others: bool) -> None:
        """A worker gets a message: of what was sent, or a late copy of it."""
        if run_id := self._choose(self.model.with_message, which):
            others = [other for other in self.model.with_message if other != run_id]
            self._start(run_id, others[:3] if with_others else [])

    @rule(which=any_run, one_goes_on=st.booleans())
    def give_back(self, which: int, one_goes_on: bool) -> None:
        """A message's time is over, or its process is gone; or a late copy's is."""
        slow = self._choose(self.model.in_state(S.STARTING), which) if one_goes_on else None
        run_ids = self.model.with_message[:3]
        returned = self.site.store.outbox.return_runs(
            self.site.name, run_ids, slow=slow, now_ms=self.site.now
        )
        assert returned == self.model.give_back(run_ids, slow)

    @rule(which=any_run, status=st.sampled_from([S.SUCCESS, S.FAILURE]), send=st.booleans())
    def finish(self, which: int, status: S, send: bool) -> None:
        """A run that was taken up ends, and mostly its worker sends who may go then."""
        run_id = self._choose(self.model.in_state(S.STARTING) or self.model.with_message, which)
        if run_id is None:
            return
        if self.model.runs[run_id].status is S.QUEUED:
            self._start(run_id)
        assert self.site.finish_run(run_id, status, took_ms=1.0)
        self.model.end(run_id, status)
        self._learn_retries()
        if send:
            self.take(4)

    @rule(which=any_run, status=st.sampled_from([S.CANCELING, S.CANCELED]))
    def cancel(self, which: int, status: S) -> None:
        if status is S.CANCELING:
            run_ids = self.model.in_state(S.STARTING)
        else:
            run_ids = self.model.in_state(S.QUEUED, S.STARTING, S.CANCELING)
        # Those that wait are mostly the youngest.
        if run_id := self._choose(run_ids[::-1], which):
            self._cancel(run_id, status)

    @rule(which=any_run)
    def execute_again(self, which: int) -> None:
        if run_id := self._choose(list(self.model.runs), which):
            new = f"r{next(self.numbers):03}"
            made = self.site.store.runs.reexecute_run(
                self.site.name, run_id, new, now_ms=self.site.now
            )
            assert made == self.model.reexecute(run_id, new)

    def _start(self, run_id: str, company: Sequence[str] = ()) -> None:
        started = self.site.store.runs.start_run(
            self.site.name, run_id, HOLDER, company=company, now_ms=self.site.now
        )
        assert started is not None
        self.model.start(run_id, company)

    def _cancel(self, run_id: str, status: S) -> None:
        assert self.site.store.runs.cancel_run(
            self.site.name, run_id, status, "Why.", now_ms=self.site.now
        )
        if status is S.CANCELED:
            self.model.end(run_id, status)
        else:
            self.model.runs[run_id].status = status

    def _choose(self, run_ids: list[str], which: int) -> str | None:
        return run_ids[which % len(run_ids)] if run_ids else None

    def _learn_retries(self) -> None:
        """The store names the retries; the model knows for which runs there must be one."""
        for run_id in self.model.unnamed_retries():
            run = self.site.store.runs.run(self.site.name, run_id)
            assert run is not None
            assert run.will_retry
            self.model.retry(run_id, run.tags["dagster/auto_retry_run_id"])

    # ---- what always holds

    def _groups(self) -> set[str]:
        return set(self.client.smembers(self.site.keys.groups))

    def _parked(self) -> dict[str, list[str]]:
        found = {g: self.client.zrange(self.site.keys.parked(g), 0, -1) for g in self._groups()}
        return {g: [entry.removeprefix("launch:") for entry in e] for g, e in found.items() if e}

    def _entries(self, key: str) -> list[str]:
        return [entry.removeprefix("launch:") for entry in self.client.zrange(key, 0, -1)]

    @invariant()
    def each_waiting_run_is_in_one_place(self) -> None:
        """To be sent, parked, put off, on its way, or in the hands of a process."""
        keys = self.site.keys
        waiting = self._entries(keys.outbox)
        for parked in self._parked().values():
            waiting += parked
        assert sorted(waiting) == sorted(self.model.waiting)
        assert sorted(self._entries(keys.later)) == sorted(self.model.later)
        assert sorted(self._entries(keys.sent)) == sorted(self.model.sent)
        assert sorted(self._entries(keys.taken)) == sorted(self.model.taken)

    @invariant()
    def each_slot_is_held_by_who_is_under_way(self) -> None:
        """And by nobody else; a group without runs leaves no trace."""
        slots = {g: self.client.smembers(self.site.keys.slots(g)) for g in self._groups()}
        assert {g: held for g, held in slots.items() if held} == self.model.slots()
        parked = self._parked()
        assert all(held or g in parked for g, held in slots.items())

    @invariant()
    def each_run_is_as_the_model_says(self) -> None:
        """State and tags."""
        for run_id, wanted in self.model.runs.items():
            run = self.site.store.runs.run(self.site.name, run_id)
            assert run is not None
            assert (run.status, dict(run.tags)) == (wanted.status, wanted.tags)

    @rule()
    def nobody_is_stranded(self) -> None:
        """When nothing more can be sent, each run that waits waits for a group that is full."""
        while True:
            taken = self.site.store.outbox.take_outbox(self.site.name, now_ms=self.site.now)
            assert [entry.ident for entry in taken] == self.model.take(500)
            if not taken:
                break
        if len(self.model.sent) < LIMITS.sent_window:
            assert self._entries(self.site.keys.outbox) == []
            full = self.model.full_groups()
            for group, parked in self._parked().items():
                assert group in full
                assert all(group in self.model.groups(run_id) for run_id in parked)

    def all_ends_well(self) -> None:
        """Whatever was before: with limits that let everybody through, all runs come to an end."""
        self.deploy([ConcurrencyLimit(1), ConcurrencyLimit(1, tag="db")], lost=False)
        for _ in range(10 * len(self.model.runs) + 10):
            self.site.now += 20_000
            self.model.now += 20_000
            self.nobody_is_stranded()
            for run_id in self.model.with_message:
                self._start(run_id)
            for run_id in self.model.in_state(S.STARTING, S.CANCELING):
                self._cancel(run_id, S.CANCELED)
        assert all(run.status.is_finished for run in self.model.runs.values())
        keys = self.site.keys
        left = [*self.client.scan_iter(keys.slots("*")), *self.client.scan_iter(keys.parked("*"))]
        names = [keys.outbox, keys.sent, keys.taken, keys.later, keys.live, keys.groups]
        assert [*left, *filter(self.client.exists, names)] == []


QueueMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestQueue = pytest.mark.timeout(600)(QueueMachine.TestCase)
"""Finding the shortest way to a fault takes longer than to find none."""
