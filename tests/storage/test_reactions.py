"""The life of a reaction: sent, begun or held, committed."""

import pytest

from sensors_app.model.events import DagsterEventType
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.ticks import LogLine, TickStatus
from sensors_app.storage.commits import CALL_REMAINS_MS
from sensors_app.storage.store import Store
from tests.conftest import StoreWith
from tests.support.reacting import PAUSE_MS, UPSTREAM, Reacting, fed
from tests.support.site import HOLDER, OTHER_HOLDER, START, Site, request, sensor

OVER_MS = 60_000 + 30_000
"""The time limit of a call, and the grace on top of it."""


@pytest.fixture
def site(reacting: Reacting) -> Site:
    """The location whose sensors are called for events."""
    return reacting.site


def tick_of(site: Site):
    """Return the last call of the sensor that is kept."""
    return site.store.ticks.ticks(site.name, "s")[0]


class TestSending:
    def test_what_is_taken_counts_as_sent(self, site: Site, reacting: Reacting):
        """With what a message needs to name: reaction, sensor and time limit."""
        (ident,) = reacting.happened("r")
        (message,) = site.store.reactions.take_reactions(site.name, now_ms=site.now)
        assert (message.ident, message.sensor, message.timeout_seconds) == (ident, "s", 60)
        assert reacting.places(ident) == {"react_sent"}
        assert reacting.take() == []

    def test_oldest_first_and_no_more_than_asked_for(self, reacting: Reacting):
        """The rest stays to be sent."""
        idents = reacting.happened("a", "b", "c")
        assert reacting.take(limit=2) == idents[:2]
        assert reacting.take(limit=2) == idents[2:]

    def test_only_so_many_may_be_sent_and_not_begun(
        self, store_with: StoreWith, site: Site, reacting: Reacting
    ):
        """The broker's queue stays short; each begin makes room."""
        small = Reacting(site.through(store_with(sent_window=2)))
        first, *_ = small.happened("a", "b", "c")
        assert len(small.take()) == 2
        assert small.take() == []
        small.begin(first)
        assert len(small.take()) == 1

    def test_what_was_sent_too_long_ago_is_sent_again(self, site: Site, reacting: Reacting):
        """Its message must be taken for lost; what was sent just now is not."""
        (ident,) = reacting.happened("r")
        reacting.take()
        site.now += 500
        assert reacting.requeue(501) == 0
        assert reacting.requeue(500) == 1
        assert reacting.places(ident) == {"react_outbox"}
        assert reacting.take() == [ident]

    def test_how_long_the_oldest_waits_is_told(self, store: Store, site: Site, reacting: Reacting):
        """By the server's clock; nothing waits before something was sent."""
        assert store.reactions.oldest_sent_ms(site.name) is None
        site.now = store.now_ms() - 5000
        reacting.happened("r")
        reacting.take()
        age = store.reactions.oldest_sent_ms(site.name)
        assert age is not None
        assert 5000 <= age < 60_000


class TestBegin:
    def test_tells_the_worker_what_it_is_for(self, reacting: Reacting):
        """The attempt, from 1, and the events with all their fields."""
        (ident,) = reacting.happened("r")
        reacting.take()
        start = reacting.begin(ident)
        assert start is not None
        (event,) = start.events
        assert (start.ident, start.sensor, start.attempt) == (ident, "s", 1)
        assert (event.location, event.run_id, event.job_name) == (UPSTREAM, "r", "job")
        assert event.kind == DagsterEventType.RUN_SUCCESS.value
        assert reacting.places(ident) == {"reacting"}

    def test_asked_again_by_its_holder_it_answers_the_same(self, reacting: Reacting):
        """And does not count another attempt."""
        (ident,) = reacting.happened("r")
        reacting.take()
        assert reacting.begin(ident) == reacting.begin(ident)

    def test_a_second_copy_of_the_message_is_stale(self, reacting: Reacting):
        """Another holder gets nothing while the call is under way, or when it is done."""
        ident = reacting.begun()
        assert reacting.begin(ident, OTHER_HOLDER) is None
        reacting.commit(ident)
        assert reacting.begin(ident, OTHER_HOLDER) is None

    def test_a_message_that_is_to_be_sent_again_may_still_arrive(self, reacting: Reacting):
        """It was only late; the second one will be stale."""
        (ident,) = reacting.happened("r")
        reacting.take()
        reacting.requeue()
        assert reacting.begin(ident) is not None
        assert reacting.take() == []

    def test_a_late_copy_does_not_cut_a_pause_short(self, site: Site, reacting: Reacting):
        """What waits for its next attempt is not in anybody's hands, nor can it be left there."""
        ident = reacting.begun()
        reacting.fail(ident)
        assert reacting.begin(ident, OTHER_HOLDER) is None
        assert reacting.places(ident) == {"react_later"}
        assert reacting.again(ident) is not None
        reacting.commit(ident)
        site.now += 10 * PAUSE_MS
        assert reacting.take() == []

    @pytest.mark.parametrize("ident", ["0000000009", "unknown"])
    def test_what_is_not_known_is_stale(self, reacting: Reacting, ident: str):
        """Its message outlived it."""
        assert reacting.begin(ident) is None


class TestHeld:
    @pytest.fixture
    def ident(self, reacting: Reacting) -> str:
        """A reaction that was sent."""
        (ident,) = reacting.happened("r")
        reacting.take()
        return ident

    def test_while_its_sensor_is_off(self, site: Site, reacting: Reacting, ident: str):
        """It is nowhere to be sent from until the sensor is started."""
        site.switch(False)
        assert reacting.begin(ident) is None
        assert (reacting.states(), reacting.places(ident)) == (["held"], set())
        assert reacting.begin(ident, OTHER_HOLDER) is None
        site.switch(True)
        assert (reacting.states(), reacting.take()) == (["waiting"], [ident])
        assert reacting.begin(ident) is not None

    @pytest.mark.parametrize("others", [[], [sensor()]], ids=["gone", "polled"])
    def test_while_its_sensor_is_another_or_none(
        self, site: Site, reacting: Reacting, ident: str, others
    ):
        """It is not called for events; it comes back by a registration."""
        site.register(*others)
        assert reacting.take() == []
        assert reacting.begin(ident) is None
        assert reacting.states() == ["held"]
        site.register(fed())
        assert reacting.take() == [ident]
        assert reacting.begin(ident) is not None

    def test_until_its_code_starts_it(self, site: Site, reacting: Reacting, ident: str):
        """A default that changes is a start like another."""
        site.register(fed(running_by_default=False))
        reacting.begin(ident)
        site.register(fed(running_by_default=False))
        assert reacting.states() == ["held"]
        site.register(fed())
        assert reacting.states() == ["waiting"]

    def test_a_call_under_way_ends_as_usual(self, site: Site, reacting: Reacting, ident: str):
        """Stopping interrupts nothing."""
        reacting.begin(ident)
        site.switch(False)
        assert reacting.commit(ident, request("new")).created == 1

    def test_one_that_is_to_be_tried_again_is_held_then(
        self, site: Site, reacting: Reacting, ident: str
    ):
        """Its attempts stay counted."""
        reacting.begin(ident)
        reacting.fail(ident)
        site.switch(False)
        assert reacting.again(ident) is None
        site.switch(True)
        reacting.take()
        start = reacting.begin(ident)
        assert start is not None
        assert start.attempt == 2


class TestCommit:
    def test_creates_the_runs_and_promises_to_launch_them(self, site: Site, reacting: Reacting):
        """Each queued, and in the outbox."""
        answer = reacting.commit(reacting.begun(), request("a"), request("b", "k"))
        assert (answer.accepted, answer.created, answer.run_ids) == (True, 2, ["a", "b"])
        assert site.status("a") is DagsterRunStatus.QUEUED
        assert [e.ident for e in site.store.outbox.take_outbox(site.name)] == ["a", "b"]
        assert site.state().last_run_key == "k"

    def test_runs_say_where_they_come_from(self, site: Site, reacting: Reacting):
        """Sensor, call and the sensors on the way."""
        reacting.commit(reacting.begun(), request("new"), lineage="loc/a,loc/s")
        run = site.store.runs.run(site.name, "new")
        assert run is not None
        assert (run.sensor_name, run.tick_id) == ("s", tick_of(site).tick_id)
        assert run.lineage == ("loc/a", "loc/s")
        assert [r.run_id for r in site.store.runs.runs(site.name, sensor="s")] == ["new"]

    def test_a_run_key_makes_one_run(self, reacting: Reacting):
        """Within one call and across calls."""
        first = reacting.commit(reacting.begun(), request("a", "k"), request("b", "k"))
        second = reacting.commit(reacting.begun(), request("c", "k"))
        assert (first.run_ids, second.run_ids) == (["a"], [])
        assert [(d.run_key, d.run_id) for d in second.dropped] == [("k", "a")]

    def test_the_call_is_kept_as_a_tick(self, site: Site, reacting: Reacting):
        """With its time, its logs and who made it."""
        ident = reacting.begun()
        site.now += 7
        log = LogLine(1.0, 20, "hello")
        reacting.commit(ident, request("new", "k"), logs=[log])
        tick = tick_of(site)
        assert (tick.tick_id, tick.status) == (str(START + 7), TickStatus.SUCCESS)
        assert (tick.started_at, tick.ended_at) == (START, START + 7)
        assert (tick.worker, tick.run_ids, tick.run_keys) == (HOLDER, ("new",), ("k",))
        assert tick.logs == (log,)

    @pytest.mark.parametrize(
        ("acted", "status"), [(True, TickStatus.SUCCESS), (False, TickStatus.SKIPPED)]
    )
    def test_one_that_requests_nothing_was_skipped(
        self, site: Site, reacting: Reacting, acted: bool, status: TickStatus
    ):
        """Unless it did something itself."""
        reacting.commit(reacting.begun(), skip_reason="why", acted=acted)
        assert (tick_of(site).status, tick_of(site).skip_reason) == (status, "why")

    def test_calls_that_end_at_once_are_told_apart(self, site: Site, reacting: Reacting):
        """Each has an id, in the order they ended; runs name their own."""
        idents = reacting.happened(*(f"r{n}" for n in range(12)))
        reacting.take()
        for n, ident in enumerate(idents):
            reacting.begin(ident)
            reacting.commit(ident, request(f"new{n}"))
        ticks = site.store.ticks.ticks(site.name, "s")[::-1]
        assert [tick.run_ids for tick in ticks] == [(f"new{n}",) for n in range(12)]
        assert [tick.tick_id for tick in ticks[:2]] == [str(START), f"{START}-1"]
        for n, tick in enumerate(ticks):
            run = site.store.runs.run(site.name, f"new{n}")
            assert run is not None
            assert run.tick_id == tick.tick_id
            assert site.store.ticks.tick(site.name, "s", tick.tick_id) == tick

    def test_a_clock_that_goes_back_stops_nothing(self, site: Site, reacting: Reacting):
        """Later calls have later ids all the same."""
        reacting.commit(reacting.begun(), request("a"))
        ident = reacting.begun()
        site.now -= 5000
        assert reacting.commit(ident, request("b")).created == 1
        assert tick_of(site).run_ids == ("b",)

    def test_nothing_is_left_but_the_answer(self, site: Site, reacting: Reacting):
        """For a while, for who lost it."""
        ident = reacting.begun()
        reacting.commit(ident)
        assert (reacting.of(), reacting.places(ident)) == ([], set())
        assert 0 < site.store.client.pttl(site.keys.reaction(ident)) <= CALL_REMAINS_MS
        assert site.store.reactions.reaction(site.name, ident) is None

    def test_asked_again_it_answers_the_same(self, site: Site, reacting: Reacting):
        """And makes no more runs."""
        ident = reacting.begun()
        runs = request("a", "k"), request("b", "k"), request("c")
        first = reacting.commit(ident, *runs)
        before = site.contents()
        assert reacting.commit(ident, *runs) == first
        assert site.contents() == before

    @pytest.mark.parametrize("end", ["not begun", "expired", "failed", "taken over"])
    def test_who_is_not_its_holder_cannot(self, site: Site, reacting: Reacting, end: str):
        """Nothing is changed, and no run is made."""
        if end == "not begun":
            (ident,) = reacting.happened("r")
        else:
            ident = reacting.begun()
        if end == "expired":
            site.now += OVER_MS
            reacting.expire()
        if end in ("failed", "taken over"):
            reacting.fail(ident)
        if end == "taken over":
            assert reacting.again(ident, OTHER_HOLDER) is not None
        before = site.contents()
        assert not reacting.commit(ident, request("new")).accepted
        assert site.contents() == before

    def test_a_success_ends_the_failures_in_a_row(self, site: Site, reacting: Reacting):
        """They are counted over all calls of the sensor."""
        ident = reacting.begun()
        reacting.fail(ident)
        assert site.state().failures == 1
        reacting.again(ident)
        reacting.commit(ident)
        assert (site.state().failures, site.state().last_tick_at) == (0, site.now)


class TestReading:
    def test_reactions_that_are_not_done_are_counted(self, site: Site, reacting: Reacting):
        """Of each sensor that is asked for."""
        site.register(fed(), fed("t"))
        first, _ = reacting.happened("a", "b")
        reacting.take()
        reacting.begin(first)
        reacting.commit(first)
        counts = site.store.reactions.count_reactions(site.name, ["s", "t", "u"])
        assert counts == {"s": 1, "t": 2, "u": 0}

    def test_no_more_than_asked_for(self, site: Site, reacting: Reacting):
        """The oldest of them."""
        idents = reacting.happened("a", "b", "c")
        found = site.store.reactions.reactions(site.name, "s", limit=2)
        assert [each.ident for each in found] == idents[:2]
