"""claim_due and claim_sensor: the right to run one tick."""

import pytest

from sensors_app.storage.base import StoreLimits
from tests.support.site import START, Site, sensor

RESEND_MS = StoreLimits().claim_resend_ms


def names(due) -> list[str]:
    return [claim.sensor for claim in due.claims]


def register_many(site: Site, count: int) -> list[str]:
    """Register sensors, and wait until the last of them is due."""
    wanted = [f"s{n:04}" for n in range(count)]
    site.register(*[sensor(name) for name in wanted])
    site.now += 30_000
    return wanted


def waits_until_handed_out(site: Site, times: int) -> list[int]:
    """Let time pass until a claim has been handed out again so often; return the waits between."""
    waits = []
    for _ in range(times):
        waited = 0
        while not site.claim_due().claims:
            site.now += RESEND_MS
            waited += 1
        waits.append(waited)
    return waits


class TestClaimDue:
    def test_takes_a_due_sensor_out_of_the_due_list(self, site: Site):
        """A due sensor is claimed once: a second beat finds nothing."""
        due = site.claim_due()
        assert names(due) == ["s"]
        assert site.places() == {"claimed"}
        assert site.state().activity == "claimed"
        assert names(site.claim_due()) == []

    def test_hands_out_the_time_limit(self, site: Site):
        """A claim says how long the function may take."""
        site.register(sensor(timeout_seconds=1.5))
        assert site.claim_due().claims[0].timeout_seconds == 1.5

    def test_token_is_the_time_of_the_claim(self, site: Site):
        """The token, and so the tick's id, is when the sensor was claimed."""
        site.now += 7
        assert site.claim_due().claims[0].token == START + 7

    @pytest.mark.parametrize("step", [0, -5000])
    def test_tokens_grow_though_the_clock_does_not(self, site: Site, step: int):
        """Tokens fence and order ticks, also if the clock stands still or goes back."""
        first = site.begun()
        site.commit(first, cursor="moved")
        site.now += step
        site.poke()
        second = site.claim()
        assert second.token == first.token + 1
        site.begin(second)
        site.commit(second)
        ticks = site.store.ticks.ticks(site.name, "s")
        assert [t.tick_id for t in ticks] == [str(second.token), str(first.token)]

    def test_a_future_sensor_is_left_alone(self, site: Site):
        """What is not due yet is not claimed, and its time is told."""
        site.tick()
        due = site.claim_due()
        assert names(due) == []
        assert due.next_due == START + 30_000
        site.now = START + 30_000
        assert names(site.claim_due()) == ["s"]

    def test_says_what_time_it_is_and_that_nothing_is_due(self, site: Site):
        """The answer carries the store's clock; without due sensors there is no next time."""
        site.claim_due()
        due = site.claim_due()
        assert (due.now, due.next_due) == (START, None)

    def test_goes_by_the_servers_clock_unless_told(self, site: Site):
        """Without a time given, the server's is used."""
        due = site.store.ticks.claim_due(site.name, limit=1, window=1)
        seconds, _ = site.store.client.time()
        assert abs(due.now / 1000 - seconds) < 5

    def test_takes_the_longest_due_first(self, site: Site):
        """Sensors are claimed in the order in which they became due."""
        site.register(sensor("late"), sensor("early"))
        client = site.store.client
        client.zadd(site.keys.due_slow, {"late": START - 1, "early": START - 2})
        assert names(site.claim_due()) == ["early", "late"]

    def test_takes_no_more_than_the_limit(self, site: Site):
        """One call takes so many, the next call goes on."""
        wanted = register_many(site, 5)
        assert names(site.claim_due(limit=3)) == wanted[:3]
        assert names(site.claim_due(limit=3)) == wanted[3:]

    def test_thousands_at_once(self, site: Site):
        """A caller may set any limit: Lua's stack is none."""
        wanted = register_many(site, 3000)
        assert names(site.claim_due(limit=3000, window=3000)) == wanted

    def test_no_more_wait_than_the_window_allows(self, site: Site):
        """Claims that nobody has begun count against the window; those begun do not."""
        register_many(site, 5)
        first = site.claim_due(window=2).claims
        assert len(first) == 2
        assert names(site.claim_due(window=2)) == []
        site.begin(first[0])
        assert len(site.claim_due(window=2).claims) == 1

    def test_takes_nothing_with_a_window_of_zero(self, site: Site):
        """Where nobody serves a location nothing is claimed, and nothing handed out again."""
        assert names(site.claim_due(window=0)) == []
        assert site.places() == {"due"}
        site.claim_due()
        site.now += RESEND_MS
        assert names(site.claim_due(window=0)) == []


class TestHandingOutAgain:
    def test_a_claim_nobody_begins_is_handed_out_again(self, site: Site):
        """Its message must be taken for lost; the token stays, so the late message is good too."""
        (first,) = site.claim_due().claims
        site.now += RESEND_MS - 1
        assert names(site.claim_due()) == []
        site.now += 1
        assert site.claim_due().claims == [first]
        assert site.begin(first) is not None

    def test_each_further_wait_is_twice_as_long(self, site: Site):
        """The message may just be waiting behind others: its copies must not pile up."""
        site.claim_due()
        assert waits_until_handed_out(site, 8) == [1, 2, 4, 8, 16, 32, 32, 32]

    @pytest.mark.parametrize("out_of_turn", [False, True])
    def test_a_new_claim_waits_the_shortest_time_again(self, site: Site, out_of_turn: bool):
        """That an earlier claim was handed out often says nothing of this one."""
        (claim,) = site.claim_due().claims
        waits_until_handed_out(site, 3)
        site.begin(claim)
        site.commit(claim)
        site.poke()
        if out_of_turn:
            site.claim()
        else:
            site.claim_due()
        assert waits_until_handed_out(site, 2) == [1, 2]

    def test_a_tick_under_way_is_not_handed_out(self, site: Site):
        """Once begun, the claim is somebody's."""
        site.begun()
        site.now += RESEND_MS
        assert names(site.claim_due()) == []

    def test_counts_against_the_limit(self, site: Site):
        """Old claims come first, within the limit of the call."""
        wanted = register_many(site, 3)
        site.claim_due(limit=2)
        site.now += RESEND_MS
        assert names(site.claim_due(limit=2)) == wanted[:2]


class TestClaimSensor:
    def test_takes_a_sensor_that_is_not_due(self, site: Site):
        """Out of turn: before its time, though it is off."""
        site.tick()
        site.switch(False)
        claim = site.claim()
        assert claim.token > START
        assert site.places() == {"claimed"}

    def test_takes_it_out_of_the_due_list(self, site: Site):
        """A due sensor is not evaluated a second time by beat."""
        site.claim()
        assert names(site.claim_due()) == []

    def test_is_handed_out_again_like_any_other(self, site: Site):
        """If its evaluation never begins, beat sends it on."""
        claim = site.claim()
        site.now += RESEND_MS
        assert site.claim_due().claims == [claim]

    @pytest.mark.parametrize("begin", [False, True])
    def test_a_busy_sensor_is_evaluated_once_more_afterwards(self, site: Site, begin: bool):
        """It is not claimed twice; a tick follows the present one at once."""
        claim = site.claim()
        if begin:
            site.begin(claim)
        assert site.store.ticks.claim_sensor(site.name, "s", now_ms=site.now) is None
        if not begin:
            site.begin(claim)
        site.commit(claim)
        assert names(site.claim_due()) == ["s"]

    def test_an_unknown_sensor_is_not_claimed(self, site: Site):
        """Nothing is made for a name that no code location has."""
        assert site.store.ticks.claim_sensor(site.name, "nobody") is None
        assert not site.store.client.exists(site.keys.sensor("nobody"))

    def test_a_sensor_gone_from_the_code_is_not_claimed(self, site: Site):
        """What was registered once, and is no more, is unknown."""
        site.register()
        assert site.store.ticks.claim_sensor(site.name, "s") is None


class TestSeveralLocations:
    def test_each_has_its_part_of_a_round(self, site: Site):
        """However much is due in one, the others get theirs, the longest due first."""
        site.register(*[sensor(f"many{n}") for n in range(10)])
        other = Site(site.store, site.prefix, "other")
        other.register(sensor("one"))
        found = site.store.ticks.claim_due_of(
            {"loc": (3, 3), "other": (3, 3), "nobody": (0, 0)}, limit=100, now_ms=site.now + 1
        )
        assert {name: names(due) for name, due in found.items()} == {
            "loc": ["many0", "many1", "many2"],
            "other": ["one"],
            "nobody": [],
        }

    def test_the_shortest_interval_of_what_was_claimed_is_told(self, site: Site):
        """Beat is to look again within it."""
        assert site.claim_due().shortest_ms == 30_000
        assert site.claim_due().shortest_ms is None
        site.register(sensor("a", interval_seconds=5), sensor("b", interval_seconds=0.05))
        assert site.claim_due().shortest_ms == 50
