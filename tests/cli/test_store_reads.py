"""Reads of the store that the command line needs."""

import time

from sensors_app.storage.store import Store
from tests.support.reacting import PAUSE_MS, Reacting, fed
from tests.support.site import Site, request, sensor


def test_one_sensor(store: Store, site: Site):
    """One sensor is read as it is among all of its location."""
    site.tick(cursor="1")
    assert store.sensors.sensor("loc", "s") == site.state()
    assert store.sensors.sensor("loc", "unknown") is None


def test_last_ticks(store: Store, site: Site):
    """The last tick of each sensor is read in one go; a sensor that has none is left out."""
    site.register(sensor(), sensor("t"), sensor("never"))
    site.tick()
    site.commit(site.begun(), skip_reason="last")
    site.tick(name="t")
    found = store.sensors.last_ticks("loc", ["s", "t", "never"])
    assert found == {
        "s": store.ticks.ticks("loc", "s", limit=1)[0],
        "t": store.ticks.ticks("loc", "t", limit=1)[0],
    }
    assert found["s"].skip_reason == "last"


def test_last_ticks_of_very_many(store: Store, site: Site):
    """More sensors than go into one reply are read in parts."""
    names = [f"n{i}" for i in range(1100)]
    site.register(*(sensor(name) for name in names))
    for name in (names[0], names[600], names[-1]):
        site.tick(name=name)
    assert set(store.sensors.last_ticks("loc", names)) == {names[0], names[600], names[-1]}
    assert store.sensors.last_ticks("loc", []) == {}


def test_the_latest_events(store: Store, site: Site):
    """Events are read newest first, a part at a time."""
    site.tick(request("r1"), request("r2"), request("r3"))
    found = store.events.latest("loc", limit=2)
    assert [event.run_id for event in found] == ["r3", "r2"]
    assert [event.run_id for event in store.events.latest("loc", before=found[-1].ident)] == ["r1"]


def test_a_log_read_on(store: Store, site: Site):
    """A run's log is read from where it was read to."""
    site.tick(request("r1"))
    run = store.runs.run("loc", "r1")
    assert run is not None
    before, last = store.runs.run_log_after("loc", run, "0-0")
    assert len(before) == 1
    assert store.runs.run_log_after("loc", run, last, wait_ms=1) == ([], last)
    site.start_run("r1")
    after, _ = store.runs.run_log_after("loc", run, last, wait_ms=1000)
    assert [*before, *after] == store.runs.run_log("loc", run)
    assert len(after) == 1


def test_what_waits_is_counted(store: Store, reacting: Reacting):
    """Reactions by state, for each sensor; dead letters newest first, of all or of one."""
    reacting.site.register(fed(), fed("t"))
    first = reacting.died()
    reacting.site.now += 1
    (second,) = [each.ident for each in reacting.of("t")]
    reacting.begin(second, name="t")
    reacting.fail(second, name="t", final=True)
    reacting.happened("r2")
    counts = store.overview.reaction_states("loc", ["s", "t", "none"])
    assert counts == {"s": {"dead": 1, "waiting": 1}, "t": {"dead": 1, "waiting": 1}, "none": {}}
    assert store.overview.dead_letters("loc") == [second, first]
    assert store.overview.dead_letters("loc", "s") == [first]
    assert store.overview.dead_letters("none") == []


def test_when_a_call_is_tried_again(store: Store, reacting: Reacting):
    """Only for those that wait for that."""
    ident = reacting.begun()
    assert store.overview.retries("loc", [ident]) == {}
    reacting.fail(ident)
    assert store.overview.retries("loc", [ident, "0"]) == {ident: reacting.site.now + PAUSE_MS}


def test_the_clock(store: Store):
    """The store's clock is that of its server."""
    assert abs(store.now_ms() - time.time() * 1000) < 5000
