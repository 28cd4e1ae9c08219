"""The pause of a sensor that fails again and again, and the random part of others' pauses."""

import pytest

from sensors_app.model.sensors import SensorOptions
from tests.support.site import Site, sensor


@pytest.fixture
def site(site: Site, store_with) -> Site:
    """A location where the fourth failure in a row is the first that puts off the next tick."""
    return site.through(store_with(backoff_after=3))


def pauses(site: Site, times: int) -> list[float]:
    """Fail whenever the sensor is due; return the pauses between, in seconds."""
    found = []
    for _ in range(times):
        site.fail(site.begun())
        due = site.state().next_due
        assert due is not None
        found.append((due - site.now) / 1000)
        site.now = due
    return found


class TestBackOff:
    def test_the_first_failures_change_nothing(self, site: Site):
        """What failed once or twice is tried after its interval, as ever."""
        assert pauses(site, 3) == [30, 30, 30]

    def test_each_further_failure_doubles_the_pause_up_to_a_limit(self, site: Site):
        """So no outage delays a sensor by more than it lasted, or by five minutes."""
        assert pauses(site, 8)[3:] == [60, 120, 240, 300, 300]

    def test_a_success_ends_it(self, site: Site):
        """The next failure is the first again."""
        pauses(site, 6)
        site.tick()
        state = site.state()
        assert (state.failures, state.next_due) == (0, site.now + 30_000)
        assert pauses(site, 1) == [30]

    def test_an_interval_that_is_longer_is_kept(self, site: Site):
        """A pause never gets shorter."""
        site.register(sensor(interval_seconds=3600))
        assert pauses(site, 5) == [3600] * 5

    def test_it_can_be_turned_off(self, site: Site, store_with):
        """Without a longest pause there is no back-off."""
        assert pauses(site.through(store_with(backoff_after=3, backoff_max_ms=0)), 5) == [30] * 5

    def test_one_that_fails_without_end_has_a_due_time(self, site: Site):
        """However often it failed."""
        site.store.client.hset(site.keys.sensor("s"), "failures", 5000)
        assert pauses(site, 1) == [300]

    def test_claims_that_run_out_count(self, site: Site):
        """What kills its process is a failure like any other."""
        for _ in range(4):
            site.begun()
            site.now += 1_000_000
            site.expire_claims()
        assert site.state().next_due == site.now + 60_000

    def test_the_state_says_that_it_backs_off(self, site: Site):
        """From the failure that put the next tick off."""
        pauses(site, 3)
        assert not site.state().backing_off
        site.fail(site.begun())
        assert site.state().backing_off

    @pytest.mark.parametrize("mend", ["poke", "start", "cursor", "push"])
    def test_somebody_who_mends_it_has_it_tried_at_once(self, site: Site, mend: str):
        """Poked, started, with another cursor, or with an event: nobody waits for the pause."""
        for _ in range(5):
            site.fail(site.begun())
        if mend == "poke":
            site.poke()
        elif mend == "start":
            site.switch(True)
        elif mend == "cursor":
            site.set_cursor("other")
        else:
            site.store.inbox.push(site.name, "s", "{}", now_ms=site.now)
        assert site.state().next_due == site.now
        assert not site.state().backing_off

    def test_new_code_has_it_tried_after_its_interval(self, site: Site):
        """It may have been mended; a worker that starts with the same code changes nothing."""
        for _ in range(5):
            site.fail(site.begun())
        put_off = site.state().next_due
        site.register(sensor())
        assert site.state().next_due == put_off
        site.register(sensor(), version="2")
        assert site.state().next_due == site.now + 30_000

    def test_it_is_not_late_meanwhile(self, site: Site):
        """It is counted from when its next tick would have been due without the back-off."""
        for _ in range(6):
            site.fail(site.begun())
        tell_late = site.store.sensor_events.tell_late
        tell_late(site.name, [2], now_ms=site.now)
        due = site.state().next_due
        assert due is not None
        assert tell_late(site.name, [2], now_ms=due).told == 0
        assert tell_late(site.name, [2], now_ms=due + 30_000).told == 1


class TestJitter:
    def test_each_pause_has_a_random_part(self, site: Site):
        """Between the interval and that with all of the jitter."""
        site.register(sensor(options=SensorOptions(jitter_seconds=10)))
        found = set()
        for _ in range(50):
            site.tick()
            due = site.state().next_due
            assert due is not None
            found.add(due - site.now)
            site.now = due
        assert min(found) >= 30_000
        assert max(found) <= 40_000
        assert len(found) > 40
        assert max(found) - min(found) > 5000

    def test_sensors_differ(self, site: Site):
        """Those that ended together are not due together."""
        names = [f"s{i}" for i in range(20)]
        options = SensorOptions(jitter_seconds=10)
        site.register(*(sensor(name, options=options) for name in names))
        for name in names:
            site.tick(name=name)
        assert len({site.state(name).next_due for name in names}) > 15

    def test_a_restart_leaves_it_as_it_is(self, site: Site):
        """A worker that registers the same again brings nothing forward."""
        definition = sensor(options=SensorOptions(jitter_seconds=10))
        site.register(definition)
        site.tick()
        due = site.state().next_due
        site.register(definition)
        assert site.state().next_due == due
