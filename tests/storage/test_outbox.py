"""take_outbox and requeue_outbox: what the store has promised to send to the broker."""

import json

from sensors_app.storage.outbox import OutboxEntry
from tests.support.site import Site, request


def take(site: Site, limit: int = 500) -> list[str]:
    entries = site.store.outbox.take_outbox(site.name, limit=limit, now_ms=site.now)
    return [entry.ident for entry in entries]


def requeue(site: Site, sent_ms_ago: int) -> int:
    return site.store.outbox.requeue_outbox(site.name, sent_ms_ago, now_ms=site.now)


def promise(site: Site, *run_ids: str) -> None:
    """Commit a tick that makes these runs."""
    site.poke()
    site.tick(*[request(run_id) for run_id in run_ids])


def test_a_promise_is_taken_once(site: Site):
    """Two processes that send do not send the same."""
    promise(site, "r")
    assert take(site) == ["r"]
    assert take(site) == []


def test_an_entry_says_what_it_is(site: Site):
    """A launch or a dry run, and which."""
    promise(site, "r")
    preview = site.store.outbox.request_preview(site.name, "s")
    entries = site.store.outbox.take_outbox(site.name)
    assert set(entries) == {OutboxEntry("launch", "r"), OutboxEntry("preview", preview)}


def test_the_oldest_goes_first(site: Site):
    """Runs are launched in the order of their commits."""
    promise(site, "b")
    site.now += 1
    promise(site, "a")
    assert take(site) == ["b", "a"]


def test_no_more_than_the_limit_is_taken(site: Site):
    """The rest is for the next call."""
    promise(site, "a", "b", "c")
    assert take(site, limit=2) == ["a", "b"]
    assert take(site, limit=2) == ["c"]


def test_no_more_than_the_window_is_on_its_way(site: Site, store_with):
    """What was sent and not taken up counts against the window."""
    narrow = site.through(store_with(sent_window=2))
    promise(narrow, "a", "b", "c")
    assert take(narrow) == ["a", "b"]
    assert take(narrow) == []
    narrow.start_run("a")
    assert take(narrow) == ["c"]


def test_what_nobody_takes_up_is_sent_again(site: Site):
    """After the given time its message must be taken for lost."""
    promise(site, "r")
    take(site)
    site.now += 999
    assert requeue(site, 1000) == 0
    site.now += 1
    assert requeue(site, 1000) == 1
    assert take(site) == ["r"]


def test_what_a_worker_took_up_is_not_sent_again(site: Site):
    """The promise is kept."""
    promise(site, "r")
    take(site)
    site.start_run("r")
    site.now += 1_000_000
    assert requeue(site, 0) == 0
    assert site.store.outbox.waiting(site.name) == (0, 0)


def test_a_run_taken_up_before_it_was_sent_is_not_sent(site: Site):
    """A copy of the message that came first has done it."""
    promise(site, "r")
    site.start_run("r")
    assert take(site) == []


def test_a_message_for_a_run_that_is_over_settles_the_promise(site: Site):
    """A late copy does not keep its entry on the list."""
    promise(site, "r")
    site.start_run("r")
    site.finish_run("r")
    site.store.client.zadd(site.keys.sent, {"launch:r": 0})
    assert site.start_run("r") is None
    assert site.store.outbox.waiting(site.name) == (0, 0)


def test_how_much_is_waiting_is_told(site: Site):
    """To be sent, and sent but not taken up."""
    promise(site, "a", "b", "c")
    take(site, limit=1)
    assert site.store.outbox.waiting(site.name) == (2, 1)


def test_how_long_the_oldest_has_been_waiting_is_told(site: Site):
    """By the server's clock; None if nothing is on its way."""
    assert site.store.outbox.oldest_sent_ms(site.name) is None
    promise(site, "r")
    site.store.outbox.take_outbox(site.name)
    age = site.store.outbox.oldest_sent_ms(site.name)
    assert age is not None
    assert 0 <= age < 60_000


class TestPriority:
    def prioritized(self, site: Site, run_id: str, priority: str) -> None:
        site.poke()
        site.now += 1
        site.tick(request(run_id, tags=json.dumps({"dagster/priority": priority})))

    def test_the_higher_goes_first(self, site: Site):
        """And of equal ones, and of those without, the older."""
        for run_id, priority in zip("abcdefg", ["0", "-1", "7", "1", "7", " 2 ", "0"], strict=True):
            self.prioritized(site, run_id, priority)
        assert take(site) == ["c", "e", "f", "d", "a", "g", "b"]

    def test_no_number_is_none(self, site: Site):
        """Nothing stops for it."""
        for run_id, priority in zip("abcd", ["high", "1.5", "", "1"], strict=True):
            self.prioritized(site, run_id, priority)
        assert take(site) == ["d", "a", "b", "c"]

    def test_beyond_the_highest_it_is_age_that_counts(self, site: Site):
        """Places are exact as long as priorities are within bounds."""
        for run_id, priority in zip("abc", ["500", "9" * 30, "501"], strict=True):
            self.prioritized(site, run_id, priority)
        self.prioritized(site, "last", "-" + "9" * 30)
        self.prioritized(site, "next to last", "-499")
        assert take(site) == ["a", "b", "c", "next to last", "last"]

    def test_a_lost_message_has_its_place_again(self, site: Site):
        """It does not go to the end of the line."""
        self.prioritized(site, "a", "1")
        take(site)
        self.prioritized(site, "b", "1")
        requeue(site, 0)
        assert take(site) == ["a", "b"]

    def test_a_dry_run_goes_before_all(self, site: Site):
        """Somebody waits for its answer; also once its message was lost."""
        self.prioritized(site, "a", "500")
        preview = site.store.outbox.request_preview(site.name, "s")
        assert take(site, limit=1) == [preview]
        requeue(site, 0)
        assert take(site, limit=1) == [preview]
