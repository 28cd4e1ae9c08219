"""A run that failed, as the sensors of this folder get it."""

import pytest

from sensors_app import (
    DagsterInstance,
    JobDefinition,
    RunFailureSensorContext,
    build_run_status_sensor_context,
    job,
    op,
)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests are on this machine."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def failing() -> JobDefinition:
    @op
    def fails():
        raise ValueError("boom")

    @job
    def failing():
        fails()

    return failing


@pytest.fixture(scope="session")
def failed_run(failing: JobDefinition) -> RunFailureSensorContext:
    instance = DagsterInstance.ephemeral()
    result = failing.execute_in_process(instance=instance, raise_on_error=False)
    return build_run_status_sensor_context(
        sensor_name="alert",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_run_failure_event(),
    ).for_run_failure()
