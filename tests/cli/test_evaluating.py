"""``sensors evaluate`` and ``sensors preview``."""

import json

import pytest

from sensors_app.model.locations import Role
from sensors_app.model.ticks import (
    DroppedRequest,
    LogLine,
    Preview,
    TickFailure,
    TickResult,
    TickStatus,
)
from sensors_app.storage.store import Store
from tests.cli.conftest import Sensors
from tests.cli.fake_worker import show_alive, working
from tests.support.reacting import fed
from tests.support.site import BOOM, Site, request


def test_evaluate(sensors: Sensors, store: Store, site: Site):
    """A sensor that waits for its interval is due at once, even if it is off."""
    site.tick()
    site.switch(False)
    show_alive(store)
    assert "loc/s is evaluated now" in sensors("evaluate", "s").stdout
    assert site.places() == {"due"}


def test_evaluate_and_wait(sensors: Sensors, store: Store, site: Site):
    """``--wait`` shows the tick that was asked for, not an earlier one."""
    site.tick(request("r0"))
    with working(store, TickResult([request("r1", "a")], cursor="5")):
        result = sensors("evaluate", "s", "--wait", "--json", "--timeout", "10")
    tick = json.loads(result.stdout)
    assert tick["run_ids"] == ["r1"]
    assert tick["cursor_after"] == "5"


def test_a_skip_is_no_failure(sensors: Sensors, store: Store, site: Site):
    """A tick that is skipped ends with exit code 0."""
    with working(store, TickResult(skip_reason="no files")):
        assert "no files" in sensors("evaluate", "s", "--wait", "--timeout", "10").stdout


def test_a_skip_like_the_one_before_is_waited_for_too(sensors: Sensors, store: Store, site: Site):
    """It takes the place of that one in the history."""
    site.commit(site.begun(), skip_reason="no files")
    with working(store, TickResult(skip_reason="no files")):
        result = sensors("evaluate", "s", "--wait", "--json", "--timeout", "10")
    tick = json.loads(result.stdout)
    assert (tick["skip_reason"], tick["times"]) == ("no files", 2)


def test_a_failed_tick_is_exit_code_1(sensors: Sensors, store: Store, site: Site):
    """A tick that fails is shown with its error; the exit code tells scripts."""
    with working(store, TickFailure(BOOM)):
        result = sensors("evaluate", "s", "--wait", "--timeout", "10", code=1)
    assert "ValueError: boom" in result.stdout


def test_nobody_to_evaluate_it(sensors: Sensors, store: Store, site: Site):
    """Without a worker or a beat the evaluation is noted, and who is missing is said."""
    missing = sensors("evaluate", "s").stderr
    assert "No beat is alive: start one with 'sensors beat'." in missing
    assert "sensors worker --location loc --role evaluate" in missing
    assert store.sensors.sensors("loc")[0].next_due is not None


def test_wait_in_vain(sensors: Sensors, store: Store, site: Site):
    """A wait ends with exit code 1 and the likely reasons."""
    show_alive(store)
    result = sensors("evaluate", "s", "--wait", "--timeout", "0", code=1)
    assert "was not evaluated within 0 s" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["evaluate", "preview"])
def test_one_that_events_feed(sensors: Sensors, site: Site, command: str):
    """Without an event there is nothing to evaluate: the way to have it called is named."""
    site.register(fed())
    assert "sensors replay loc/s --since 1h" in sensors(command, "s", code=2).stderr


def test_preview(sensors: Sensors, store: Store, site: Site):
    """A dry run shows what would be requested, what dropped, the cursor and the logs."""
    answer = Preview(
        "s",
        TickStatus.SUCCESS,
        cursor_after="9",
        requests=[{"run_key": "a", "job_name": "job", "run_config": {"x": 1}, "tags": {"t": "u"}}],
        dropped=[DroppedRequest("b", "r0")],
        logs=[LogLine(1_700_000_000, 30, "careful")],
    )
    with working(store, preview=answer):
        shown = sensors("preview", "s").stdout
        found = json.loads(sensors("preview", "s", "--json").stdout)
    assert '"b" made run r0 before' in shown
    assert 'None -> "9"' in shown
    assert "WARNING careful" in shown
    assert '{"x": 1}' in shown
    assert found["requests"] == list(answer.requests)
    assert found["dropped"] == [{"run_key": "b", "run_id": "r0"}]


def test_preview_with_another_cursor(sensors: Sensors, store: Store, site: Site):
    """A dry run gets the cursor of the command line, the empty one too, or the sensor's own."""
    site.set_cursor("mine")

    def cursor_before(*args: str) -> str | None:
        return json.loads(sensors("preview", "s", *args, "--json").stdout)["cursor_before"]

    with working(store):
        assert cursor_before() == "mine"
        assert cursor_before("--cursor", "other") == "other"
        assert cursor_before("--cursor", "") == ""


def test_a_preview_that_fails(sensors: Sensors, store: Store, site: Site):
    """The error of a dry run is shown, and is exit code 1."""
    with working(store, preview=Preview("s", TickStatus.FAILURE, error=BOOM)):
        assert "ValueError: boom" in sensors("preview", "s", code=1).stdout


def test_preview_without_a_worker(sensors: Sensors, store: Store, site: Site):
    """If nobody can answer, the command does not wait: it says whom to start."""
    show_alive(store, Role.LAUNCH)
    missing = sensors("preview", "s", code=1).stderr
    assert "sensors worker --location loc --role evaluate" in missing
    assert "beat" not in missing


def test_preview_without_an_answer(sensors: Sensors, store: Store, site: Site):
    """A dry run that nobody answers in time is exit code 1."""
    show_alive(store)
    result = sensors("preview", "s", "--timeout", "0", code=1)
    assert "No worker has answered for loc/s within 0 s" in result.stderr
