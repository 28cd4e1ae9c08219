"""What lets runs share a message, and what becomes of those that their process has not begun."""

import pytest

from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.runs import DagsterRunStatus
from tests.support.site import HOLDER, Site, request, sensor

S = DagsterRunStatus


def ended(site: Site, run_id: str, took_ms: float, status: DagsterRunStatus = S.SUCCESS) -> None:
    """Have a run of the job requested and executed."""
    site.poke()
    site.tick(request(run_id))
    site.start_run(run_id)
    assert site.finish_run(run_id, status, took_ms=took_ms)


def sent(site: Site, *run_ids: str) -> dict[str, bool]:
    """Have runs requested and sent; return whether each may share its message."""
    site.poke()
    site.tick(*map(request, run_ids))
    entries = site.store.outbox.take_outbox(site.name, now_ms=site.now)
    return {entry.ident: entry.quick for entry in entries}


def taken(site: Site, first: str, *others: str) -> None:
    """Have a process take up the first run of a message."""
    site.store.runs.start_run(site.name, first, HOLDER, company=others, now_ms=site.now)


def requeue(site: Site, taken_ms_ago: int) -> int:
    """Have sent again what was taken so long ago; what was only sent does not matter."""
    return site.store.outbox.requeue_outbox(
        site.name, None, taken_ms_ago=taken_ms_ago, now_ms=site.now
    )


def give_back(site: Site, *run_ids: str, slow: str | None = None) -> int:
    """Have a process return runs that it has not begun."""
    return site.store.outbox.return_runs(site.name, run_ids, slow=slow, now_ms=site.now)


class TestAJobIsQuick:
    def test_not_before_a_run_of_it_has_ended(self, site: Site):
        """What is new goes alone."""
        assert sent(site, "r") == {"r": False}

    def test_if_its_runs_take_little_time(self, site: Site):
        """As their process measured it."""
        ended(site, "before", took_ms=2.5)
        assert sent(site, "r") == {"r": True}

    def test_not_after_one_that_took_long(self, site: Site):
        """That counts at once, whatever the others took."""
        for number in range(5):
            ended(site, f"quick-{number}", took_ms=1)
        ended(site, "long", took_ms=500)
        assert sent(site, "r") == {"r": False}

    def test_again_after_enough_that_did_not(self, site: Site):
        """By and by."""
        ended(site, "long", took_ms=100)
        ended(site, "quick", took_ms=1)
        assert sent(site, "r") == {"r": False}
        for number in range(10):
            ended(site, f"quick-{number}", took_ms=1)
        assert sent(site, "r2") == {"r2": True}

    @pytest.mark.parametrize("status", [S.FAILURE, S.CANCELED])
    def test_not_after_one_that_did_not_end_well(self, site: Site, status: DagsterRunStatus):
        """The next may do the same, and not as soon."""
        ended(site, "before", took_ms=1)
        ended(site, "bad", took_ms=1, status=status)
        assert sent(site, "r") == {"r": False}

    def test_not_after_one_whose_worker_was_lost(self, site: Site):
        """It may be what took its worker down."""
        ended(site, "before", took_ms=1)
        sent(site, "lost")
        site.start_run("lost")
        site.now += site.store.limits.run_claim_ms
        site.expire_runs()
        assert sent(site, "r") == {"r": False}

    def test_and_a_run_with_a_slot_goes_alone_all_the_same(self, site: Site):
        """While it waited for others it would hold what another could use."""
        ended(site, "before", took_ms=1)
        site.register(sensor(), limits=[ConcurrencyLimit(1, job_name="job")])
        assert sent(site, "r") == {"r": False}


class TestWhatAProcessHasTaken:
    def test_counts_as_on_its_way(self, site: Site):
        """It is neither lost nor to be sent."""
        sent(site, "a", "b", "c")
        taken(site, "a", "b", "c")
        assert site.store.outbox.waiting(site.name) == (0, 2)

    def test_is_canceled_like_any_run_that_waits(self, site: Site):
        """And is not to be had any more when its turn comes."""
        sent(site, "a", "b")
        taken(site, "a", "b")
        site.request_cancel("b")
        assert site.status("b") is S.CANCELED
        assert site.start_run("b") is None
        assert site.store.outbox.waiting(site.name) == (0, 0)

    def test_is_sent_again_if_nothing_is_heard_of_it(self, site: Site):
        """Whether or not its queue is empty: its process is gone."""
        sent(site, "a", "b", "c")
        taken(site, "a", "b")
        site.now += 5000
        assert requeue(site, 5001) == 0
        assert requeue(site, 5000) == 1
        assert sent(site, "d").keys() == {"b", "d"}

    def test_has_slots_from_when_limits_come(self, site: Site):
        """As if it were under way: who is sent next counts it."""
        sent(site, "a", "b")
        taken(site, "a", "b")
        site.register(sensor(), limits=[ConcurrencyLimit(2)])
        assert site.store.client.smembers(site.keys.slots("location")) == {"a", "b"}
        assert sent(site, "c") == {}

    def test_is_not_taken_twice(self, site: Site):
        """A late copy of the message does not put off when it is sent again."""
        sent(site, "a", "b")
        taken(site, "a", "b")
        site.now += 5000
        taken(site, "a", "b")
        assert requeue(site, 5000) == 1


class TestReturned:
    def test_runs_are_sent_again_at_once(self, site: Site):
        """Those that have begun or ended are not."""
        sent(site, "a", "b", "c")
        taken(site, "a", "b", "c")
        site.start_run("b")
        assert give_back(site, "a", "b", "c") == 1
        assert sent(site).keys() == {"c"}

    def test_before_any_was_taken_up_they_are_too(self, site: Site):
        """Their process died at once."""
        sent(site, "a", "b")
        assert give_back(site, "a", "b") == 2

    def test_beside_one_that_goes_on_they_go_alone(self, site: Site):
        """Their job is not as quick as it was."""
        ended(site, "before", took_ms=1)
        assert sent(site, "a", "b") == {"a": True, "b": True}
        taken(site, "a", "b")
        give_back(site, "b", slow="a")
        assert sent(site) == {"b": False}
