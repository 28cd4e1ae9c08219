"""Concurrency limits: how many runs may be under way, of a location, a job, or with a tag."""

import json

import pytest

from sensors_app import CheckError, ConcurrencyLimit, ParameterCheckError
from sensors_app.model.runs import DagsterRunStatus
from tests.support.site import Site, request, sensor

S = DagsterRunStatus


def limited(site: Site, *limits: ConcurrencyLimit) -> None:
    """Register the site with these limits."""
    site.register(sensor(), limits=limits)


def promise(site: Site, run_id: str, job: str = "job", **tags: str) -> None:
    """Commit a tick that makes this run."""
    site.poke()
    site.now += 1
    site.tick(request(run_id, job_name=job, tags=json.dumps(tags)))


def take(site: Site) -> list[str]:
    """Send what may be sent."""
    return [e.ident for e in site.store.outbox.take_outbox(site.name, now_ms=site.now)]


def end(site: Site, run_id: str) -> None:
    """Start a run that was sent, and finish it."""
    assert site.start_run(run_id) is not None
    assert site.finish_run(run_id)


def slots(site: Site, group: str) -> set[str]:
    return set(site.store.client.smembers(site.keys.slots(group)))


def traces(site: Site) -> list[str]:
    """Return the keys that limits leave in the store."""
    patterns = site.keys.groups, site.keys.slots("*"), site.keys.parked("*")
    return [key for pattern in patterns for key in site.store.client.scan_iter(pattern)]


class TestWhatALimitIs:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"limit": -1}, "cannot be negative"),
            ({"limit": True}, "number of runs"),
            ({"limit": 1, "job_name": "j", "tag": "t"}, "a job or for a tag"),
            ({"limit": 1, "value": "v"}, "needs the tag"),
            ({"limit": 1, "tag": "a=b"}, "a name alone"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, arguments, words):
        """With a message that says what to do."""
        with pytest.raises(CheckError, match=words):
            ConcurrencyLimit(**arguments)

    def test_types_are_checked(self):
        """As everywhere."""
        with pytest.raises(ParameterCheckError):
            ConcurrencyLimit("2")  # type: ignore[arg-type]

    def test_it_is_kept_with_the_location(self, site: Site):
        """Whoever shows a location can show its limits."""
        limits = (ConcurrencyLimit(3), ConcurrencyLimit(1, tag="db", value="x"))
        limited(site, *limits)
        (state,) = site.store.sensors.locations()
        assert tuple(state.snapshot.concurrency_limits) == limits


class TestWhoIsAdmitted:
    def test_of_a_location_no_more_than_its_limit(self, site: Site):
        """The others wait, and go one by one as those before them end."""
        limited(site, ConcurrencyLimit(2))
        for run_id in "abcd":
            promise(site, run_id)
        assert take(site) == ["a", "b"]
        assert take(site) == []
        end(site, "a")
        assert take(site) == ["c"]

    def test_of_a_job(self, site: Site):
        """Runs of other jobs pass by."""
        limited(site, ConcurrencyLimit(1, job_name="big"))
        promise(site, "a", "big")
        promise(site, "b", "big")
        promise(site, "c", "small")
        assert take(site) == ["a", "c"]

    def test_with_a_value_of_a_tag(self, site: Site):
        """Other values are free."""
        limited(site, ConcurrencyLimit(1, tag="db", value="x"))
        promise(site, "a", db="x")
        promise(site, "b", db="x")
        promise(site, "c", db="y")
        promise(site, "d")
        assert take(site) == ["a", "c", "d"]

    def test_with_each_value_of_a_tag(self, site: Site):
        """A limit for one value takes the place of it there."""
        limited(site, ConcurrencyLimit(1, tag="db"), ConcurrencyLimit(2, tag="db", value="x"))
        for run_id, value in zip("abcdef", "xyxyxz", strict=True):
            promise(site, run_id, db=value)
        assert take(site) == ["a", "b", "c", "f"]

    def test_a_limit_of_none(self, site: Site):
        """Holds all back."""
        limited(site, ConcurrencyLimit(0, job_name="big"))
        promise(site, "a", "big")
        assert take(site) == []
        assert site.status("a") is S.QUEUED

    def test_a_run_needs_room_in_all_its_groups(self, site: Site):
        """And takes no slot as long as one is full."""
        limited(site, ConcurrencyLimit(1, job_name="big"), ConcurrencyLimit(1, tag="db"))
        promise(site, "a", "big")
        promise(site, "b", "big", db="x")
        promise(site, "c", "small", db="x")
        assert take(site) == ["a", "c"]
        end(site, "a")
        assert take(site) == []
        end(site, "c")
        assert take(site) == ["b"]

    def test_strange_tags_stop_nothing(self, site: Site):
        """Values may be any text."""
        limited(site, ConcurrencyLimit(1, tag="db"))
        for run_id in "ab":
            promise(site, run_id, db="ä\n\x00:{}")
        assert take(site) == ["a"]
        end(site, "a")
        assert take(site) == ["b"]
        end(site, "b")
        assert traces(site) == []


class TestOrder:
    def test_who_waits_goes_by_priority_and_age(self, site: Site):
        """However long the others have waited."""
        limited(site, ConcurrencyLimit(1))
        promise(site, "first")
        assert take(site) == ["first"]
        promise(site, "old")
        promise(site, "young")
        assert take(site) == []
        promise(site, "urgent", **{"dagster/priority": "5"})
        for last, now in [("first", "urgent"), ("urgent", "old"), ("old", "young")]:
            end(site, last)
            assert take(site) == [now]

    def test_a_run_that_must_wait_lets_the_next_pass(self, site: Site):
        """A slot that it cannot use, since another group of it is full, is for who can."""
        limited(site, ConcurrencyLimit(1, job_name="big"), ConcurrencyLimit(1, tag="db"))
        promise(site, "big", "big")
        promise(site, "db", "small", db="x")
        assert take(site) == ["big", "db"]
        promise(site, "both", "big", db="x")
        promise(site, "next", "small", db="x")
        assert take(site) == []
        end(site, "db")
        assert take(site) == ["next"]


class TestWhenSlotsAreFree:
    @pytest.mark.parametrize("status", [S.SUCCESS, S.FAILURE])
    def test_at_every_end(self, site: Site, status: S):
        """Good or bad."""
        limited(site, ConcurrencyLimit(1))
        promise(site, "a")
        promise(site, "b")
        take(site)
        site.start_run("a")
        site.finish_run("a", status)
        assert take(site) == ["b"]

    def test_when_the_worker_is_gone(self, site: Site):
        """A run that expires is no more under way."""
        limited(site, ConcurrencyLimit(1))
        promise(site, "a")
        promise(site, "b")
        take(site)
        site.start_run("a")
        site.now += 1_000_000
        site.expire_runs()
        assert take(site) == ["b"]

    def cancel(self, site: Site, run_id: str, status: S) -> bool:
        return site.store.runs.cancel_run(site.name, run_id, status, "Why.", now_ms=site.now)

    def test_not_before_a_canceled_run_has_ended(self, site: Site):
        """It may still be at work."""
        limited(site, ConcurrencyLimit(1))
        promise(site, "a")
        promise(site, "b")
        take(site)
        site.start_run("a")
        assert self.cancel(site, "a", S.CANCELING)
        assert take(site) == []
        assert self.cancel(site, "a", S.CANCELED)
        assert take(site) == ["b"]

    def test_a_run_canceled_while_it_waits_is_never_sent(self, site: Site):
        """Parked, in the outbox, or on its way."""
        limited(site, ConcurrencyLimit(1))
        for run_id in "abc":
            promise(site, run_id)
        assert take(site) == ["a"]
        promise(site, "d")
        for run_id in "abcd":
            assert self.cancel(site, run_id, S.CANCELED)
        assert take(site) == []
        assert site.store.outbox.waiting(site.name) == (0, 0)
        assert traces(site) == []

    def test_a_wake_up_is_not_lost_with_the_run_that_was_woken(self, site: Site):
        """It is canceled between the free slot and its turn: the next has the turn."""
        limited(site, ConcurrencyLimit(1))
        for run_id in "abc":
            promise(site, run_id)
        take(site)
        end(site, "a")
        assert self.cancel(site, "b", S.CANCELED)
        assert take(site) == ["c"]

    def test_a_lost_message_keeps_its_slot(self, site: Site):
        """The run is sent again, and nobody else in its place."""
        limited(site, ConcurrencyLimit(1))
        promise(site, "a")
        promise(site, "b", **{"dagster/priority": "9"})
        assert take(site) == ["b"]
        site.store.outbox.requeue_outbox(site.name, 0, now_ms=site.now)
        assert take(site) == ["b"]
        assert slots(site, "location") == {"b"}

    def test_nothing_is_left_of_limits_when_all_is_done(self, site: Site):
        """Groups that nobody is in leave no key."""
        limited(site, ConcurrencyLimit(1), ConcurrencyLimit(1, tag="db"))
        for n in range(4):
            promise(site, f"r{n}", db=str(n % 2))
        for _ in range(4):
            (run_id,) = take(site)
            end(site, run_id)
        assert traces(site) == []


class TestChangedLimits:
    def test_a_raised_limit_lets_in_who_waits(self, site: Site):
        """At the next look."""
        limited(site, ConcurrencyLimit(1))
        for run_id in "abc":
            promise(site, run_id)
        take(site)
        limited(site, ConcurrencyLimit(2))
        assert take(site) == ["b"]

    def test_a_lowered_limit_stops_nothing(self, site: Site):
        """But nobody is let in until there is room again."""
        limited(site, ConcurrencyLimit(2))
        for run_id in "abc":
            promise(site, run_id)
        take(site)
        limited(site, ConcurrencyLimit(1))
        end(site, "a")
        assert take(site) == []
        end(site, "b")
        assert take(site) == ["c"]

    def test_who_is_under_way_counts_against_a_new_limit(self, site: Site):
        """Sent or started before there was one."""
        for run_id in "ab":
            promise(site, run_id)
        take(site)
        site.start_run("a")
        limited(site, ConcurrencyLimit(2))
        promise(site, "c")
        assert take(site) == []
        site.finish_run("a")
        assert take(site) == ["c"]

    def test_limits_that_are_gone_leave_nothing(self, site: Site):
        """Who waited goes, and no key stays."""
        limited(site, ConcurrencyLimit(1), ConcurrencyLimit(1, tag="db"))
        promise(site, "a", db="x")
        promise(site, "b", db="x")
        take(site)
        limited(site)
        assert take(site) == ["b"]
        assert traces(site) == []

    def test_a_restart_with_the_same_limits_moves_nobody(self, site: Site):
        """Workers register whenever they start."""
        limited(site, ConcurrencyLimit(1))
        promise(site, "a")
        promise(site, "b")
        take(site)
        limited(site, ConcurrencyLimit(1))
        assert site.store.outbox.waiting(site.name) == (0, 1)

    def test_a_late_message_of_a_run_that_is_parked(self, site: Site):
        """Sent before there were limits, taken for lost: it starts, and counts from then on."""
        promise(site, "a")
        promise(site, "b")
        take(site)
        site.start_run("a")
        site.store.outbox.requeue_outbox(site.name, 0, now_ms=site.now)
        limited(site, ConcurrencyLimit(1))
        assert take(site) == []
        assert site.start_run("b") is not None
        assert slots(site, "location") == {"a", "b"}
        site.finish_run("a")
        site.finish_run("b")
        assert traces(site) == []


def test_thousands_wait_for_one_slot(site: Site):
    """Each look is bounded; all get their turn."""
    limited(site, ConcurrencyLimit(1, job_name="job"), ConcurrencyLimit(5000))
    site.poke()
    site.tick(*[request(f"r{n:04}") for n in range(5000)])
    first = take(site)
    while site.store.outbox.waiting(site.name)[0]:
        assert take(site) == []
    assert first == ["r0000"]
    assert site.store.client.zcard(site.keys.parked("job:job")) == 4999
    end(site, "r0000")
    assert take(site) == ["r0001"]
