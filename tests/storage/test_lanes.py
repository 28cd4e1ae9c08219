"""Which sensors are known to be quick, and in which lane they are claimed."""

import pytest

from sensors_app.model.ticks import TickFailure, TickResult, Timing
from tests.support.site import BOOM, HOLDER, Site, sensor

QUICK_MS, SLOW_MS = 1.5, 30.0


def finish(site: Site, took_ms: float = QUICK_MS, name: str = "s", *, fails: bool = False) -> None:
    """Have a sensor evaluated that takes so long."""
    timing = Timing(0.0, took_ms)
    outcome = TickFailure(BOOM, timing=timing) if fails else TickResult(timing=timing)
    claim = site.begun(name)
    site.store.ticks.finish_ticks(site.name, [(claim, outcome)], HOLDER, now_ms=site.now)


def is_quick(site: Site, name: str = "s") -> bool:
    """Claim what is due; tell whether the sensor is claimed as a quick one."""
    site.poke(name)
    (claim,) = [each for each in site.claim_due().claims if each.sensor == name]
    site.begin(claim)
    site.store.ticks.return_ticks(site.name, [claim], HOLDER)
    return claim.quick


def test_a_new_sensor_is_not_known_to_be_quick(site: Site):
    """Nobody knows what it will do."""
    assert not is_quick(site)


def test_one_that_was_evaluated_quickly_is(site: Site):
    """From its next claim on, which says how long it takes."""
    finish(site)
    site.poke()
    (claim,) = site.claim_due().claims
    assert (claim.quick, claim.took_ms) == (True, QUICK_MS)


def test_one_that_turns_slow_is_found_out_by_its_first_such_tick(site: Site):
    """However often it was quick before."""
    for _ in range(5):
        finish(site)
    finish(site, 200.0)
    assert not is_quick(site)


def test_one_that_took_somewhat_longer_once_is_quick_all_the_same(site: Site):
    """The machine may have been busy; if it goes on, the average says so."""
    finish(site)
    finish(site, SLOW_MS)
    assert is_quick(site)
    for _ in range(5):
        finish(site, SLOW_MS)
    assert not is_quick(site)


def test_quick_ticks_make_up_for_a_slow_one_by_and_by(site: Site):
    """One that is slow now and then is not trusted at once."""
    finish(site, SLOW_MS)
    finish(site)
    assert not is_quick(site)
    finish(site)
    finish(site)
    assert is_quick(site)


def test_a_failure_has_it_prove_itself_again(site: Site):
    """What failed may be about to do worse."""
    finish(site)
    finish(site, fails=True)
    assert not is_quick(site)
    finish(site)
    assert is_quick(site)


def test_without_a_timing_the_store_takes_its_own(site: Site):
    """From when the tick was begun until it is kept."""
    claim = site.begun()
    site.now += 25
    site.commit(claim)
    assert not is_quick(site)


@pytest.mark.parametrize("quick_ms", [0, 2])
def test_what_is_quick_is_a_setting(site: Site, store_with, quick_ms: int):
    """With 0 there are no quick sensors."""
    other = site.through(store_with(quick_ms=quick_ms))
    finish(other)
    assert is_quick(other) is (quick_ms > 0)


def test_each_lane_has_a_window_of_its_own(site: Site):
    """Slow sensors that wait keep no quick one from being claimed."""
    site.register(*map(sensor, ("slow", "slower", "quick")))
    finish(site, name="quick")
    for name in ("slow", "slower", "quick"):
        site.poke(name)
    ticks = site.store.ticks
    taken = ticks.claim_due(site.name, limit=9, window=1, slow_window=1, now_ms=site.now).claims
    assert [claim.sensor for claim in taken] == ["quick", "slow"]
    taken = ticks.claim_due(site.name, limit=9, window=0, slow_window=9, now_ms=site.now).claims
    assert [claim.sensor for claim in taken] == ["slower"]


def test_the_next_due_time_is_that_of_either_lane(site: Site):
    """Beat sleeps until then."""
    site.register(sensor("late", interval_seconds=50), sensor("early", interval_seconds=20))
    finish(site, name="late")
    finish(site, SLOW_MS, name="early")
    assert site.claim_due().next_due == site.now + 20_000


def test_a_claim_out_of_turn_leaves_its_lane(site: Site):
    """It is in one place at a time."""
    finish(site)
    site.poke()
    site.claim()
    assert site.places() == {"claimed"}
    assert site.store.client.zscore(site.keys.claimed, "s") is not None


def test_when_it_started_and_ended_is_told_by_the_process(site: Site):
    """A tick that waited for others in its message did not take so long itself."""
    claim = site.begun()
    begun = site.now
    site.now += 90
    result = TickResult(timing=Timing(40.2, 12.5))
    site.store.ticks.finish_ticks(site.name, [(claim, result)], HOLDER, now_ms=site.now)
    (tick,) = site.store.ticks.ticks(site.name, "s")
    assert (tick.started_at, tick.ended_at) == (begun + 40, begun + 53)
