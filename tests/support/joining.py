"""Runs of several jobs, and the joins of a site that wait for them: arrange in few words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sensors_app.model.joins import JoinOutcome, JoinRules, side
from sensors_app.model.locations import SensorSnapshot
from sensors_app.model.reactions import Reaction, ReactionRules
from sensors_app.model.selectors import JobSelector, MonitoredRuns
from sensors_app.storage.keys import LocationKeys
from tests.support.reacting import PAUSE_MS, SUCCESS, UPSTREAM, Reacting
from tests.support.site import Site, sensor

WINDOW_MS = 60_000
OTHER = "elsewhere"
"""A second code location whose runs are watched."""

SOURCES = {"a": UPSTREAM, "b": OTHER, "c": UPSTREAM}
"""Where the jobs of these tests are."""

MISSING = JoinOutcome.MISSING.value


def joining(
    jobs: str = "ab",
    name: str = "s",
    *,
    by: str = "",
    within: int = WINDOW_MS,
    outcome: str = "COMPLETE",
    home: str = "",
) -> SensorSnapshot:
    """Return a join of jobs, one a letter, that are where ``SOURCES`` says, or at ``home``."""
    where = {each: home or SOURCES[each] for each in jobs}
    rules = ReactionRules(
        (SUCCESS,),
        MonitoredRuns(selectors=tuple(JobSelector(at, job_name=job) for job, at in where.items())),
        retry_delays_ms=(PAUSE_MS,),
        join=JoinRules(tuple(side(at, job) for job, at in where.items()), by, within, outcome),
    )
    return sensor(name, reacts_to=rules)


def silence(jobs: str = "a", name: str = "s", *, within: int = WINDOW_MS) -> SensorSnapshot:
    """Return a sensor that waits for there to be no runs of these jobs."""
    rules = ReactionRules(
        (SUCCESS,),
        MonitoredRuns(selectors=tuple(JobSelector(SOURCES[each], job_name=each) for each in jobs)),
        retry_delays_ms=(PAUSE_MS,),
        absent_after_ms=within,
    )
    return sensor(name, reacts_to=rules)


@dataclass(frozen=True)
class Group:
    """What a join was called for."""

    runs: Sequence[str]
    missing: str = ""
    value: str = ""


@dataclass
class Joining:
    """What the listeners of a site do about joins and absences."""

    site: Site
    reacting: Reacting = field(init=False)

    def __post_init__(self) -> None:
        self.reacting = Reacting(self.site)

    def happen(self, *run_ids: str, **tags: str) -> str:
        """Let runs succeed, each named by its job and a number; return the last event's id."""
        ident = ""
        for run_id in run_ids:
            source = SOURCES[run_id[0]]
            if tags:
                key = LocationKeys(self.site.prefix, source).run(run_id)
                self.site.store.client.hset(key, "tags", json.dumps(tags))
                self.site.store.client.pexpire(key, 600_000)
            ident = self.reacting.happen(run_id, source=source, job=run_id[0])
        return ident

    def listen(self, *sources: str) -> None:
        """Read streams on and deliver."""
        self.reacting.listen(*sources or (UPSTREAM, OTHER))

    def happened(self, *run_ids: str, **tags: str) -> None:
        """Let runs succeed and deliver that."""
        self.happen(*run_ids, **tags)
        self.listen()

    def close(self, name: str = "s", *, upto: int | None = None, limit: int = 100) -> bool:
        """End the groups whose window is over."""
        home = self.site.name
        return self.site.store.joins.close_joins(
            home,
            [name],
            self.site.now if upto is None else upto,
            self.registration(),
            limit=limit,
            now_ms=self.site.now,
        )

    def tell(self, name: str = "s", *, upto: int | None = None) -> int:
        """Have the sensor called if nothing came."""
        return self.site.store.joins.tell_absences(
            self.site.name,
            [name],
            self.site.now if upto is None else upto,
            self.registration(),
            now_ms=self.site.now,
        )

    def registration(self) -> str:
        return self.site.store.deliveries.rules([self.site.name])[self.site.name].registration

    def groups(self, name: str = "s") -> list[Group]:
        """Return what the join was called for, or will be."""
        return [group_of(each) for each in self.reacting.of(name)]

    def waiting(self, name: str = "s") -> dict[str, int]:
        """Return how many events wait, by value."""
        return dict(self.site.store.joins.waiting(self.site.name, name))

    def absences(self, name: str = "s") -> list[tuple[int, list[Any]]]:
        """Return since when there was nothing, and the run before, of each call."""
        return [
            (int(each.events[0].fields["since"]), [event.run_id for event in each.events[1:]])
            for each in self.reacting.of(name)
        ]


def group_of(reaction: Reaction) -> Group:
    """Return what a call of a join is for."""
    head, *members = reaction.events
    assert (head.fields["sensor"], head.run_id, head.job_name) == (reaction.sensor, None, None)
    sides = json.loads(head.fields["sides"])
    assert [side(each.location, each.job_name or "") for each in members] == sides
    missing = "".join(each.rpartition("/")[2] for each in json.loads(head.fields["missing"]))
    return Group([each.run_id or "" for each in members], missing, head.fields["value"])
