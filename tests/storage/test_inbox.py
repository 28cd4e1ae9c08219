"""push_event: what others send a sensor waits until a tick that saw it commits."""

import json
from collections.abc import Sequence

import pytest

from sensors_app.model.ticks import Claim
from sensors_app.storage.inbox import (
    BURST_MS,
    REMEMBERED_MS,
    SEEN_BYTES,
    SEEN_EVENTS,
    Pushed,
    PushVerdict,
)
from tests.support.reacting import fed
from tests.support.site import HOLDER, LOST, OTHER_HOLDER, START, Site, request, sensor


def push(site: Site, payload: object, **options: object) -> Pushed:
    return site.store.inbox.push(site.name, "s", json.dumps(payload), now_ms=site.now, **options)


def waiting(site: Site) -> list[object]:
    return [event.payload for event in site.store.inbox.waiting(site.name, "s")]


def begun(site: Site, holder: str = HOLDER) -> tuple[Claim, Sequence[object]]:
    """Begin a tick; return its claim and what it sees."""
    claim = site.claim()
    start = site.begin(claim, holder)
    assert start is not None
    return claim, [event.payload for event in start.events]


class TestATick:
    def test_sees_what_was_pushed_in_order(self, site: Site):
        """Each with its id and the time at which it came."""
        answers = [push(site, {"n": n}) for n in range(3)]
        start = site.begin(site.claim())
        assert start is not None
        assert [event.payload for event in start.events] == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert [event.id for event in start.events] == [answer.ident for answer in answers]
        assert {event.received_at for event in start.events} == {START / 1000}

    def test_takes_what_it_saw_when_it_commits(self, site: Site):
        """And nothing that came meanwhile."""
        push(site, "first")
        claim, _ = begun(site)
        push(site, "second")
        assert waiting(site) == ["first", "second"]
        site.commit(claim)
        assert waiting(site) == ["second"]

    def test_leaves_it_when_it_fails(self, site: Site):
        """The next one sees it again, with what came since, under the same id."""
        first = push(site, "first")
        site.fail(begun(site)[0])
        push(site, "second")
        start = site.begin(site.claim())
        assert start is not None
        assert [event.payload for event in start.events] == ["first", "second"]
        assert start.events[0].id == first.ident

    def test_leaves_it_when_its_worker_dies(self, site: Site):
        """As if it had never begun."""
        push(site, "x")
        begun(site)
        site.expire_claims(["worker@host"])
        assert begun(site, OTHER_HOLDER)[1] == ["x"]

    def test_cannot_take_anything_without_its_claim(self, site: Site):
        """A late commit changes nothing."""
        push(site, "x")
        claim, _ = begun(site)
        site.set_cursor("c")
        assert not site.commit(claim).accepted
        assert waiting(site) == ["x"]

    def test_sees_the_same_if_it_asks_again(self, site: Site):
        """Who lost the reply gets no more than the first time: a commit takes just that."""
        push(site, "x")
        claim, _ = begun(site)
        push(site, "y")
        again = site.begin(claim)
        assert again is not None
        assert [event.payload for event in again.events] == ["x"]

    def test_that_began_before_there_was_any_takes_none(self, site: Site):
        """Also if the one before it saw some and failed."""
        push(site, "x")
        site.fail(begun(site)[0])
        site.commit(begun(site)[0])
        claim, seen = begun(site)
        assert seen == []
        push(site, "y")
        site.commit(claim)
        assert waiting(site) == ["y"]

    def test_a_repeated_commit_takes_nothing_more(self, site: Site):
        """It answers as the first did."""
        push(site, "x")
        claim, _ = begun(site)
        first = site.commit(claim, request("r"))
        push(site, "y")
        assert site.commit(claim, request("r")) == first
        assert waiting(site) == ["y"]

    def test_sees_a_number_of_them_and_the_next_one_follows_at_once(self, site: Site):
        """However many wait."""
        for n in range(SEEN_EVENTS + 1):
            push(site, n)
        claim, seen = begun(site)
        assert seen == list(range(SEEN_EVENTS))
        site.commit(claim)
        assert site.state().next_due == site.now
        assert begun(site)[1] == [SEEN_EVENTS]

    def test_sees_no_more_bytes_than_it_can_bear(self, site: Site):
        """But one at least."""
        for text in ("x" * SEEN_BYTES, "y"):
            push(site, text)
        claim, seen = begun(site)
        assert [len(str(each)) for each in seen] == [SEEN_BYTES]
        site.commit(claim)
        assert waiting(site) == ["y"]

    def test_a_dry_run_sees_them_too(self, site: Site):
        """And takes none."""
        push(site, "x")
        ident = site.store.outbox.request_preview(site.name, "s")
        start = site.store.outbox.begin_preview(site.name, ident or "")
        assert start is not None
        assert [event.payload for event in start.events] == ["x"]
        assert waiting(site) == ["x"]


class TestWaking:
    def test_the_sensor_is_due_at_once(self, site: Site):
        """However long its interval has still to go."""
        site.tick()
        assert site.state().next_due == START + 30_000
        answer = push(site, "x")
        assert site.state().next_due == START
        assert (answer.waiting, answer.running) == (1, True)

    def test_one_whose_tick_is_under_way_is_evaluated_again(self, site: Site):
        """As soon as that ends, whether well or not."""
        for end in (site.commit, site.fail):
            claim, _ = begun(site)
            push(site, "x")
            end(claim)
            assert site.state().next_due == site.now

    def test_one_that_is_off_gets_it_when_it_is_started(self, site: Site):
        """It is kept until then, and nothing is evaluated."""
        site.switch(False)
        answer = push(site, "x")
        assert (answer.verdict, answer.running) == (PushVerdict.OK, False)
        assert site.places() == set()
        site.switch(True)
        assert begun(site)[1] == ["x"]

    def test_one_that_is_stopped_meanwhile_stays_so(self, site: Site):
        """What waits does not have it evaluated."""
        for n in range(SEEN_EVENTS + 1):
            push(site, n)
        claim, _ = begun(site)
        site.switch(False)
        site.commit(claim)
        assert site.places() == set()


class TestRefusals:
    def test_who_is_not_there_or_is_called_for_events(self, site: Site):
        """Nothing is kept for them."""
        site.register(fed("s"), sensor("t"))
        assert push(site, "x").verdict is PushVerdict.UNKNOWN
        site.register(sensor("t"))
        assert push(site, "x").verdict is PushVerdict.UNKNOWN
        assert waiting(site) == []

    def test_a_repeat_of_the_sender_is_dropped_for_a_day(self, site: Site):
        """With the answer of the first; also once a tick has dealt with it."""
        first = push(site, "x", event_id="a")
        again = push(site, "x", event_id="a")
        assert (again.verdict, again.ident) == (PushVerdict.DUPLICATE, first.ident)
        assert waiting(site) == ["x"]
        site.commit(begun(site)[0])
        assert push(site, "x", event_id="a").verdict is PushVerdict.DUPLICATE
        (mark,) = site.store.client.scan_iter(f"{site.prefix}:*:pushed:*")
        assert REMEMBERED_MS - 60_000 < site.store.client.pttl(mark) <= REMEMBERED_MS

    def test_without_an_id_nothing_is_a_repeat(self, site: Site):
        """The same payload may mean another event."""
        push(site, "x")
        push(site, "x")
        assert waiting(site) == ["x", "x"]

    def test_no_more_than_a_number_wait(self, site: Site):
        """What is refused may be sent again: its id is not taken."""
        assert push(site, 1, max_waiting=1).verdict is PushVerdict.OK
        refused = push(site, 2, max_waiting=1, event_id="b")
        assert (refused.verdict, refused.waiting) == (PushVerdict.FULL, 1)
        site.commit(begun(site)[0])
        assert push(site, 2, max_waiting=1, event_id="b").verdict is PushVerdict.OK

    @pytest.mark.parametrize("per_second", [1, 2.5])
    def test_no_more_than_a_rate(self, site: Site, per_second: float):
        """A burst is taken as long as the rate holds over ten seconds, then one waits its turn."""
        burst = round(BURST_MS / 1000 * per_second) + 1
        answers = [push(site, n, per_second=per_second) for n in range(burst + 1)]
        assert {answer.verdict for answer in answers[:-1]} == {PushVerdict.OK}
        assert answers[-1].verdict is PushVerdict.BUSY
        assert answers[-1].wait_ms == 1000 / per_second
        site.now += answers[-1].wait_ms
        assert push(site, "late", per_second=per_second).verdict is PushVerdict.OK


def test_the_worker_that_is_lost_and_the_error(site: Site):
    """What expires keeps the error of a lost worker, and the event."""
    push(site, "x")
    begun(site)
    site.expire_claims(["worker@host"])
    (tick,) = site.store.ticks.ticks(site.name, "s")
    assert tick.error == LOST
