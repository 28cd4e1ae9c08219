"""What is known of the kept ticks of a sensor that somebody looks at."""

from sensors_app.web.history import TickHistory, TickMark, durations, failing_since
from sensors_app.web.results import FAILED, REQUESTED, SKIPPED
from tests.conftest import StoreWith
from tests.support.site import Site, request


def mark(result: str, at: int = 0, took: int = 0) -> TickMark:
    return TickMark(str(at), result, at, took)


def test_marks_are_newest_first_and_grow_with_the_ticks(site: Site):
    """A second look has what came since the first."""
    history = TickHistory(site.store)
    assert history.marks("loc", "s") == []
    site.tick()
    site.now += 1000
    assert [each.result for each in history.marks("loc", "s")] == [SKIPPED]
    site.tick(request("r1"))
    assert [each.result for each in history.marks("loc", "s")] == [REQUESTED, SKIPPED]


def test_marks_of_many_ticks_are_read_in_parts(site: Site):
    """A sensor with more ticks than are read at once has a mark for each."""
    for number in range(205):
        site.tick(cursor=str(number))
        site.now += 1000
    marks = TickHistory(site.store).marks("loc", "s")
    assert len({each.tick_id for each in marks}) == 205


def test_a_tick_that_is_not_kept_any_more_has_no_mark(site: Site, store_with: StoreWith):
    """What the store has dropped is not shown."""
    few = site.through(store_with(tick_max_count=100))
    history = TickHistory(site.store)
    for number in range(90):
        few.tick(cursor=str(number))
        few.now += 1000
    first = history.marks("loc", "s")[-1].tick_id
    for number in range(300):
        few.tick(cursor=str(number + 90))
        few.now += 1000
    marks = history.marks("loc", "s")
    kept = few.store.ticks.ticks("loc", "s", limit=1000)
    assert first not in {each.tick_id for each in marks}
    assert [each.tick_id for each in marks] == [each.tick_id for each in kept]


def test_a_mark_is_replaced_by_the_one_that_stands_for_it_too(site: Site):
    """Of ticks that are kept as one there is one mark, whenever somebody looks."""
    history = TickHistory(site.store)
    site.tick(request("r1"))
    for times in range(1, 6):
        site.now += 1000
        site.tick()
        if times != 4:
            last, *before = history.marks("loc", "s")
            assert (last.times, last.started_at) == (times, site.now)
            assert last.since == site.now - 1000 * (times - 1)
            assert [each.result for each in before] == [REQUESTED]
    site.now += 1000
    site.fail(site.begun())
    assert [(each.result, each.times) for each in history.marks("loc", "s")] == [
        (FAILED, 1),
        (SKIPPED, 5),
        (REQUESTED, 1),
    ]


def test_how_many_of_those_kept_as_one_began_in_a_time():
    """All, none, or so many as its part of the time from the first to the last."""
    row = TickMark("2000", SKIPPED, 2000, 1, times=101, first_at=1000)
    assert row.times_in(0, 3000) == 101
    assert (row.times_in(0, 1000), row.times_in(2001, 3000)) == (0, 0)
    assert row.times_in(1500, 3000) == row.times_in(0, 1500) == 50
    assert [mark(SKIPPED, 5).times_in(*span) for span in ((0, 5), (5, 6))] == [0, 1]


def test_a_mark_tells_whether_the_cursor_moved(site: Site):
    """The history of a cursor leaves out the ticks that left it alone."""
    site.tick(cursor="a")
    site.now += 1000
    site.tick(cursor="a")
    assert [each.moved for each in TickHistory(site.store).marks("loc", "s")] == [False, True]


def test_a_failure_tells_the_last_line_of_its_error(site: Site):
    """The line that Python prints last."""
    site.fail(site.begun())
    assert TickHistory(site.store).marks("loc", "s")[0].why == "ValueError: boom"


def test_it_fails_since_the_first_of_the_last_failures():
    """A failure before the last success does not count."""
    marks = [mark(FAILED, 9), mark(FAILED, 8), mark(SKIPPED, 7), mark(FAILED, 6)]
    assert failing_since(marks) == 8
    assert failing_since(marks[2:]) is None


def test_mean_and_95th_percentile_of_durations():
    """One slow tick of 100 moves the mean, not the percentile."""
    found = durations([mark(SKIPPED, took=10)] * 99 + [mark(SKIPPED, took=1010)])
    assert (found.count, found.mean, found.p95) == (100, 20, 10)
    assert durations([]).mean is None


def test_ticks_kept_as_one_count_as_many_as_they_are():
    """Else a run now and then would be half of all."""
    row = TickMark("5", SKIPPED, 5, 10, times=99, first_at=1)
    found = durations([mark(REQUESTED, took=1010), row])
    assert (found.count, found.mean, found.p95) == (100, 20, 10)
