"""expire_claims: ticks whose worker is lost become failures, and their sensors go on."""

import pytest

from sensors_app.model.ticks import TickStatus
from sensors_app.storage import ticks
from sensors_app.storage.base import StoreLimits
from tests.support.site import HOLDER, LOST, OTHER_HOLDER, START, Site, sensor

CLAIM_MS = 60_000 + StoreLimits().tick_grace_ms
"""For how long a tick of the usual sensor may be under way."""


def test_nothing_expires_before_its_time(site: Site):
    """The time limit and the grace on top of it must have passed."""
    site.begun()
    site.now += CLAIM_MS - 1
    assert site.expire_claims() == []


def test_a_tick_past_its_time_fails(site: Site):
    """The tick says who held it and that the worker was lost; the cursor stays."""
    site.tick(cursor="c")
    claim = site.begun()
    site.now += CLAIM_MS
    assert site.expire_claims() == [("s", HOLDER)]
    tick = site.store.ticks.tick(site.name, "s", str(claim.token))
    assert tick is not None
    assert (tick.status, tick.error, tick.worker) == (TickStatus.FAILURE, LOST, HOLDER)
    assert (tick.started_at, tick.ended_at) == (START, START + CLAIM_MS)
    assert (tick.cursor_before, tick.cursor_after) == ("c", "c")
    assert site.state().failures == 1


def test_its_sensor_is_due_again(site: Site):
    """An interval later it is evaluated again."""
    site.begun()
    site.now += CLAIM_MS
    site.expire_claims()
    assert site.places() == {"due"}
    assert site.state().next_due == site.now + 30_000


def test_it_expires_once(site: Site):
    """A second beat finds nothing."""
    site.begun()
    site.now += CLAIM_MS
    site.expire_claims()
    assert site.expire_claims() == []


def test_the_time_limit_is_each_sensors_own(site: Site):
    """A sensor that may take long is given long."""
    site.register(sensor("short", timeout_seconds=1), sensor("long", timeout_seconds=600))
    site.begun("short")
    site.begun("long")
    site.now += 1000 + StoreLimits().tick_grace_ms
    assert site.expire_claims() == [("short", HOLDER)]


def test_the_tick_of_a_dead_worker_fails_at_once(site: Site):
    """Who is known to be dead is not waited for; others go on."""
    site.register(sensor("a"), sensor("b"))
    site.begun("a", HOLDER)
    site.begun("b", OTHER_HOLDER)
    assert site.expire_claims(dead=["other@host"]) == [("b", OTHER_HOLDER)]
    assert site.places("a") == {"running"}


@pytest.mark.parametrize("dead", ["worker", "task-1", "worker@host/101", "101", "w.rker@host"])
def test_a_worker_is_dead_by_its_whole_name(site: Site, dead: str):
    """A part of the holder, or a pattern of it, is not the worker."""
    site.begun(holder=HOLDER)
    assert site.expire_claims(dead=[dead]) == []


def test_a_workers_name_may_hold_slashes(site: Site):
    """The holder is read as task, worker, pid from both ends."""
    site.begun(holder="task/a/b@host:7/101")
    assert site.expire_claims(dead=["a/b@host:7"]) == [("s", "task/a/b@host:7/101")]


def test_a_tick_both_late_and_dead_fails_once(site: Site):
    """One failure is enough."""
    site.begun()
    site.now += CLAIM_MS
    assert site.expire_claims(dead=["worker@host"]) == [("s", HOLDER)]
    assert site.state().failures == 1


def test_a_claim_nobody_has_begun_does_not_expire(site: Site):
    """It is handed out again instead."""
    site.claim()
    site.now += 10 * CLAIM_MS
    assert site.expire_claims(dead=["worker@host"]) == []
    assert site.places() == {"claimed"}


def test_a_sensor_stopped_meanwhile_stays_off(site: Site):
    """The lost tick is recorded, and no other follows."""
    site.begun()
    site.switch(False)
    site.now += CLAIM_MS
    site.expire_claims()
    assert site.places() == set()


def test_however_many_a_worker_had_all_are_ended(site: Site, monkeypatch: pytest.MonkeyPatch):
    """A step ends a part of them, so that the server has time for others in between."""
    monkeypatch.setattr(ticks, "EXPIRED_PART", 2)
    names = [f"s{n}" for n in range(5)]
    site.register(*map(sensor, names))
    for name in names:
        site.begun(name)
    expired = site.expire_claims([HOLDER.split("/")[1]])
    assert sorted(name for name, _ in expired) == names
    assert all(site.places(name) == {"due"} for name in names)
