"""tell_late: sensors that have had no tick for too long are told of, once."""

import pytest

from sensors_app.model.sensors import SensorOptions
from sensors_app.model.ticks import TickResult
from sensors_app.model.watched_sensors import SENSOR_LATE
from sensors_app.storage.base import StoreLimits
from tests.support.reacting import fed
from tests.support.site import HOLDER, START, Site, request, sensor

INTERVAL = 30_000


def look(site: Site, *intervals: int, limit: int = 100) -> int:
    """Look for late sensors; return how many were told of."""
    return site.store.sensor_events.tell_late(
        site.name, intervals or (3,), limit=limit, now_ms=site.now
    ).told


def told(site: Site) -> list[tuple[str, str]]:
    """Return which sensors were told of, and for how many intervals."""
    events = site.store.events.events(site.name)
    late = [event.fields for event in events if event.kind == SENSOR_LATE]
    return [(fields["sensor"], fields["intervals"]) for fields in late]


@pytest.fixture(autouse=True)
def asked(site: Site) -> None:
    """Somebody has asked from the beginning on."""
    look(site)


def test_a_sensor_without_a_tick_for_so_long_is_late(site: Site):
    """From the moment on at which so many intervals are over."""
    site.now += 3 * INTERVAL - 1
    assert look(site) == 0
    site.now += 1
    assert look(site) == 1
    (event,) = site.store.events.events(site.name)
    assert (event.kind, event.at, event.run_id) == (SENSOR_LATE, site.now, None)
    assert event.fields["since"] == str(START)
    assert event.fields["message"] == "It has had no tick for 3 intervals of 30 s."


def test_it_is_told_once(site: Site):
    """However many listeners look, and however long it goes on."""
    site.now += 3 * INTERVAL
    assert [look(site), look(site)] == [1, 0]
    site.now += 50 * INTERVAL
    assert look(site) == 0


def test_counts_from_the_end_of_the_last_tick(site: Site):
    """Also of one that failed."""
    site.now += 2 * INTERVAL
    site.fail(site.begun())
    site.now += 3 * INTERVAL - 1
    assert look(site) == 0
    site.now += 1
    assert look(site) == 1


def test_the_next_tick_has_it_told_anew(site: Site):
    """Each lateness is told by itself."""
    site.now += 3 * INTERVAL
    look(site)
    site.tick()
    site.now += 3 * INTERVAL - 1
    assert look(site) == 0
    site.now += 1
    assert look(site) == 1


def test_each_number_of_intervals_is_told_by_itself(site: Site):
    """At its own time."""
    for _ in range(6):
        site.now += INTERVAL
        look(site, 5, 2, 3)
    assert told(site) == [("s", "2"), ("s", "3"), ("s", "5")]


def test_a_tick_between_the_numbers_counts_for_all(site: Site):
    """A look planned for the larger one comes in time for the smaller."""
    look(site, 2, 10)
    site.now += 2 * INTERVAL
    assert look(site, 2, 10) == 1
    site.tick()
    site.now += 2 * INTERVAL
    assert look(site, 2, 10) == 1
    assert told(site) == [("s", "2"), ("s", "2")]


def test_a_sensor_that_is_off_is_not_late(site: Site):
    """However long it is."""
    site.switch(False)
    for _ in range(5):
        site.now += 2 * INTERVAL
        assert look(site) == 0


def test_a_sensor_has_its_intervals_from_its_start_on(site: Site):
    """What passed before it was started does not count."""
    site.now += 2 * INTERVAL
    site.switch(False)
    site.now += INTERVAL
    site.switch(True)
    assert look(site) == 0
    site.now += 3 * INTERVAL - 1
    assert look(site) == 0
    site.now += 1
    assert look(site) == 1


def test_one_that_is_called_for_events_is_not_late(site: Site):
    """It has no interval; nor has one that is gone from the code."""
    site.register(sensor("s"), fed("e"))
    site.register(fed("s"))
    look(site)
    site.now += 10 * INTERVAL
    assert look(site) == 0


def test_one_that_comes_back_has_its_intervals(site: Site):
    """Its last tick was long ago, and that is not its fault."""
    site.tick()
    site.register()
    look(site)
    site.now += 100 * INTERVAL
    site.register(sensor())
    assert look(site) == 0
    site.now += 3 * INTERVAL
    assert look(site) == 1


def test_a_changed_interval_counts_from_the_change(site: Site):
    """An hourly sensor that is to run each 10 s from now on is not late at once."""
    site.register(sensor(interval_seconds=3600))
    look(site)
    site.now += 3_000_000
    site.register(sensor(interval_seconds=10))
    assert look(site) == 0
    site.now += 30_000
    assert look(site) == 1


def test_workers_that_start_put_nothing_off(site: Site):
    """Each registers again; one that dies again and again must not keep the alarm away."""
    for _ in range(3):
        site.now += INTERVAL
        site.register(sensor())
        look(site)
    assert told(site) == [("s", "3")]


def test_counts_from_when_somebody_first_asked(site: Site):
    """A new watcher hears of what goes on being late, not of the past at once."""
    site.register(sensor(), sensor("new"))
    site.now += 100 * INTERVAL
    look(site)
    assert told(site) == [("s", "3")]
    site.now += 3 * INTERVAL
    look(site)
    assert told(site) == [("s", "3"), ("new", "3")]


def test_a_tick_under_way_has_its_time(site: Site):
    """A sensor may take longer than its intervals; it is late when its claim is over."""
    site.register(sensor(interval_seconds=1))
    look(site)
    site.begun()
    site.now += 60_000 + StoreLimits().tick_grace_ms - 1
    assert look(site) == 0
    site.now += 1
    assert look(site) == 1


def test_a_large_tick_has_its_time_too(site: Site):
    """As long as its runs are being created, the sensor is at work."""
    claim, large = site.begun(), site.store.large_ticks
    result = TickResult([request("r")])
    assert large.stage_requests(site.name, claim, result.runs, HOLDER) == 1
    assert large.commit_staged(site.name, claim, result, 1, HOLDER, now_ms=site.now) is None
    site.now += 100 * INTERVAL
    assert look(site) == 0


def test_a_held_tick_makes_late(site: Site):
    """Nothing goes on until somebody decides, so those who want to know of standstill are told."""
    site.register(sensor(options=SensorOptions(max_requests_per_tick=1)))
    assert site.tick(request("r1"), request("r2")).held
    site.now += 3 * INTERVAL
    assert look(site) == 1


def test_a_claim_that_nobody_begins_is_no_tick(site: Site):
    """There may be no worker."""
    site.claim()
    site.now += 3 * INTERVAL
    assert look(site) == 1


def test_an_interval_below_a_second_counts_as_one(site: Site):
    """Beat and broker take their time too."""
    site.register(sensor(interval_seconds=0.01))
    look(site)
    site.now += 2999
    assert look(site) == 0
    site.now += 1
    assert look(site) == 1


def test_a_call_looks_at_a_part(site: Site):
    """And says whether more is to be done."""
    site.register(*map(sensor, ("s", "t", "u", "v", "w")))
    look(site)
    site.now += 3 * INTERVAL
    found = [
        site.store.sensor_events.tell_late(site.name, [3], limit=2, now_ms=site.now)
        for _ in range(3)
    ]
    assert [(each.told, each.more) for each in found] == [(2, True), (2, True), (1, False)]


def test_a_location_that_nobody_has_registered(site: Site):
    """Runs of other systems have one."""
    assert site.store.sensor_events.tell_late("elsewhere", [3], now_ms=site.now).told == 0


def test_however_many_there_are_all_are_looked_at(site: Site):
    """A call takes up some of them, and says that there are more."""
    names = {f"s{n}" for n in range(5000)}
    site.register(*map(sensor, names))
    site.store.client.delete(site.keys.looks)
    calls, more = 0, True
    while more:
        more = site.store.sensor_events.tell_late(site.name, (3,), now_ms=site.now).more
        calls += 1
    assert set(site.store.client.zrange(site.keys.looks, 0, -1)) == names
    assert calls >= 10
    assert not site.store.client.hexists(site.keys.location, "seeding")
