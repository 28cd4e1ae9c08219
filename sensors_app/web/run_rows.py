"""One run as lists show it: what it waits for, how long it took, why it failed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.runs import AUTO_RETRY_RUN_ID_TAG, DagsterRun, DagsterRunStatus
from sensors_app.operating.limits import uses
from sensors_app.storage.overview import Group, Wait
from sensors_app.web.site import Site

WHY_MAX_CHARS = 300


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run and what is told of it. Times in ms since the epoch.

    Args:
        run: The run.
        ours: Whether a code location runs it, and no other system.
        waits_for: What holds it, if it is queued.
        until: Until when it is put off.
    """

    run: DagsterRun
    ours: bool
    waits_for: str = ""
    until: int | None = None

    @property
    def label(self) -> str:
        """What names it in forms: its location and its id."""
        return f"{self.run.location}/{self.run.run_id}"

    @property
    def short_id(self) -> str:
        """Enough of its id to tell it from others."""
        return self.run.run_id[:8] if self.ours else self.run.run_id

    @property
    def created_ms(self) -> float | None:
        """When it was requested."""
        return _ms(self.run.created_at)

    def took_ms(self, now: float) -> float | None:
        """Return how long it took, or takes by now; None before it started."""
        return took_ms(self.run, now)

    @property
    def why(self) -> str:
        """Why it failed, or what it waits for."""
        if self.run.is_failure:
            return first_line(self.run.error)
        return self.waits_for

    @property
    def retry(self) -> str | None:
        """The run that it is run again as, by itself."""
        return self.run.tags.get(AUTO_RETRY_RUN_ID_TAG)

    @property
    def tags(self) -> str:
        """Its tags, a line each."""
        return "\n".join(f"{name}={value}" for name, value in sorted(self.run.tags.items()))

    @property
    def can_cancel(self) -> bool:
        """Whether somebody may still end it from here."""
        return self.ours and not self.run.is_finished

    @property
    def can_repeat(self) -> bool:
        """Whether it may be run once more."""
        return self.ours and self.run.is_finished


def run_rows(site: Site, runs: Iterable[DagsterRun]) -> list[RunRow]:
    """Return the rows of runs, in the same order."""
    runs = list(runs)
    homes = site.health.health.locations
    waits = _waits(site, runs)
    return [
        RunRow(run, run.location in homes, *waits.get((run.location or "", run.run_id), ("", None)))
        for run in runs
    ]


def took_ms(run: DagsterRun, now: float) -> float | None:
    """Return how long a run took, or takes by now; None before it started."""
    if run.started_at is None:
        return None
    end = now if run.ended_at is None else run.ended_at * 1000
    return max(0.0, end - run.started_at * 1000)


def first_line(text: str | None) -> str:
    """Return the first line that says something."""
    lines = (line.strip() for line in (text or "").splitlines())
    return next(filter(None, lines), "")[:WHY_MAX_CHARS]


def _waits(
    site: Site, runs: Sequence[DagsterRun]
) -> Mapping[tuple[str, str], tuple[str, int | None]]:
    """Return what queued runs wait for, by location and id."""
    found = {}
    for name, health in site.health.health.locations.items():
        queued = [
            run.run_id
            for run in runs
            if run.location == name and run.status is DagsterRunStatus.QUEUED
        ]
        waits = site.store.overview.waits(name, queued)
        held = any(wait.group is not None for wait in waits.values())
        groups = {group.name: group for group in site.store.overview.groups(name)} if held else {}
        limits = health.state.snapshot.concurrency_limits
        for run_id, wait in waits.items():
            found[name, run_id] = (_said(wait, limits, groups), wait.until)
    return found


def _said(wait: Wait, limits: Iterable[ConcurrencyLimit], groups: Mapping[str, Group]) -> str:
    if wait.group is not None:
        group = groups.get(wait.group, Group(wait.group, 0, 0))
        use = next(iter(uses(limits, [group])))
        size = "no limit any more" if use.limit is None else f"{use.limit.limit:,}"
        return f"waits for a slot: {use.what}, {use.running:,} of {size} running"
    if wait.until is not None:
        return "put off"
    return "sent, waits for a launch worker" if wait.sent else "to be sent"


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
