"""What the store promises, in plain Python: the reference that the Lua scripts are held against.

One code location, without Redis, without anything atomic: each method is an intent, changes the
model as the store is to change, and returns the answer that the store is to give.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import sha1

from sensors_app.model.cancellation import CancelVerdict, RunWish
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.ticks import DroppedRequest, RunToCreate
from sensors_app.storage.base import StoreLimits
from sensors_app.storage.commits import Commit
from sensors_app.storage.inbox import BURST_MS, PushVerdict

TIMEOUT_MS = 60_000

ANYBODY = "*"
"""Who ended a tick that later ones, which say the same, have taken the place of."""


@dataclass
class SensorModel:
    """A sensor: where it is, and what it has reached."""

    name: str
    interval_ms: int = 30_000
    default: bool = True
    override: bool | None = None
    cursor: str | None = None
    token: int = 0
    due: int | None = None
    resend_at: int | None = None
    resent: int = 0
    expires_at: int | None = None
    holder: str = ""
    poked: bool = False
    failures: int = 0
    last_end: int | None = None
    run_keys: dict[str, str] = field(default_factory=dict)
    finished: dict[int, tuple[str, Commit | None]] = field(default_factory=dict)
    """Token → who ended the tick, and the answer to its commit; None if it failed."""

    inbox: list[str] = field(default_factory=list)
    seen: int = 0
    """How many of these the tick under way was given."""

    pushed: set[str] = field(default_factory=set)
    """What their senders called them."""

    push_until: int = 0
    jitter_ms: int = 0
    begun: int = 0
    company: bool = False
    """Whether the tick under way shares a message with others."""

    took: float | None = None
    quick: bool = False
    alike: list[int] = field(default_factory=list)
    """The tokens of the last ticks, if all of them skipped and left all as it was."""

    @property
    def on(self) -> bool:
        """Whether it is switched on."""
        return self.default if self.override is None else self.override

    @property
    def claimed(self) -> bool:
        """Whether a message for it is on its way."""
        return self.resend_at is not None

    @property
    def running(self) -> bool:
        """Whether a tick is under way."""
        return self.expires_at is not None

    @property
    def idle(self) -> bool:
        """Whether it is neither."""
        return not self.claimed and not self.running

    def free(self, now: int, limits: StoreLimits) -> None:
        """End the claim, and say when the next tick is due."""
        self.resend_at = self.expires_at = None
        self.company = False
        if self.poked:
            self.due = now
        elif self.on:
            self.due = now + self.pause_ms(limits)
        self.poked = False

    def pause_ms(self, limits: StoreLimits) -> int:
        """Return how long it rests after the tick that has just ended."""
        doubled = 2 ** max(0, self.failures - limits.backoff_after)
        pause = max(self.interval_ms, min(self.interval_ms * doubled, limits.backoff_max_ms))
        digest = sha1(f"{self.name} {self.token}".encode(), usedforsecurity=False).hexdigest()
        return pause + int(self.jitter_ms * int(digest[:8], 16) / 2**32)

    def give_back(self, at: int, *, alone: bool) -> None:
        """End the claim, as if it had never been."""
        self.resend_at = self.expires_at = None
        self.company = self.poked = False
        self.due, self.alike = at, []
        if alone:
            self.quick, self.took = False, None

    def finish(self, now: int, limits: StoreLimits, holder: str, answer: Commit | None) -> None:
        """Keep a tick."""
        took = now - self.begun if self.running else 0
        if answer is None:
            self.took, self.quick, self.alike = None, False, []
        else:
            took = max(0, took)
            self.took = took if self.took is None else self.took * 0.8 + took * 0.2
            self.quick = self.took < limits.quick_ms
        self.finished[self.token] = holder, answer
        self.failures = 0 if answer else self.failures + 1
        self.last_end = now
        self.free(now, limits)


@dataclass
class RunModel:
    """A run."""

    run_id: str
    sensor: str
    run_key: str | None
    created: int
    status: DagsterRunStatus = DagsterRunStatus.QUEUED
    holder: str = ""
    live_until: int | None = None
    error: str | None = None
    outcome: DagsterRunStatus | None = None
    """What its holder said of it, which may differ from what it became."""

    request: str = ""
    """The request that canceled it."""

    def held_by(self, holder: str) -> bool:
        """Whether it is under way, and this one's."""
        return bool(self.live_until) and self.holder == holder

    def end(self, status: DagsterRunStatus, message: str) -> None:
        """End it."""
        self.status, self.live_until = status, None
        self.error = message if status is DagsterRunStatus.FAILURE else None


class LocationModel:
    """A code location with its sensors, runs and promises."""

    def __init__(self, names: Sequence[str], limits: StoreLimits, now: int) -> None:
        self.limits = limits
        self.now = now
        self.sensors = {name: SensorModel(name, due=now) for name in names}
        self.runs: dict[str, RunModel] = {}
        self.outbox: dict[str, int] = {}
        self.sent: dict[str, int] = {}

    # ---- ticks

    def claim_due(self, limit: int, window: int) -> list[tuple[str, int]]:
        """Hand out claims, those of quick sensors first: sensor and token of each."""
        lanes = [[s for s in self.sensors.values() if s.quick is quick] for quick in (True, False)]
        return [claim for lane in lanes for claim in self._claim_in(lane, limit, window)]

    def _claim_in(
        self, sensors: Sequence[SensorModel], limit: int, window: int
    ) -> list[tuple[str, int]]:
        late = sorted((s.resend_at, s.name) for s in sensors if (s.resend_at or 1e99) <= self.now)
        again = [self.sensors[name] for _, name in late[:limit]] if window else []
        for s in again:
            s.resent += 1
            s.resend_at = self.now + self.limits.claim_resend_ms * 2 ** min(s.resent, 5)
        room = min(limit - len(again), window - sum(s.claimed for s in sensors))
        due = sorted((s.due, s.name) for s in sensors if (s.due or 1e99) <= self.now)
        fresh = [self.sensors[name] for _, name in due[: max(0, room)]]
        for s in fresh:
            self._claim(s)
        return [(s.name, s.token) for s in (*again, *fresh)]

    def claim_sensor(self, name: str) -> int | None:
        """Claim a sensor out of turn; return its token."""
        s = self.sensors[name]
        if not s.idle:
            s.poked = True
            return None
        self._claim(s)
        return s.token

    def _claim(self, s: SensorModel) -> None:
        s.due, s.resent = None, 0
        s.token = max(self.now, s.token + 1)
        s.resend_at = self.now + self.limits.claim_resend_ms

    def begin(self, name: str, token: int, holder: str, *, company: bool = False) -> bool:
        """Begin a tick, by itself or with others."""
        s = self.sensors[name]
        if token != s.token or s.idle or (s.running and s.holder != holder):
            return False
        if s.claimed:
            s.resend_at, s.holder, s.seen = None, holder, len(s.inbox)
            s.begun, s.company = self.now, company
            s.expires_at = self.now + TIMEOUT_MS + self.limits.tick_grace_ms
        return True

    def commit(
        self, name: str, token: int, holder: str, runs: Sequence[RunToCreate], cursor: str | None
    ) -> Commit:
        """Commit a tick."""
        s = self.sensors[name]
        if token != s.token or not s.running or s.holder != holder:
            by, answer = s.finished.get(token, ("", None))
            known = by == holder or (by == ANYBODY and not runs)
            return answer if answer and known else Commit(accepted=False)
        created: list[str] = []
        dropped: list[DroppedRequest] = []
        for run in runs:
            if run.run_key is not None and run.run_key in s.run_keys:
                dropped.append(DroppedRequest(run.run_key, s.run_keys[run.run_key]))
                continue
            if run.run_key is not None:
                s.run_keys[run.run_key] = run.run_id
            self.runs[run.run_id] = RunModel(run.run_id, name, run.run_key, self.now)
            self.outbox[f"launch:{run.run_id}"] = self.now
            created.append(run.run_id)
        same = not runs and cursor == s.cursor and not s.seen
        if same:
            s.finished |= {each: (ANYBODY, Commit(True)) for each in s.alike}
        s.alike = [*s.alike, token] if same else []
        s.cursor = cursor
        del s.inbox[: s.seen]
        s.poked = s.poked or bool(s.seen and s.inbox and s.on)
        s.seen = 0
        answer = Commit(True, len(created), created, tuple(dropped))
        s.finish(self.now, self.limits, holder, answer)
        return answer

    def fail(self, name: str, token: int, holder: str) -> bool:
        """Fail a tick."""
        s = self.sensors[name]
        if token != s.token or s.idle or (s.running and s.holder != holder):
            return s.finished.get(token) == (holder, None)
        s.finish(self.now, self.limits, holder, None)
        return True

    def lose(self, claims: Sequence[tuple[str, int]], holder: str) -> None:
        """End the ticks of a message whose process is gone."""
        for name, token in claims:
            s = self.sensors[name]
            if token != s.token or s.idle or (s.running and s.holder != holder):
                continue
            if s.company if s.running else len(claims) > 1:
                s.give_back(s.begun if s.running else self.now, alone=True)
            else:
                s.finish(self.now, self.limits, holder, None)

    def give_back(
        self, claims: Sequence[tuple[str, int]], holder: str, current: tuple[str, int] | None
    ) -> int:
        """Return claims that were begun and not evaluated; say how many it was."""
        held = [
            s
            for name, token in claims
            if (s := self.sensors[name]).token == token and s.running and s.holder == holder
        ]
        if current is not None:
            s = self.sensors[current[0]]
            if s.token == current[1] and s.running and s.holder == holder:
                s.company = False
        for s in held:
            s.give_back(s.begun, alone=False)
        return len(held)

    def expire_claims(self, dead: Collection[str]) -> set[tuple[str, str]]:
        """Fail the ticks that are late, or whose holder is dead."""
        lost = {
            s.name: s.holder
            for s in self.sensors.values()
            if s.expires_at is not None and (s.expires_at <= self.now or s.holder in dead)
        }
        failed = {(name, by) for name, by in lost.items() if not self.sensors[name].company}
        for name, holder in lost.items():
            s = self.sensors[name]
            if (name, holder) in failed:
                s.finish(self.now, self.limits, holder, None)
            else:
                s.give_back(s.begun, alone=True)
        return failed

    # ---- what operators and workers say

    def register(self, name: str, interval_ms: int, default: bool) -> None:
        """Register one sensor anew."""
        s = self.sensors[name]
        if interval_ms != s.interval_ms and (s.due or 0) > self.now:
            s.due = None
        switched = s.override is None and s.default != default
        s.interval_ms, s.default = interval_ms, default
        if s.idle and s.on:
            after = self.now if s.last_end is None else s.last_end + interval_ms
            due = max(self.now, after)
            s.due = due if s.due is None else s.due
        elif s.idle and switched:
            s.due = None

    def switch(self, name: str, running: bool | None) -> bool:
        """Start or stop a sensor, or give it back to its default."""
        s = self.sensors[name]
        s.override = running
        if not s.on:
            s.due, s.poked = None, False
        elif s.idle and (s.due is None or s.failures):
            s.due = self.now if s.due is None else min(s.due, self.now)
        return s.on

    def poke(self, name: str) -> int:
        """Ask for an evaluation."""
        s = self.sensors[name]
        if s.idle:
            s.due = self.now
        else:
            s.poked = True
        return max(self.now, s.token + 1)

    def push(self, name: str, payload: str, max_waiting: int) -> PushVerdict:
        """Send a sensor an event, whose payload is its id, too."""
        s = self.sensors[name]
        if payload in s.pushed:
            return PushVerdict.DUPLICATE
        until = max(self.now, s.push_until)
        if until - self.now > BURST_MS:
            return PushVerdict.BUSY
        if len(s.inbox) >= max_waiting:
            return PushVerdict.FULL
        s.push_until = until + 1
        s.inbox.append(payload)
        s.pushed.add(payload)
        if s.on and s.idle:
            s.due = self.now
        elif s.on:
            s.poked = True
        return PushVerdict.OK

    def set_cursor(self, name: str, cursor: str | None) -> str | None:
        """Set a cursor; a tick under way is discarded, and made up for at once."""
        s = self.sensors[name]
        before, s.cursor, s.alike = s.cursor, cursor, []
        if s.running:
            s.token += 1
            s.give_back(self.now, alone=False)
        elif s.failures and s.due is not None:
            s.due = min(s.due, self.now)
        return before

    # ---- promises and runs

    def take_outbox(self, limit: int) -> list[str]:
        """Send what was promised first."""
        room = max(0, min(limit, self.limits.sent_window - len(self.sent)))
        taken = sorted(self.outbox, key=lambda entry: (self.outbox[entry], entry))[:room]
        for entry in taken:
            del self.outbox[entry]
            self.sent[entry] = self.now
        return taken

    def requeue_outbox(self, sent_ms_ago: int) -> int:
        """Promise again what was sent long ago."""
        lost = [entry for entry, at in self.sent.items() if at <= self.now - sent_ms_ago]
        for entry in lost:
            del self.sent[entry]
            self.outbox[entry] = self.runs[entry.removeprefix("launch:")].created
        return len(lost)

    def start_run(self, run_id: str, holder: str) -> bool:
        """Take a run up."""
        run = self.runs[run_id]
        self.outbox.pop(f"launch:{run_id}", None)
        self.sent.pop(f"launch:{run_id}", None)
        if run.status is DagsterRunStatus.QUEUED:
            run.status, run.holder = DagsterRunStatus.STARTING, holder
            run.live_until = self.now + self.limits.run_claim_ms
            return True
        begun = run.status in (DagsterRunStatus.STARTING, DagsterRunStatus.CANCELING)
        return begun and run.holder == holder

    def mark_started(self, run_id: str, holder: str) -> bool:
        """Begin a run's first step."""
        run = self.runs[run_id]
        held = run.held_by(holder) and run.status is not DagsterRunStatus.CANCELING
        if held:
            run.status = DagsterRunStatus.STARTED
        return held

    def heartbeat(self, run_id: str, holder: str) -> RunWish:
        """Keep a run alive."""
        run = self.runs[run_id]
        if not run.held_by(holder):
            return RunWish.LOST
        run.live_until = self.now + self.limits.run_claim_ms
        return RunWish.CANCEL if run.status is DagsterRunStatus.CANCELING else RunWish.OK

    def request_cancel(self, run_id: str, request: str) -> CancelVerdict:
        """Have a run ended."""
        run = self.runs[run_id]
        answer = CancelVerdict.CANCELING if run.holder else CancelVerdict.CANCELED
        if run.request == request:
            return answer
        if run.status.is_finished:
            return CancelVerdict.ENDED
        if run.status is DagsterRunStatus.CANCELING:
            return CancelVerdict.ASKED_BEFORE
        run.request = request
        if run.holder:
            run.status = DagsterRunStatus.CANCELING
        else:
            self.outbox.pop(f"launch:{run_id}", None)
            self.sent.pop(f"launch:{run_id}", None)
            run.end(DagsterRunStatus.CANCELED, "")
        return answer

    def finish_run(self, run_id: str, status: DagsterRunStatus, holder: str, message: str) -> bool:
        """End a run."""
        run = self.runs[run_id]
        if run.held_by(holder):
            canceling = run.status is DagsterRunStatus.CANCELING
            run.end(DagsterRunStatus.CANCELED if canceling else status, message)
            run.outcome = status
            return True
        return (run.outcome, run.holder) == (status, holder)

    def expire_runs(self, message: str) -> set[tuple[str, str]]:
        """End the runs whose worker is silent."""
        lost = [r for r in self.runs.values() if (r.live_until or 1e99) <= self.now]
        for run in lost:
            canceling = run.status is DagsterRunStatus.CANCELING
            to = DagsterRunStatus.CANCELED if canceling else DagsterRunStatus.FAILURE
            run.end(to, message)
        return {(run.run_id, run.holder) for run in lost}
