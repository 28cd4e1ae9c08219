"""Everything of a code location that the tests of the store compare, read in one round trip."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sensors_app.model.runs import DagsterRunStatus
from tests.support.site import Site

_LISTS = (
    "due",
    "due_slow",
    "claimed",
    "claimed_slow",
    "running",
    "outbox",
    "sent",
    "live",
    "runs",
)

Scores = Mapping[str, float]


@dataclass(frozen=True)
class Snapshot:
    """A code location as it is in Redis.

    Args:
        lists: The sorted sets, by name: member and score.
        by_status: The same for the index of each state of runs.
        sensors: The hash of each sensor.
        run_keys: The run keys of each sensor.
        runs: The hash of each run.
    """

    lists: Mapping[str, Scores]
    by_status: Mapping[DagsterRunStatus, Scores]
    sensors: Mapping[str, Mapping[str, str]]
    run_keys: Mapping[str, Mapping[str, str]]
    runs: Mapping[str, Mapping[str, str]]


def snapshot(site: Site, sensors: Collection[str], run_ids: Collection[str]) -> Snapshot:
    """Read these sensors and runs, and all lists."""
    keys = site.keys
    with site.store.client.pipeline(transaction=False) as pipe:
        for name in _LISTS:
            pipe.zrange(getattr(keys, name), 0, -1, withscores=True)
        for status in DagsterRunStatus:
            pipe.zrange(keys.runs_in(status.value), 0, -1, withscores=True)
        for name in sensors:
            pipe.hgetall(keys.sensor(name))
        for run_id in run_ids:
            pipe.hgetall(keys.run(run_id))
        replies = iter(pipe.execute())
    return Snapshot(
        lists={name: dict(next(replies)) for name in _LISTS},
        by_status={status: dict(next(replies)) for status in DagsterRunStatus},
        sensors={name: next(replies) for name in sensors},
        run_keys={name: _run_keys(site, name) for name in sensors},
        runs={run_id: next(replies) for run_id in run_ids},
    )


def _run_keys(site: Site, name: str) -> Mapping[str, str]:
    return site.store.run_keys.find(site.name, name, "*", limit=10**6, now_ms=site.now)[0]
