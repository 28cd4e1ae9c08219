"""``sensors cancel``."""

import json

import pytest

from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRunStatus
from tests.cli.conftest import Sensors
from tests.support.site import Site, request

WAITS = "11111111-aaaa-4000-8000-000000000001"
RUNS = "22222222-bbbb-4000-8000-000000000002"
ENDED = "33333333-cccc-4000-8000-000000000003"


@pytest.fixture
def busy(site: Site) -> Site:
    """A site with a run that waits, one that is under way, and one that has ended."""
    site.tick(request(WAITS), request(RUNS), request(ENDED))
    for run_id in (RUNS, ENDED):
        site.start_run(run_id)
        site.mark_started(run_id)
    site.finish_run(ENDED)
    return site


def test_what_became_of_each(sensors: Sensors, busy: Site):
    """One that waits is canceled, one under way is asked to end, one that ended stays."""
    lines = sensors("cancel", WAITS, RUNS, ENDED).stdout.splitlines()
    assert "canceled at once" in lines[0]
    assert "its worker is asked" in lines[1]
    assert "had ended" in lines[2]
    assert busy.status(WAITS) is DagsterRunStatus.CANCELED
    assert busy.status(RUNS) is DagsterRunStatus.CANCELING
    assert busy.status(ENDED) is DagsterRunStatus.SUCCESS
    assert "asked to end it before" in sensors("cancel", RUNS).stdout


def test_for_programs(sensors: Sensors, busy: Site):
    """The outcome of each, and its status by now."""
    found = json.loads(sensors("cancel", WAITS, RUNS, "--json").stdout)
    assert found == [
        {"run_id": WAITS, "location": "loc", "outcome": "canceled", "status": "CANCELED"},
        {"run_id": RUNS, "location": "loc", "outcome": "canceling", "status": "CANCELING"},
    ]


def test_wait_until_they_have_ended(sensors: Sensors, busy: Site, monkeypatch: pytest.MonkeyPatch):
    """``--wait`` goes on until the worker has ended the run, and says how."""

    def work(_seconds: float) -> None:
        busy.finish_run(RUNS, DagsterRunStatus.CANCELED)

    monkeypatch.setattr("time.sleep", work)
    shown = sensors("cancel", RUNS, "--wait").stdout
    assert f"Run {RUNS} ended: CANCELED" in shown


def test_one_that_does_not_end(sensors: Sensors, busy: Site):
    """A wait in vain is exit code 1, and names the run."""
    shown = sensors("cancel", RUNS, WAITS, "--wait", "--timeout", "0", code=1)
    assert f"1 run did not end within 0 s, and still will: {RUNS}." in shown.stderr


def test_nothing_is_canceled_if_an_id_is_wrong(sensors: Sensors, busy: Site):
    """An id that is none ends the command before anything is changed."""
    assert "There is no run 'abcdef0'" in sensors("cancel", WAITS, "abcdef0", code=2).stderr
    assert busy.status(WAITS) is DagsterRunStatus.QUEUED


def test_a_run_of_another_system(sensors: Sensors, site: Site):
    """It cannot be canceled from here: exit code 1, and the reason."""
    report = ExternalRunEvent("billing", "charge", "Order-7", DagsterRunStatus.STARTED)
    site.store.external.report_run(report)
    assert "another system's" in sensors("cancel", "Order-7", code=1).stdout
