"""What the queue of runs promises, in plain Python: who goes next, and who holds what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.storage.base import StoreLimits

S = DagsterRunStatus
PARENT, ROOT, NUMBER = "dagster/parent_run_id", "dagster/root_run_id", "dagster/retry_number"
WILL_RETRY, RETRY_ID = "dagster/will_retry", "dagster/auto_retry_run_id"


@dataclass
class QueuedRun:
    """A run."""

    run_id: str
    job: str
    tags: dict[str, str]
    created: int
    status: DagsterRunStatus = S.QUEUED
    admitted: bool = False
    """Whether it holds a slot in each of its groups, from when it was sent to its end."""
    was_sent: bool = False
    live_until: int = 0

    @property
    def order(self) -> tuple[int, int, str]:
        """Its place among those that wait."""
        return -int(self.tags.get("dagster/priority", 0)), self.created, self.run_id


class QueueModel:
    """The queue of one code location: who waits is looked at in order, and sent if it fits."""

    def __init__(self, store_limits: StoreLimits, now: int) -> None:
        self.store_limits = store_limits
        self.now = now
        self.runs: dict[str, QueuedRun] = {}
        self.waiting: set[str] = set()
        self.later: dict[str, int] = {}
        self.sent: dict[str, int] = {}
        self.taken: dict[str, int] = {}
        self.quick_jobs: set[str] = set()
        self._limits: Sequence[ConcurrencyLimit] = ()

    @property
    def limits(self) -> Sequence[ConcurrencyLimit]:
        """Those in force."""
        return self._limits

    @limits.setter
    def limits(self, limits: Sequence[ConcurrencyLimit]) -> None:
        if limits == self._limits:
            return
        for run_id in self.waiting:
            # One that was sent in vain keeps its slots; if it had none, it waits like the others.
            self.runs[run_id].admitted &= bool(self.groups(run_id))
        self._limits = limits

    # ---- groups

    def groups(self, run_id: str) -> dict[str, int]:
        """Return the groups of a run, and the size of each."""
        run, found = self.runs[run_id], {}
        for each in sorted(self.limits, key=lambda limit: limit.value is not None):
            if each.job_name is not None:
                if each.job_name == run.job:
                    found[f"job:{run.job}"] = each.limit
            elif each.tag is None:
                found["location"] = each.limit
            elif each.tag in run.tags and each.value in (None, run.tags[each.tag]):
                found[f"tag:{each.tag}={run.tags[each.tag]}"] = each.limit
        return found

    def slots(self) -> dict[str, set[str]]:
        """Return who holds a slot of each group."""
        found: dict[str, set[str]] = {}
        for run in self.runs.values():
            for group in self.groups(run.run_id) if run.admitted else ():
                found.setdefault(group, set()).add(run.run_id)
        return found

    def full_groups(self) -> set[str]:
        """Return the groups, of runs that wait, that have no room."""
        held = self.slots()
        return {
            group
            for run_id in self.waiting
            for group, size in self.groups(run_id).items()
            if len(held.get(group, ())) >= size
        }

    # ---- moves

    def create(self, run_id: str, job: str, tags: dict[str, str]) -> None:
        """Make a run that waits."""
        self.runs[run_id] = QueuedRun(run_id, job, dict(tags), self.now)
        self.waiting.add(run_id)

    def take(self, limit: int) -> list[str]:
        """Send what is due, in order, as far as there is room."""
        room = min(limit, self.store_limits.sent_window - len(self.sent))
        if room <= 0:
            return []
        for run_id in [run_id for run_id, due in self.later.items() if due <= self.now]:
            del self.later[run_id]
            self.waiting.add(run_id)
        taken: list[str] = []
        for run_id in sorted(self.waiting, key=lambda run_id: self.runs[run_id].order):
            if len(taken) < room and (self.runs[run_id].admitted or self._fits(run_id)):
                self.runs[run_id].admitted = self.runs[run_id].was_sent = True
                self.waiting.remove(run_id)
                self.sent[run_id] = self.now
                taken.append(run_id)
        return taken

    def _fits(self, run_id: str) -> bool:
        held = self.slots()
        return all(len(held.get(g, ())) < size for g, size in self.groups(run_id).items())

    def requeue(self, age: int, taken_age: int) -> int:
        """Promise again what was sent, or taken, long ago."""
        lost = [run_id for run_id, at in self.sent.items() if at <= self.now - age]
        lost += [run_id for run_id, at in self.taken.items() if at <= self.now - taken_age]
        return self.give_back(lost)

    def give_back(self, run_ids: Collection[str], slow: str | None = None) -> int:
        """Promise again what a process has not begun, as far as nobody else has."""
        back = [run_id for run_id in run_ids if run_id in self.sent or run_id in self.taken]
        for run_id in back:
            self._forget(run_id)
            self.waiting.add(run_id)
        if slow is not None:
            self.quick_jobs.discard(self.runs[slow].job)
        return len(back)

    def is_quick(self, run_id: str) -> bool:
        """Tell whether a run may share its message: it has no slot that it would hold meanwhile."""
        return self.runs[run_id].job in self.quick_jobs and not self.groups(run_id)

    @property
    def with_message(self) -> list[str]:
        """The runs that some worker may get a message of."""
        return [r.run_id for r in self.runs.values() if r.was_sent and r.status is S.QUEUED]

    def in_state(self, *states: DagsterRunStatus) -> list[str]:
        """The runs in one of these states."""
        return [run.run_id for run in self.runs.values() if run.status in states]

    def start(self, run_id: str, company: Collection[str] = ()) -> None:
        """Take a run up; however it came about, it counts from now on. Its company is at hand."""
        for other in company:
            if self.sent.pop(other, None) is not None:
                self.taken[other] = self.now
        run = self.runs[run_id]
        run.status, run.admitted = S.STARTING, True
        run.live_until = self.now + self.store_limits.run_claim_ms
        self._forget(run_id)

    def end(self, run_id: str, status: DagsterRunStatus) -> None:
        """End a run."""
        run = self.runs[run_id]
        if status is S.SUCCESS:
            self.quick_jobs.add(run.job)
        elif run.status is not S.QUEUED:
            self.quick_jobs.discard(run.job)
        run.status, run.admitted = status, False
        self._forget(run_id)
        if status is S.FAILURE and "dagster/max_retries" in run.tags:
            again = int(run.tags.get(NUMBER, 0)) < int(run.tags["dagster/max_retries"])
            run.tags[WILL_RETRY] = "true" if again else "false"

    def _forget(self, run_id: str) -> None:
        self.waiting.discard(run_id)
        self.later.pop(run_id, None)
        self.sent.pop(run_id, None)
        self.taken.pop(run_id, None)

    def expire(self) -> set[str]:
        """End the runs whose worker is silent."""
        lost = {
            run_id
            for run_id in self.in_state(S.STARTING, S.CANCELING)
            if self.runs[run_id].live_until <= self.now
        }
        for run_id in lost:
            canceling = self.runs[run_id].status is S.CANCELING
            self.end(run_id, S.CANCELED if canceling else S.FAILURE)
        return lost

    # ---- once more

    def unnamed_retries(self) -> list[str]:
        """The failed runs that must have a retry whose id is not known here yet."""
        return [
            run.run_id
            for run in self.runs.values()
            if run.tags.get(WILL_RETRY) == "true" and RETRY_ID not in run.tags
        ]

    def retry(self, run_id: str, new: str) -> None:
        """Make the retry of a failed run."""
        run = self.runs[run_id]
        tags = without(run.tags, {WILL_RETRY})
        tags |= {PARENT: run_id, ROOT: tags.get(ROOT, run_id)}
        tags[NUMBER] = str(int(tags.get(NUMBER, 0)) + 1)
        run.tags[RETRY_ID] = new
        self.create(new, run.job, tags)
        if delay := int(tags.get("sensors_app/retry_delay", 0)):
            self.waiting.remove(new)
            self.later[new] = self.now + delay * 1000

    def reexecute(self, run_id: str, new: str) -> str | None:
        """Make a new run of an ended one."""
        run = self.runs[run_id]
        if not run.status.is_finished:
            return None
        tags = without(run.tags, {WILL_RETRY, RETRY_ID, NUMBER})
        self.create(new, run.job, tags | {PARENT: run_id, ROOT: tags.get(ROOT, run_id)})
        return new


def without(tags: dict[str, str], names: Collection[str]) -> dict[str, str]:
    """Return tags but for some."""
    return {name: value for name, value in tags.items() if name not in names}
