"""``sensors limits``."""

import json

from sensors_app.model.limits import ConcurrencyLimit
from tests.cli.conftest import Sensors, words
from tests.support.site import Site, request, sensor

LIMITS = (
    ConcurrencyLimit(2),
    ConcurrencyLimit(7, job_name="other_job"),
    ConcurrencyLimit(1, tag="team"),
    ConcurrencyLimit(5, tag="team", value="big"),
)


def queue(site: Site, *teams: str) -> None:
    """Have runs of these teams sent, as far as the limits admit it."""
    site.register(sensor(), limits=LIMITS)
    site.tick(*(request(f"r{n}", tags=json.dumps({"team": team})) for n, team in enumerate(teams)))
    site.store.outbox.take_outbox("loc", now_ms=site.now)


def test_slots_and_what_waits(sensors: Sensors, site: Site):
    """For each limit, and each value of a tag in use: who runs, and who waits for it."""
    queue(site, "a", "a", "b", "big")
    found = {tuple(row[1:-4]): row[-4:] for row in words(sensors("limits"))[1:]}
    assert found["all", "runs"] == ["2", "of", "2", "1"]
    assert found["tag", "team=a"] == ["1", "of", "1", "1"]
    assert found["tag", "team=b"] == ["1", "of", "1", "0"]
    assert found["tag", "team=big"] == ["0", "of", "5", "0"]
    assert found["job", "other_job"] == ["0", "of", "7", "0"]


def test_for_programs(sensors: Sensors, site: Site):
    """A limit with what it is for."""
    queue(site, "a", "a")
    found = json.loads(sensors("limits", "--json").stdout)
    (team,) = [each for each in found if each["limit_for"] == "tag team=a"]
    assert team == {
        "location": "loc",
        "limit_for": "tag team=a",
        "limit": 1,
        "job_name": None,
        "tag": "team",
        "value": None,
        "running": 1,
        "waiting": 1,
    }


def test_a_limit_for_each_value_that_nobody_uses(sensors: Sensors, site: Site):
    """It is shown all the same."""
    queue(site)
    assert "each value of tag team" in sensors("limits").stdout


def test_no_limits(sensors: Sensors, site: Site):
    """Without limits that is said, with how to have some."""
    assert "concurrency_limits" in sensors("limits").stdout
    assert json.loads(sensors("limits", "--json").stdout) == []
