"""What is counted, and what waits: the numbers behind the metrics."""

import re
from pathlib import Path

import pytest

from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.ticks import TickStatus
from sensors_app.storage import metering
from sensors_app.storage.metering import TOOK_MS, Waiting
from tests.support.reacting import UPSTREAM, Reacting
from tests.support.site import Site, request, sensor

SECOND = 1000
LUA = Path(metering.__file__).parent / "lua" / "lib" / "count_tick.lua"


def tick(site: Site, took_ms: int = 0, *, name: str = "s", fails: bool = False) -> None:
    """Have a tick that takes so long."""
    claim = site.begun(name)
    site.now += took_ms
    if fails:
        site.fail(claim)
    else:
        site.commit(claim)


def waiting(site: Site, *fed: str) -> Waiting:
    return site.store.meter.waiting({site.name: fed})[site.name]


@pytest.fixture
def now(site: Site) -> Site:
    """The site by the server's own clock, which ages are told by."""
    site.now = site.store.now_ms()
    return site


class TestTicks:
    def test_are_counted_by_how_they_ended(self, site: Site):
        """For their sensor, and for the location."""
        site.tick(request("r"))
        for fails in (False, True, True):
            tick(site, fails=fails)
        expected = {TickStatus.SUCCESS: 1, TickStatus.SKIPPED: 1, TickStatus.FAILURE: 2}
        assert site.store.meter.ticks(site.name, ["s"])["s"].results == expected
        assert site.store.meter.tally(site.name).ticks.results == expected

    def test_are_counted_by_how_long_they_took(self, site: Site):
        """Cumulatively, as a histogram is; and summed."""
        for took in (10, 11, 700, 400 * SECOND):
            tick(site, took)
        tally = site.store.meter.tally(site.name)
        within = dict(zip((*TOOK_MS, None), tally.within, strict=True))
        assert (within[10], within[50], within[500], within[1000]) == (1, 2, 2, 3)
        assert (within[300_000], within[None]) == (3, 4)
        assert tally.ticks.took_ms == 400_721

    def test_that_were_given_up_count(self, site: Site):
        """As failures that took until then."""
        site.begun()
        site.now += 100 * SECOND
        site.expire_claims()
        found = site.store.meter.ticks(site.name, ["s"])["s"]
        assert (found.results[TickStatus.FAILURE], found.took_ms) == (1, 100 * SECOND)

    def test_are_counted_once(self, site: Site):
        """A commit that is repeated, since its reply was lost, is not a second tick."""
        claim = site.begun()
        site.commit(claim)
        site.commit(claim)
        assert site.store.meter.tally(site.name).within[-1] == 1

    def test_of_a_location_outlive_its_sensors(self, site: Site):
        """A counter that shrinks would look like one that began anew, and far from there."""
        tick(site)
        site.register(sensor("other"))
        assert site.store.meter.tally(site.name).within[-1] == 1

    def test_that_a_sensor_never_had_are_none(self, site: Site):
        """No sensor is without numbers."""
        assert set(site.store.meter.ticks(site.name, ["s"])["s"].results.values()) == {0}

    def test_calls_for_events_count_too(self, reacting: Reacting):
        """Those that went well and those that failed."""
        reacting.commit(reacting.begun("a"))
        reacting.fail(reacting.begun("b"))
        results = reacting.site.store.meter.tally(reacting.site.name).ticks.results
        assert (results[TickStatus.SKIPPED], results[TickStatus.FAILURE]) == (1, 1)

    def test_durations_are_those_of_the_script(self):
        """Two lists of bounds that must be one."""
        (listed,) = re.findall(r"TOOK_MS = \{(.+)\}", LUA.read_text())
        assert tuple(map(int, listed.split(", "))) == TOOK_MS


class TestRuns:
    def test_that_ended_are_counted_by_job_and_status(self, site: Site):
        """However they ended."""
        site.tick(request("a"), request("b", job_name="my job"), request("c"))
        for run_id in "ab":
            site.start_run(run_id)
            site.mark_started(run_id)
        site.finish_run("a")
        site.finish_run("b", DagsterRunStatus.FAILURE)
        site.request_cancel("c")
        assert site.store.meter.tally(site.name).runs == {
            ("job", "SUCCESS"): 1,
            ("my job", "FAILURE"): 1,
            ("job", "CANCELED"): 1,
        }

    def test_of_other_systems_count_once(self, site: Site):
        """With their location."""
        for status in (DagsterRunStatus.STARTED, DagsterRunStatus.SUCCESS) * 2:
            site.store.external.report_run(ExternalRunEvent("billing", "charge", "r", status))
        assert site.store.meter.tally("billing").runs == {("charge", "SUCCESS"): 1}

    def test_of_too_many_jobs_are_counted_together(self, site: Site):
        """Whoever reports runs chooses the names of jobs."""
        site.store.client.hset(
            site.keys.tally, mapping={f"run SUCCESS job {n}": 1 for n in range(1000)}
        )
        site.tick(request("a"), request("b"))
        for run_id in "ab":
            site.start_run(run_id)
            site.finish_run(run_id)
        assert site.store.meter.tally(site.name).runs["", "SUCCESS"] == 2


class TestWaiting:
    def test_launches_are_in_the_parts_of_the_queue(self, site: Site):
        """To be sent, sent, and held back by a limit."""
        site.register(sensor(), limits=[ConcurrencyLimit(1)])
        site.tick(*map(request, "abc"))
        site.store.outbox.take_outbox(site.name, limit=1)
        assert waiting(site).launches == {"outbox": 2, "sent": 1, "parked": 0, "later": 0}
        site.store.outbox.take_outbox(site.name)
        assert waiting(site).launches == {"outbox": 0, "sent": 1, "parked": 2, "later": 0}

    def test_reactions_are_in_their_states(self, reacting: Reacting):
        """Held ones too, which are in no list of their own."""
        reacting.happened(*"abcde")
        running, failed, dead, held = reacting.take(limit=4)
        for ident in (running, failed, dead):
            reacting.begin(ident)
        reacting.fail(failed)
        reacting.fail(dead, final=True)
        reacting.site.switch(False)
        reacting.begin(held)
        assert waiting(reacting.site, "s").reactions == {
            "waiting": 1,
            "running": 1,
            "later": 1,
            "held": 1,
            "dead": 1,
        }

    def test_lag_is_that_of_the_sensor_that_is_due_for_longest(self, now: Site):
        """And ticks are where beat or a worker has them."""
        now.register(*map(sensor, ("s", "claimed", "running")))
        now.claim("claimed")
        now.begun("running")
        now.store.client.zadd(now.keys.due_slow, {"s": now.now - 90 * SECOND})
        found = waiting(now)
        assert found.ticks == {"due": 1, "claimed": 1, "running": 1}
        assert 90 * SECOND <= found.lag_ms < 120 * SECOND

    def test_oldest_launch_is_found_whatever_its_priority(self, now: Site):
        """The outbox has the urgent ones first, however young they are."""
        high, low = '{"dagster/priority":"7"}', '{"dagster/priority":"-3"}'
        now.now -= 60 * SECOND
        now.tick(request("old", tags=low))
        now.now += 60 * SECOND
        now.poke()
        now.tick(request("young", tags=high), request("usual"))
        assert 60 * SECOND <= waiting(now).oldest_outbox_ms < 90 * SECOND

    def test_oldest_that_was_sent(self, now: Site):
        """And was not taken up."""
        now.tick(request("r"))
        now.store.outbox.take_outbox(now.name, now_ms=now.now - 30 * SECOND)
        assert 30 * SECOND <= waiting(now).oldest_sent_ms < 60 * SECOND

    def test_nothing_waits_in_a_location_that_is_new(self, store_with, prefix: str):
        """All zeros, no error."""
        found = Site(store_with(), prefix, "new")
        assert not any(waiting(found).launches.values())
        assert (waiting(found).lag_ms, waiting(found).oldest_outbox_ms) == (0, 0)


def test_events_are_unread_since_the_oldest(reacting: Reacting):
    """Of several streams, the one that is furthest behind counts."""
    meter, now = reacting.site.store.meter, reacting.site.store.now_ms()
    read = reacting.happen(at=now - 90 * SECOND)
    assert meter.unread_ms({UPSTREAM: read, "silent": ""}) == 0
    reacting.happen(at=now - 60 * SECOND)
    assert 60 * SECOND <= meter.unread_ms({UPSTREAM: read, "silent": ""}) < 80 * SECOND
    assert meter.unread_ms({UPSTREAM: ""}) >= 90 * SECOND


def test_refused_reports_are_counted(site: Site):
    """From the first one on."""
    assert site.store.meter.refused() == 0
    site.store.external.keep_refused("{", "no JSON")
    assert site.store.meter.refused() == 1
