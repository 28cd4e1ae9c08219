"""The life of large ticks: crashes between any two steps, repeats, strangers, several at once.

One sensor. Each tick has a plan, by which its steps are made in any order, by anybody, again and
again; what is kept afterwards is what the model says.
"""

from dataclasses import dataclass, field
from unittest.mock import patch
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sensors_app.model.ticks import Claim, RunToCreate, TickResult
from sensors_app.storage import staging
from sensors_app.storage.base import StoreLimits
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store
from tests.support.audit import forget_all, leaked_keys
from tests.support.site import HOLDER, LOST, OTHER_HOLDER, Site, request, sensor

LIMITS = StoreLimits(max_requests=5, unusual_factor=0)
PART = 2
KEYS = ("k", "l", "m", "n", None)

holders = st.sampled_from([HOLDER, HOLDER, HOLDER, OTHER_HOLDER])
requested = st.lists(st.sampled_from(KEYS), min_size=1, max_size=7)
ticks = st.sampled_from([0, 0, 0, 1, 2])


@dataclass
class Plan:
    """A tick, what it asks for, and how far it is."""

    claim: Claim
    holder: str
    runs: list[RunToCreate]
    cursor: str
    before: str | None
    staged: set[int] = field(default_factory=set)
    state: str = "running"
    unfolded: int = 0
    created: int = 0

    @property
    def parts(self) -> list[list[RunToCreate]]:
        return [self.runs[i : i + PART] for i in range(0, len(self.runs), PART)]

    @property
    def result(self) -> TickResult:
        return TickResult(self.runs, cursor=self.cursor)


class LargeTickMachine(RuleBasedStateMachine):
    """The store and the model of it, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(ephemeral_url())
        prefix = f"large-{uuid4().hex[:12]}"
        self.site = Site(Store(self.client, prefix, LIMITS), prefix)
        self.large, self.held = self.site.store.large_ticks, self.site.store.held
        self.plans: list[Plan] = []
        self.cursor: str | None = None
        self.runs: dict[str, str | None] = {}
        self.keys: dict[str, str] = {}
        self.patch = patch.object(staging, "PART_REQUESTS", PART)
        self.patch.start()

    @initialize(runs=requested)
    def register(self, runs: list[str | None]) -> None:
        self.site.register(sensor())
        self.begin(HOLDER, runs)

    def teardown(self) -> None:
        self.patch.stop()
        leaked = leaked_keys(self.client, self.site.prefix)
        forget_all(self.client, self.site.prefix)
        self.client.close()
        assert not leaked

    @property
    def now(self) -> Plan | None:
        """The tick that has not ended."""
        last = self.plans[-1]
        return None if last.state in {"ended", "failed"} else last

    def plan(self, which: int) -> Plan:
        return self.plans[-1 - which % len(self.plans)]

    # ---- steps of a tick

    @rule(holder=holders, keys=requested)
    def begin(self, holder: str, keys: list[str | None]) -> None:
        """A sensor is evaluated only if none of its ticks is under way."""
        claim = self.site.store.ticks.claim_sensor("loc", "s", now_ms=self.site.now)
        assert (claim is None) is bool(self.plans and self.now)
        if claim is not None:
            start = self.site.begin(claim, holder)
            assert start is not None
            assert start.cursor == self.cursor
            n = len(self.plans)
            runs = [request(f"r{n}-{i}", key) for i, key in enumerate(keys)]
            self.plans.append(Plan(claim, holder, runs, f"c{n}", self.cursor))

    @rule(keys=requested, steps=st.integers(1, 8))
    def go_on(self, keys: list[str | None], steps: int) -> None:
        """The present tick, or a new one, gets on by some steps in their order."""
        self.begin(HOLDER, keys)
        plan = self.plans[-1]
        for _ in range(steps):
            if plan.state == "running" and len(plan.staged) < len(plan.parts):
                self.stage(0, plan.holder, 4)
            elif plan.state == "running":
                self.commit(0, plan.holder)
            elif plan.state == "unfolding":
                self.unfold(0, plan.holder)

    @rule(which=ticks, holder=holders, upto=st.integers(1, 4))
    def stage(self, which: int, holder: str, upto: int) -> None:
        """All that is requested, or the first parts of it: then the process died."""
        plan = self.plan(which)
        runs = plan.runs[: upto * PART]
        parts = self.large.stage_requests("loc", plan.claim, runs, holder)
        if plan.state == "running" and plan.holder == holder:
            assert parts == -(-len(runs) // PART)
            plan.staged |= set(range(parts))
        else:
            assert parts is None

    @rule(which=ticks, holder=holders)
    def commit(self, which: int, holder: str) -> None:
        """The step that decides, or a repeat of it, or a stranger's."""
        plan = self.plan(which)
        answer = self.large.commit_staged(
            "loc", plan.claim, plan.result, len(plan.parts), holder, now_ms=self.site.now
        )
        whole = plan.state != "running" or len(plan.staged) == len(plan.parts)
        if plan.holder != holder or plan.state == "failed" or not whole:
            assert answer is not None
            assert not answer.accepted
        elif plan.state == "ended":
            assert answer is not None
            assert (answer.accepted, answer.created) == (True, plan.created)
        else:
            if plan.state == "running":
                self._decide(plan)
            assert (answer is None) is (plan.state == "unfolding")
            assert answer is None or answer.held

    def _decide(self, plan: Plan) -> None:
        plan.state = "held" if len(plan.runs) > LIMITS.max_requests else "unfolding"
        if plan.state == "unfolding":
            self.cursor = plan.cursor

    @rule(which=ticks, holder=st.sampled_from([HOLDER, OTHER_HOLDER, ""]))
    def unfold(self, which: int, holder: str) -> None:
        """Anybody may create the next part."""
        plan = self.plan(which)
        step = self.large.unfold("loc", "s", plan.claim.token, holder, now_ms=self.site.now)
        if plan.state == "unfolding":
            self._create(plan)
            assert step.over is (plan.state == "ended")
            assert step.created == plan.created
        else:
            mine = plan.state == "ended" and plan.holder == holder
            assert step.over
            assert step.commit.accepted is mine
            assert step.commit.created == (plan.created if mine else 0)

    def _create(self, plan: Plan) -> None:
        for run in plan.parts[plan.unfolded]:
            if run.run_key in self.keys:
                continue
            self.runs[run.run_id] = run.run_key
            plan.created += 1
            if run.run_key is not None:
                self.keys[run.run_key] = run.run_id
        plan.unfolded += 1
        if plan.unfolded == len(plan.parts):
            plan.state = "ended"

    # ---- what happens meanwhile

    @rule(dead=st.booleans())
    @precondition(lambda self: len(self.plans) % 2 == 1)
    def worker_dies(self, dead: bool) -> None:
        """Its parent says so, or its claim runs out: only what was not committed fails."""
        plan = self.now
        if dead:
            self.site.now += 1_000_000
            expired = self.site.store.ticks.expire_claims("loc", LOST, now_ms=self.site.now)
            assert bool(expired) is (plan is not None and plan.state == "running")
        elif plan is not None:
            assert self.site.fail(plan.claim, holder=plan.holder).accepted is (
                plan.state == "running"
            )
        if plan is not None and plan.state == "running":
            plan.state = "failed"

    @precondition(lambda self: self.now is None or self.now.state != "running")
    @rule(cursor=st.sampled_from(["mine", None]))
    def set_cursor(self, cursor: str | None) -> None:
        """A cursor that somebody sets stays, whatever is still to be created."""
        self.site.set_cursor(cursor)
        self.cursor = cursor

    @rule(on=st.booleans(), poke=st.booleans())
    def operate(self, on: bool, poke: bool) -> None:
        """Neither starts a second tick, nor loses the present one."""
        self.site.switch(on)
        if poke:
            self.site.poke()
        if self.now is not None:
            assert self.site.claim_due().claims == []

    @rule(some=st.sets(st.sampled_from(KEYS[:-1]), min_size=1))
    def forget(self, some: set[str]) -> None:
        """Run keys that are known may make a run again."""
        forgotten = self.site.store.run_keys.forget("loc", "s", sorted(some))
        assert forgotten == len(some & self.keys.keys())
        for key in some & self.keys.keys():
            del self.keys[key]

    @rule(which=ticks, yes=st.booleans(), move_on=st.booleans())
    def decide(self, which: int, yes: bool, move_on: bool) -> None:
        """A yes or no to any tick counts only if that one is held."""
        plan = self.plan(which)
        tick_id, was_held = str(plan.claim.token), plan.state == "held"
        if yes:
            done = self.held.release("loc", "s", tick_id, now_ms=self.site.now)
        else:
            done = self.held.discard(
                "loc", "s", tick_id, "no", move_on=move_on, now_ms=self.site.now
            )
        assert done is was_held
        if was_held:
            plan.state = "unfolding" if yes else "ended"
            if (yes or move_on) and self.cursor == plan.before:
                self.cursor = plan.cursor

    # ---- what always holds

    @invariant()
    def store_and_model_agree(self) -> None:
        if not self.plans:
            return
        now, state = self.now, self.site.state()
        assert state.activity == ("idle" if now is None else now.state)
        assert (state.held is not None) is (state.activity == "held")
        assert state.cursor == self.cursor
        found = self.site.store.runs.runs("loc", limit=1000)
        assert {run.run_id: run.run_key for run in found} == self.runs
        assert self.site.store.run_keys.some("loc", "s", limit=1000) == self.keys
        assert self.site.store.outbox.waiting("loc")[0] == len(self.runs)
        kept = self.site.store.ticks.ticks("loc", "s", limit=1000)
        ended = {str(p.claim.token): p.created for p in self.plans if p.state == "ended"}
        assert {t.tick_id: t.created for t in kept if t.status != "FAILURE"} == ended

    @invariant()
    def what_is_put_by_is_of_the_present_tick(self) -> None:
        keys = self.site.keys
        life = self.client.pttl(keys.staged("s"))
        committed = self.plans and self.now is not None and self.now.state in {"unfolding", "held"}
        assert (life == -1) is bool(committed)
        assert bool(self.client.zcard(keys.unfolding)) is bool(
            committed and self.now and self.now.state == "unfolding"
        )


LargeTickMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLargeTicks = pytest.mark.timeout(600)(LargeTickMachine.TestCase)
