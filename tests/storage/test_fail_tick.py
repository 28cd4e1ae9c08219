"""fail_tick: an evaluation failed; its error is kept, and nothing else of it."""

from sensors_app.model.ticks import TickFailure, TickResult, TickStatus
from sensors_app.storage.commits import Commit
from tests.support.site import BOOM, HOLDER, LOST, OTHER_HOLDER, START, Site, request, sensor


def test_the_error_is_kept_and_the_cursor_stays(site: Site):
    """A failed tick changes no cursor and makes no run."""
    site.tick(cursor="c")
    claim = site.begun()
    assert site.fail(claim) == Commit(accepted=True)
    tick = site.store.ticks.ticks(site.name, "s")[0]
    assert (tick.status, tick.error, tick.worker) == (TickStatus.FAILURE, BOOM, HOLDER)
    assert (tick.cursor_before, tick.cursor_after) == ("c", "c")
    assert site.state().cursor == "c"


def test_failures_in_a_row_are_counted(site: Site):
    """Each failure adds one."""
    for _ in range(3):
        site.fail(site.begun())
    assert site.state().failures == 3


def test_is_due_again_an_interval_after_the_end(site: Site):
    """A failure does not put the next tick off or forward."""
    claim = site.begun()
    site.now += 10_000
    site.fail(claim)
    assert site.state().next_due == START + 10_000 + 30_000


def test_a_claim_never_begun_may_be_failed_by_anybody(site: Site):
    """Its process died on the way; the tick is as long as a moment."""
    claim = site.claim()
    site.now += 500
    assert site.fail(claim, holder=OTHER_HOLDER).accepted
    (tick,) = site.store.ticks.ticks(site.name, "s")
    assert (tick.started_at, tick.ended_at) == (START + 500, START + 500)
    assert site.places() == {"due"}


def test_a_tick_under_way_is_failed_by_its_holder_alone(site: Site):
    """Whoever executes a copy of the message cannot fail the tick for the other."""
    claim = site.begun()
    before = site.contents()
    assert not site.fail(claim, holder=OTHER_HOLDER).accepted
    assert site.contents() == before


def test_repeated_it_changes_nothing(site: Site):
    """One failure is counted, and one tick kept."""
    claim = site.begun()
    site.fail(claim)
    before = site.contents()
    assert site.fail(claim).accepted
    assert site.contents() == before


def test_a_claim_failed_unbegun_may_be_failed_again(site: Site):
    """The answer to the repeat is the first one."""
    claim = site.claim()
    site.fail(claim)
    before = site.contents()
    assert site.fail(claim).accepted
    assert site.contents() == before


def test_a_committed_tick_does_not_fail_any_more(site: Site):
    """A process that dies after its commit leaves a good tick behind."""
    claim = site.begun()
    site.commit(claim, request("r"), cursor="c")
    before = site.contents()
    assert not site.fail(claim, LOST).accepted
    assert site.contents() == before


def test_a_claim_that_was_lost_is_not_failed(site: Site):
    """After another's claim has come, the old token is nothing."""
    old = site.begun()
    site.set_cursor("x")
    new = site.begun(holder=OTHER_HOLDER)
    before = site.contents()
    assert not site.fail(old).accepted
    assert site.contents() == before
    assert site.commit(new, holder=OTHER_HOLDER).accepted


def test_outcomes_of_several_ticks_travel_together(site: Site):
    """Each is judged by itself, and the answers keep their order."""
    site.register(sensor("a"), sensor("b"), sensor("c"))
    a, b, c = site.begun("a"), site.claim("b"), site.begun("c")
    outcomes = [(a, TickFailure(BOOM)), (b, TickResult()), (c, TickResult([request("r")]))]
    answers = site.store.ticks.finish_ticks(site.name, outcomes, HOLDER, now_ms=site.now)
    assert answers == [Commit(True), Commit(False), Commit(True, 1, ["r"])]


def test_no_outcome_at_all(site: Site):
    """An empty batch is answered without a call."""
    assert site.store.ticks.finish_ticks(site.name, [], HOLDER) == []
