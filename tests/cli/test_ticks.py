"""``sensors ticks`` and ``sensors tick``."""

import json

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.ticks import LogLine, TickFailure, TickResult
from tests.cli.conftest import Sensors, words
from tests.support.site import HOLDER, Site, request


def finish(site: Site, outcome: TickResult | TickFailure) -> str:
    """Make a tick with this outcome, return its id."""
    claim = site.begun()
    site.now += 20
    site.store.ticks.finish_ticks("loc", [(claim, outcome)], HOLDER, now_ms=site.now)
    return str(claim.token)


def test_ticks_newest_first(sensors: Sensors, site: Site):
    """The table has a line for each finished tick, the newest first."""
    first = finish(site, TickResult(skip_reason="nothing"))
    second = finish(site, TickFailure(SerializableErrorInfo("ValueError: boom\n")))
    third = finish(site, TickResult([request("r1", "a")]))
    rows = words(sensors("ticks", "s"))[1:]
    assert [row[0] for row in rows] == [third, second, first]
    assert [row[1] for row in rows] == ["SUCCESS", "FAILURE", "SKIPPED"]
    assert rows[1][-2:] == ["ValueError:", "boom"]
    assert rows[2][-1] == "nothing"


def test_paging(sensors: Sensors, site: Site):
    """``--limit`` and ``--before`` walk back in time."""
    ids = [finish(site, TickResult(cursor=str(number))) for number in range(4)]
    page = sensors("ticks", "s", "--limit", "2", "--before", ids[3], "--json")
    assert [tick["tick_id"] for tick in json.loads(page.stdout)] == [ids[2], ids[1]]


def test_a_tick_for_programs(sensors: Sensors, site: Site):
    """The names in the JSON of a tick are a contract."""
    site.tick(request("r0", "used"), cursor="1")
    logs = [LogLine(1_700_000_000.5, 20, "looked")]
    runs = [request("r1", "new"), request("r2", "used")]
    tick_id = finish(site, TickResult(runs, cursor="2", logs=logs))
    found = json.loads(sensors("tick", "s", tick_id, "--json").stdout)
    assert found == {
        "tick_id": tick_id,
        "location": "loc",
        "sensor": "s",
        "status": "SUCCESS",
        "skip_reason": None,
        "error": None,
        "cursor_before": "1",
        "cursor_after": "2",
        "requested": 2,
        "created": 1,
        "run_ids": ["r1"],
        "run_keys": ["new", "used"],
        "dropped": [{"run_key": "used", "run_id": "r0"}],
        "started_at": found["started_at"],
        "ended_at": found["ended_at"],
        "duration_ms": 20,
        "logs": [{"timestamp": "2023-11-14T22:13:20.500Z", "level": "INFO", "message": "looked"}],
        "worker": HOLDER,
        "times": 1,
        "first_tick_id": tick_id,
    }
    assert found["started_at"].endswith("Z")


def test_a_tick_in_full(sensors: Sensors, site: Site):
    """A tick is shown with its runs, what was dropped, its cursor and its logs."""
    site.tick(request("r0", "used"))
    logs = [LogLine(1_700_000_000.5, 20, "looked")]
    runs = [request("r1", "new"), request("r2", "used")]
    shown = sensors("tick", "s", finish(site, TickResult(runs, cursor="2", logs=logs))).stdout
    assert "1 of 2 requested" in shown
    assert '"used" made run r0 before' in shown
    assert 'None -> "2"' in shown
    assert "2023-11-14T22:13:20.500Z INFO    looked" in shown


def test_skips_kept_as_one(sensors: Sensors, site: Site):
    """One line that counts them; each of their ids leads to the last, which says since when."""
    ids = [finish(site, TickResult(skip_reason="nothing")) for _ in range(3)]
    (row,) = words(sensors("ticks", "s"))[1:]
    assert row[:4] == [ids[-1], "SKIPPED", "3", "times"]
    assert "SKIPPED 3 times" in sensors("list").stdout
    shown = sensors("tick", "s", ids[1]).stdout
    assert ids[-1] in shown
    assert "3 in a row that said the same, since 20" in shown
    found = json.loads(sensors("tick", "s", ids[0], "--json").stdout)
    assert (found["tick_id"], found["times"], found["first_tick_id"]) == (ids[-1], 3, ids[0])


def test_pages_of_skips_that_go_on(sensors: Sensors, site: Site):
    """The page after one whose last line has been replaced begins before it."""
    old = finish(site, TickResult(cursor="1"))
    seen = finish(site, TickResult(cursor="1"))
    finish(site, TickResult(cursor="1"))
    page = sensors("ticks", "s", "--limit", "2", "--before", seen, "--json")
    assert [tick["tick_id"] for tick in json.loads(page.stdout)] == [old]


def test_an_error_in_full(sensors: Sensors, site: Site):
    """A failed tick shows the user's frames, and what caused it."""
    cause = SerializableErrorInfo("KeyError: 'a'\n")
    error = SerializableErrorInfo("ValueError: boom\n", ('  File "user.py", line 3\n',), "V", cause)
    tick_id = finish(site, TickFailure(error))
    shown = sensors("tick", "s", tick_id).stdout
    assert 'File "user.py", line 3' in shown
    assert "KeyError: 'a'" in shown
    found = json.loads(sensors("tick", "s", tick_id, "--json").stdout)
    assert found["error"]["message"] == "ValueError: boom\n"
    assert found["error"]["cause"]["message"] == "KeyError: 'a'\n"


def test_an_unknown_tick(sensors: Sensors, site: Site):
    """A tick that is not kept is an error that says where to look."""
    assert "sensors ticks loc/s" in sensors("tick", "s", "12", code=2).stderr


def test_no_tick_at_all(sensors: Sensors, site: Site):
    """A sensor that has no tick says so."""
    assert sensors("ticks", "s").stdout == "loc/s has no finished tick.\n"
