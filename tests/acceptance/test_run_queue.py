"""Limits hold and retries come on real processes, whatever dies meanwhile."""

from collections.abc import Iterator

import pytest

from sensors_app.model.runs import DagsterRunStatus
from tests.acceptance.cluster import Cluster, lines_of

pytestmark = pytest.mark.acceptance

S = DagsterRunStatus


@pytest.fixture
def cluster(tmp_path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, "queued=queued")
    try:
        made.start_all()
        yield made
    finally:
        made.close()


def most_at_once(lines: list[str]) -> dict[str, int]:
    """Return how many runs at most used each database at the same time."""
    using: dict[str, set[str]] = {}
    most: dict[str, int] = {}
    for line in lines:
        what, database, run_id, _ = line.split()
        runs = using.setdefault(database, set())
        if what == "begin":
            runs.add(run_id)
        else:
            runs.discard(run_id)
        most[database] = max(most.get(database, 0), len(runs))
    return most


def test_runs_that_share_a_database_go_one_by_one(cluster: Cluster) -> None:
    """All of them come to their turn, the urgent ones first."""
    cluster.evaluate("many")
    cluster.wait_finished("many", 24)
    assert {run.status for run in cluster.runs("many")} == {S.SUCCESS}
    uses = lines_of(cluster, "uses")
    assert most_at_once(uses) == {"a": 1, "b": 1}
    priority = {run.run_id: run.tags["dagster/priority"] for run in cluster.runs("many")}
    for database in "ab":
        # One of them may be done with its urgent ones while the other is not.
        begun = [line.split()[2] for line in uses if line.startswith(f"begin {database}")]
        assert [priority[run_id] for run_id in begun] == ["1"] * 6 + ["0"] * 6


def test_no_run_is_stranded_if_the_worker_of_those_before_it_dies(cluster: Cluster) -> None:
    """Its runs fail and give their slots back; here they are retried too."""
    cluster.evaluate("many")
    launcher = cluster.processes[2]
    cluster.wait_until(lambda: len(lines_of(cluster, "uses")) > 6, "some runs to be under way")
    launcher.kill()
    cluster.worker("launch")
    cluster.wait_finished("many", 24, timeout=60)
    runs = cluster.runs("many")
    assert all(run.status is S.SUCCESS or run.will_retry for run in runs)
    assert len([run for run in runs if run.status is S.SUCCESS]) == 24
    keys = cluster.store.client.scan_iter(f"{cluster.settings.key_prefix}:{{queued}}:slots:*")
    assert list(keys) == []


def test_runs_that_fail_or_kill_their_process_are_run_again(cluster: Cluster) -> None:
    """As they asked for, and only as often."""
    cluster.evaluate("unlucky")
    runs = cluster.wait_finished("unlucky", 4)
    for job_name in ("fails_at_first", "dies_at_first"):
        retry, first = (run for run in runs if run.job_name == job_name)
        assert (first.status, first.will_retry) == (S.FAILURE, True)
        assert (retry.status, retry.parent_run_id) == (S.SUCCESS, first.run_id)
