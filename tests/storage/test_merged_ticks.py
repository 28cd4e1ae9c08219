"""Ticks in a row that skipped and say the same are kept as one, which tells how many they are."""

from sensors_app.model.ticks import LogLine, TickResult, TickStatus
from tests.support.site import HOLDER, Site, request


def skip(site: Site, reason: str | None = "Nothing.", cursor: str | None = None) -> str:
    """Have the sensor skip, a second later; return the tick's id."""
    site.now += 1000
    claim = site.begun()
    site.commit(claim, skip_reason=reason, cursor=cursor)
    return str(claim.token)


def kept(site: Site) -> list[tuple[str, int, str | None]]:
    """Return id, number and first id of each entry, oldest first."""
    ticks = site.store.ticks.ticks(site.name, "s")
    return [(tick.tick_id, tick.times, tick.first_id) for tick in reversed(ticks)]


def test_the_last_one_stands_for_all(site: Site):
    """With its own times, and the id of the first."""
    first, _, last = skip(site), skip(site), skip(site)
    assert kept(site) == [(last, 3, first)]
    assert site.store.ticks.ticks(site.name, "s")[0].started_at == site.now


def test_another_reason_begins_anew(site: Site):
    """So does each thing that differs."""
    one, two = skip(site), skip(site, "Something else.")
    assert kept(site) == [(one, 1, None), (two, 1, None)]


def test_one_that_moves_the_cursor_is_kept_for_itself(site: Site):
    """Those after it, which leave it where it is, are again alike."""
    one, two = skip(site), skip(site, cursor="5")
    three, four = skip(site, cursor="5"), skip(site, cursor="5")
    assert kept(site) == [(one, 1, None), (two, 1, None), (four, 2, three)]


def test_one_that_logged_is_kept_for_itself(site: Site):
    """Its lines are worth having."""
    first = skip(site)
    claim = site.begun()
    result = TickResult(skip_reason="Nothing.", logs=[LogLine(1.0, 20, "hello")])
    site.store.ticks.finish_ticks(site.name, [(claim, result)], HOLDER, now_ms=site.now)
    last = skip(site)
    assert [each[0] for each in kept(site)] == [first, str(claim.token), last]


def test_a_run_a_failure_and_a_cursor_set_by_hand_end_the_row(site: Site):
    """What is between two skips stays between them."""
    one = skip(site)
    site.tick(request("r"))
    two = skip(site)
    site.fail(site.begun())
    three = skip(site)
    site.set_cursor("9")
    four = skip(site, cursor="9")
    ids = [each[0] for each in kept(site)]
    assert [each for each in ids if each in (one, two, three, four)] == [one, two, three, four]
    assert len(ids) == 6


def test_each_of_them_is_found_by_its_id(site: Site):
    """What is found is the one that stands for it."""
    first, second, last = skip(site), skip(site), skip(site)
    found = [site.store.ticks.tick(site.name, "s", each) for each in (first, second, last)]
    assert [tick.tick_id for tick in found if tick] == [last] * 3
    assert site.store.ticks.tick(site.name, "s", str(int(first) - 1)) is None
    assert site.store.ticks.tick(site.name, "s", str(int(last) + 1)) is None
    assert site.store.ticks.tick(site.name, "s", f"{second}-1") is None


def test_one_whose_reply_was_lost_may_ask_after_it_was_merged(site: Site):
    """Its commit answers as before, and changes nothing."""
    claim = site.begun()
    before = site.commit(claim, skip_reason="Nothing.")
    skip(site)
    contents = site.contents()
    assert site.commit(claim, skip_reason="Nothing.") == before
    assert not site.commit(claim, request("r")).accepted
    assert site.contents() == contents


def test_they_count_one_by_one(site: Site):
    """Merging is about the history alone."""
    for _ in range(4):
        skip(site)
    assert site.store.meter.tally(site.name).ticks.results[TickStatus.SKIPPED] == 4


def test_a_history_that_was_trimmed_begins_anew(site: Site):
    """Nothing is merged with what is not there."""
    skip(site)
    site.store.client.delete(site.keys.ticks("s"))
    last = skip(site)
    assert kept(site) == [(last, 1, None)]
