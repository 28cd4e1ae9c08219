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
    for _ in range(205):
        site.tick()
        site.now += 1000
    marks = TickHistory(site.store).marks("loc", "s")
    assert len({each.tick_id for each in marks}) == 205


def test_a_tick_that_is_not_kept_any_more_has_no_mark(site: Site, store_with: StoreWith):
    """What the store has dropped is not shown."""
    few = site.through(store_with(tick_max_count=100))
    history = TickHistory(site.store)
    for _ in range(90):
        few.tick()
        few.now += 1000
    first = history.marks("loc", "s")[-1].tick_id
    for _ in range(300):
        few.tick()
        few.now += 1000
    marks = history.marks("loc", "s")
    kept = few.store.ticks.ticks("loc", "s", limit=1000)
    assert first not in {each.tick_id for each in marks}
    assert [each.tick_id for each in marks] == [each.tick_id for each in kept]


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
