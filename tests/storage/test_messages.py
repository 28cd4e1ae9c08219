"""Sensors that share a message: each is fenced by itself, and none pays for another."""

import pytest

from sensors_app.model.ticks import Claim, TickFailure, TickResult, TickStatus
from sensors_app.storage.store import Store
from tests.support.site import BOOM, HOLDER, OTHER_HOLDER, Site, request, sensor

DIED = TickFailure(BOOM)


@pytest.fixture
def message(site: Site) -> list[Claim]:
    """Three sensors, claimed and begun together."""
    site.register(*map(sensor, "abc"))
    claims = [site.claim(name) for name in "abc"]
    starts = site.store.ticks.begin_ticks(site.name, claims, HOLDER, now_ms=site.now)
    assert None not in starts
    return claims


def lose(site: Site, claims: list[Claim], holder: str = HOLDER) -> None:
    site.store.ticks.lose_ticks(site.name, claims, holder, DIED, now_ms=site.now)


def statuses(site: Site, name: str) -> list[TickStatus]:
    return [tick.status for tick in site.store.ticks.ticks(site.name, name)]


def test_one_that_is_not_current_any_more_is_left_out(site: Site):
    """The others begin."""
    site.register(*map(sensor, "ab"))
    claims = [site.claim("a"), Claim("b", 1, 60.0)]
    a, b = site.store.ticks.begin_ticks(site.name, claims, HOLDER, now_ms=site.now)
    assert a is not None
    assert b is None


def test_each_comes_to_what_it_came_to(site: Site, message: list[Claim]):
    """A success, a skip and a failure, in one step."""
    a, b, c = message
    outcomes = [(a, TickResult([request("r")])), (b, TickResult()), (c, TickFailure(BOOM))]
    site.store.ticks.finish_ticks(site.name, outcomes, HOLDER, now_ms=site.now)
    assert [statuses(site, name) for name in "abc"] == [
        [TickStatus.SUCCESS],
        [TickStatus.SKIPPED],
        [TickStatus.FAILURE],
    ]


def test_one_that_lost_its_claim_does_not_keep_the_others(site: Site, message: list[Claim]):
    """Somebody set its cursor meanwhile."""
    site.set_cursor("moved", "b")
    outcomes = [(claim, TickResult([request(claim.sensor)])) for claim in message]
    answers = site.store.ticks.finish_ticks(site.name, outcomes, HOLDER, now_ms=site.now)
    assert [answer.accepted for answer in answers] == [True, False, True]
    assert {run.run_id for run in site.store.runs.runs(site.name)} == {"a", "c"}


class TestReturning:
    """What has not begun is given back."""

    def test_it_is_due_again_before_those_that_came_later(self, site: Site, message: list[Claim]):
        """And leaves nothing behind: no tick, no failure."""
        site.register(*map(sensor, "abcd"))
        site.now += 10
        site.poke("d")
        assert site.store.ticks.return_ticks(site.name, message[1:], HOLDER) == 2
        assert [claim.sensor for claim in site.claim_due().claims] == ["b", "c", "d"]
        assert statuses(site, "b") == []
        assert site.state("b").failures == 0

    def test_whose_claim_it_was_cannot_end_it_any_more(self, site: Site, message: list[Claim]):
        """The next claim has another token."""
        site.store.ticks.return_ticks(site.name, message, HOLDER)
        assert not site.commit(message[0], request("r")).accepted
        assert site.claim("a").token > message[0].token

    def test_only_its_holder_can(self, site: Site, message: list[Claim]):
        """Nothing changes otherwise."""
        before = site.contents()
        assert site.store.ticks.return_ticks(site.name, message, OTHER_HOLDER) == 0
        assert site.contents() == before

    def test_one_that_was_switched_off_meanwhile_has_its_tick(
        self, site: Site, message: list[Claim]
    ):
        """It was claimed; somebody may have asked for just this evaluation."""
        site.switch(False, "a")
        site.store.ticks.return_ticks(site.name, message[:1], HOLDER)
        assert site.places("a") == {"due"}


class TestAProcessThatDied:
    """Nobody knows which of them took it down."""

    def test_all_are_claimed_again_and_none_has_failed(self, site: Site, message: list[Claim]):
        """Those that had ended stay ended."""
        site.commit(message[0], request("r"))
        lose(site, message)
        assert [statuses(site, name) for name in "abc"] == [[TickStatus.SUCCESS], [], []]
        assert [claim.sensor for claim in site.claim_due().claims] == ["b", "c"]

    def test_they_go_alone_next_time(self, site: Site, message: list[Claim]):
        """So that the one to blame takes down itself alone."""
        for claim in message:
            site.commit(claim)
        claims = [site.claim(name) for name in "ab"]
        assert site.claim_due().claims == []
        site.store.ticks.begin_ticks(site.name, claims, HOLDER, now_ms=site.now)
        lose(site, claims)
        assert [claim.quick for claim in site.claim_due().claims] == [False, False]

    def test_one_alone_has_failed(self, site: Site):
        """It is to blame."""
        claim = site.begun()
        lose(site, [claim])
        assert statuses(site, "s") == [TickStatus.FAILURE]

    def test_so_has_one_that_went_on_when_the_others_were_given_back(
        self, site: Site, message: list[Claim]
    ):
        """From then on it was alone."""
        site.store.ticks.return_ticks(site.name, message[1:], HOLDER, message[0])
        lose(site, message)
        assert [statuses(site, name) for name in "abc"] == [[TickStatus.FAILURE], [], []]

    def test_before_it_began_any_all_are_claimed_again(self, site: Site):
        """It died on the way."""
        site.register(*map(sensor, "ab"))
        claims = [site.claim(name) for name in "ab"]
        lose(site, claims)
        assert [statuses(site, name) for name in "ab"] == [[], []]
        assert site.places("a") == site.places("b") == {"due"}

    def test_a_worker_that_is_gone_as_a_whole_fails_none_that_were_in_company(
        self, site: Site, message: list[Claim]
    ):
        """Beat finds them by its missing heartbeat."""
        site.register(*map(sensor, "abcs"))
        alone = site.begun("s")
        assert site.expire_claims(["worker@host"]) == [(alone.sensor, HOLDER)]
        assert [statuses(site, name) for name in "abcs"] == [[], [], [], [TickStatus.FAILURE]]
        assert site.places("a") == {"due"}

    def test_reports_twice(self, site: Site, message: list[Claim]):
        """The second word changes nothing."""
        lose(site, message)
        before = site.contents()
        lose(site, message)
        assert site.contents() == before


def test_a_server_without_our_scripts_is_taught_them(site: Site, store: Store):
    """In the middle of a message."""
    claim = site.begun()
    store.client.script_flush()
    assert site.commit(claim).accepted
