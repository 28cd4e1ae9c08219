"""What lets calls for events share a message, and what becomes of those that were not made."""

import pytest

from sensors_app.model.ticks import TickStatus, Timing
from tests.support.reacting import UPSTREAM, Reacting, fed
from tests.support.site import HOLDER, Site


@pytest.fixture
def reacting(site: Site) -> Reacting:
    """A sensor of the site that may be called twice for each event."""
    site.register(fed(retry_delays_ms=(1000,)))
    Site(site.store, site.prefix, UPSTREAM).register()
    return Reacting(site)


def sent(reacting: Reacting, *run_ids: str) -> list[str]:
    """Let runs succeed, and send the calls for that; return the reactions."""
    idents = reacting.happened(*run_ids)
    reacting.take()
    return idents


def together(reacting: Reacting, *run_ids: str) -> list[str]:
    """Begin the calls for runs as those of one message; return the reactions."""
    idents = sent(reacting, *run_ids)
    assert len(reacting.begin_together(*(("s", ident) for ident in idents))) == len(idents)
    return idents


def is_quick(reacting: Reacting) -> bool:
    """Tell whether the calls that wait may share a message."""
    (quick,) = {message.quick for message in reacting.messages()}
    return quick


class TestASensorIsQuick:
    def test_if_its_last_calls_took_little_time(self, reacting: Reacting):
        """As their process measured it; what is new goes alone."""
        reacting.happened("a")
        assert not is_quick(reacting)
        (ident,) = [each.ident for each in reacting.of()]
        reacting.begin(ident)
        reacting.commit(ident, timing=Timing(0, 2.5))
        reacting.happened("b")
        assert is_quick(reacting)

    def test_not_after_one_that_failed(self, reacting: Reacting):
        """The next may do the same, and not as soon."""
        reacting.commit(reacting.begun("a"), timing=Timing(0, 2.5))
        reacting.fail(reacting.begun("b"), final=True)
        reacting.happen("c")
        reacting.listen()
        assert not is_quick(reacting)


class TestAProcessIsGone:
    def test_what_was_alone_has_failed(self, reacting: Reacting):
        """It is tried again as its sensor has it."""
        ident = reacting.begun("a")
        reacting.lose(("s", ident))
        assert reacting.places(ident) == {"react_later"}

    def test_what_was_in_company_is_sent_again_alone(self, reacting: Reacting):
        """At once, and without having used an attempt up: another one may be to blame."""
        reacting.commit(reacting.begun("quick"), timing=Timing(0, 1))
        idents = together(reacting, "a", "b")
        reacting.lose(*(("s", ident) for ident in idents))
        assert not is_quick(reacting)
        start = reacting.begin(idents[0])
        assert start is not None
        assert start.attempt == 1
        reacting.lose(("s", idents[0]))
        assert reacting.places(idents[0]) == {"react_later"}

    def test_what_was_ended_before_stays_so(self, reacting: Reacting):
        """The report names all of the message."""
        done, other = together(reacting, "a", "b")
        assert reacting.commit(done).accepted
        reacting.lose(("s", done), ("s", other))
        assert [each.ident for each in reacting.of()] == [other]

    def test_with_all_of_its_worker_it_is_the_same(self, reacting: Reacting):
        """Whoever notices that the worker is gone."""
        idents = together(reacting, "a", "b")
        worker = HOLDER.split("/", 1)[1].rpartition("/")[0]
        assert reacting.expire(worker) == []
        assert sorted(reacting.take()) == sorted(idents)


class TestReturned:
    def test_what_was_not_called_is_sent_again_at_once(self, reacting: Reacting):
        """What was called meanwhile is not, nor what is another's."""
        first, second, third = together(reacting, "a", "b", "c")
        reacting.commit(first)
        assert reacting.give_back(first, second) == 1
        assert reacting.give_back(third, holder="other/node:1/2") == 0
        assert reacting.take() == [second]

    def test_what_goes_on_is_alone_from_then_on(self, reacting: Reacting):
        """If it takes its process down, that is its own doing; and its sensor is not quick."""
        reacting.commit(reacting.begun("quick"), timing=Timing(0, 1))
        slow, other = together(reacting, "a", "b")
        reacting.give_back(other, goes_on=slow)
        assert not is_quick(reacting)
        reacting.lose(("s", slow))
        assert reacting.places(slow) == {"react_later"}


def test_the_time_of_a_call_is_its_own(reacting: Reacting):
    """Not that of those that were called before it."""
    site = reacting.site
    _, second = together(reacting, "a", "b")
    begun = site.now
    site.now += 5000
    reacting.commit(second, timing=Timing(offset_ms=3000, took_ms=1500))
    (tick,) = site.store.ticks.ticks(site.name, "s")
    assert tick.status is TickStatus.SKIPPED
    assert (tick.started_at, tick.ended_at) == (begun + 3000, begun + 4500)
