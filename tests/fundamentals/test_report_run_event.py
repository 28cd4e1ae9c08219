"""``report_run_event``: the call by which another system's code reports its runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sensors_app
from sensors_app import DagsterRunStatus, ExternalEventError, report_run_event
from sensors_app.errors import StoreUnavailableError
from sensors_app.settings import Settings
from sensors_app.storage.embedded import ephemeral_url
from sensors_app.storage.store import Store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(prefix: str) -> Settings:
    """Settings that lead to the test's own keys."""
    return Settings(redis_url=ephemeral_url(), broker_url="memory://", key_prefix=prefix)


def test_what_is_reported_is_kept(settings: Settings, store: Store):
    """With an exception as it was raised."""
    report_run_event("billing", "charge", "r", "STARTED", settings=settings, tags={"n": 1})
    try:
        raise ValueError("refused")
    except ValueError as error:
        failed = DagsterRunStatus.FAILURE
        report_run_event("billing", "charge", "r", failed, error=error, settings=settings)
    run = store.runs.run("billing", "r")
    assert run is not None
    assert (run.status, run.tags) == (failed, {"n": "1"})
    assert run.error == 'Execution of run for "charge" failed. ValueError: refused'
    assert len(store.runs.run_log("billing", run)) == 2


def test_a_wrong_report_is_refused(settings: Settings):
    """Before anything is sent."""
    with pytest.raises(ExternalEventError, match="status is 'DONE'"):
        report_run_event("billing", "charge", "r", "DONE", settings=settings)


def test_a_store_that_is_away_is_an_error(tmp_path: Path):
    """The caller knows that its report may not be kept."""
    nowhere = Settings(redis_url=f"unix://{tmp_path}/none.sock", broker_url="memory://")
    with pytest.raises(StoreUnavailableError):
        report_run_event("billing", "charge", "r", "STARTED", settings=nowhere)


def test_the_environment_says_where(prefix: str, store: Store):
    """And a process that forks reports from both, with connections of their own."""
    code = """if True:
        import os
        from sensors_app import report_run_event
        report_run_event("billing", "charge", "parent", "SUCCESS")
        child = os.fork()
        report_run_event("billing", "charge", f"{'parent' if child else 'child'}-2", "SUCCESS")
        if child:
            assert os.waitpid(child, 0)[1] == 0
    """
    env = {
        **os.environ,
        "SENSORS_REDIS_URL": ephemeral_url(),
        "SENSORS_BROKER_URL": "memory://",
        "SENSORS_KEY_PREFIX": prefix,
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=30)
    found = {run.run_id for run in store.runs.runs("billing")}
    assert found == {"parent", "parent-2", "child-2"}


def test_it_is_public():
    """Under the package's own name."""
    assert "report_run_event" in sensors_app.__all__
