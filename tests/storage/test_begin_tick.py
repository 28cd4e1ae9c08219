"""begin_tick: from claimed to running, for one holder."""

from dataclasses import replace

from tests.support.site import HOLDER, OTHER_HOLDER, START, Site, sensor


def test_the_sensor_is_running(site: Site):
    """It moves from claimed to running."""
    site.begun()
    assert site.places() == {"running"}
    assert site.state().activity == "running"


def test_another_holder_is_refused(site: Site):
    """A copy of the message finds the tick taken."""
    claim = site.begun(holder=HOLDER)
    assert site.begin(claim, OTHER_HOLDER) is None


def test_the_same_holder_gets_the_same_answer(site: Site):
    """Whoever lost the reply may ask again; the time limit does not start anew."""
    site.tick(cursor="c")
    site.now += 30_000
    claim = site.claim()
    first = site.begin(claim)
    expiry = site.store.client.zscore(site.keys.running, "s")
    site.now += 500
    assert site.begin(claim) == first
    assert site.store.client.zscore(site.keys.running, "s") == expiry


def test_a_token_that_is_not_current_is_refused(site: Site):
    """Neither an older nor an invented token begins anything."""
    claim = site.claim()
    for token in (claim.token - 1, claim.token + 1):
        assert site.begin(replace(claim, token=token)) is None
    assert site.places() == {"claimed"}


def test_a_finished_tick_does_not_begin_again(site: Site):
    """A late copy of the message changes nothing."""
    claim = site.begun()
    site.commit(claim)
    assert site.begin(claim) is None
    assert site.places() == {"due"}


def test_the_first_tick_knows_nothing_of_the_past(site: Site):
    """There is no cursor, no run key, no tick before; the sensor is on since it was registered."""
    start = site.begin(site.claim())
    assert start is not None
    assert (start.cursor, start.last_run_key, start.last_tick_completion_time) == (None,) * 3
    assert start.last_sensor_start_time == START / 1000


def test_absent_and_empty_cursors_differ(site: Site):
    """A cursor of no characters is a cursor."""
    site.tick(cursor="")
    start = site.begin(site.claim())
    assert start is not None
    assert start.cursor == ""


def test_is_told_when_the_tick_before_ended(site: Site):
    """The time is the end of the previous tick, in seconds."""
    claim = site.begun()
    site.now += 1500
    site.commit(claim)
    start = site.begin(site.claim())
    assert start is not None
    assert start.last_tick_completion_time == (START + 1500) / 1000


def test_several_begin_in_one_round_trip(site: Site):
    """Each claim is judged by itself, and the answers keep their order."""
    site.register(sensor("a"), sensor("b"))
    a, b = site.claim("a"), site.claim("b")
    stale = replace(a, token=a.token - 1)
    starts = site.store.ticks.begin_ticks(site.name, [stale, b, a], HOLDER, now_ms=site.now)
    assert [start and start.claim for start in starts] == [None, b, a]


def test_nothing_to_begin(site: Site):
    """An empty batch is answered without a call."""
    assert site.store.ticks.begin_ticks(site.name, [], HOLDER) == []
