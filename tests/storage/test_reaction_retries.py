"""Whoever loses the reply of an intent around events asks again: it is done once all the same."""

from typing import Any

import pytest

from sensors_app.model.reactions import ReactionEnd
from sensors_app.model.ticks import TickResult
from sensors_app.storage.store import Store
from tests.support.joining import MISSING, WINDOW_MS, Joining, joining, silence
from tests.support.proxy import Fault, FaultyProxy
from tests.support.reacting import UPSTREAM, Reacting, fed
from tests.support.repeating import Prepare, done_once
from tests.support.site import HOLDER, Site, request


def called_for_events(site: Site) -> Reacting:
    """Have the sensor called for events from now on; it has used a run key before."""
    site.tick(request("r0", "used"))
    site.register(fed())
    return Reacting(site)


def begin(site: Site) -> Any:
    reacting = called_for_events(site)
    (ident,) = reacting.happened()
    reacting.take()
    return lambda site: Reacting(site).begin(ident)


def commit(site: Site) -> Any:
    ident = called_for_events(site).begun()
    runs = request("r1", "new"), request("r2", "used"), request("r3")
    return lambda site: Reacting(site).commit(ident, *runs, lineage="loc/s")


LARGE = TickResult([request("r1", "new"), request("r2", "newer")])
"""What could be committed in one step is done in several here."""


def put_by(site: Site) -> Any:
    ident = called_for_events(site).begun()
    return lambda site: site.store.large_calls.stage_call(site.name, ident, LARGE.runs, HOLDER)


def decide(site: Site) -> Any:
    ident = called_for_events(site).begun()
    assert site.store.large_calls.stage_call(site.name, ident, LARGE.runs, HOLDER) == 1
    return lambda site: site.store.large_calls.commit_staged_call(
        site.name, ReactionEnd("s", ident, LARGE), LARGE, 1, HOLDER, now_ms=site.now
    )


def unfold_the_last_part(site: Site) -> Any:
    ident = called_for_events(site).begun()
    large, end = site.store.large_calls, ReactionEnd("s", ident, LARGE)
    large.stage_call(site.name, ident, LARGE.runs, HOLDER)
    large.commit_staged_call(site.name, end, LARGE, 1, HOLDER, now_ms=site.now)
    return lambda site: site.store.large_calls.unfold_call(site.name, "s", ident, now_ms=site.now)


def commit_in_steps(site: Site) -> Any:
    ident = called_for_events(site).begun()
    return lambda site: site.store.large_calls.commit(
        site.name, ReactionEnd("s", ident, LARGE), LARGE, HOLDER, now_ms=site.now
    )


def fail(site: Site) -> Any:
    ident = called_for_events(site).begun()
    return lambda site: Reacting(site).fail(ident)


def fail_for_good(site: Site) -> Any:
    ident = called_for_events(site).begun()
    return lambda site: Reacting(site).fail(ident, final=True)


def stop(site: Site) -> Any:
    called_for_events(site).happened()
    return lambda site: site.switch(False)


def resume(site: Site) -> Any:
    stop(site)(site)
    reacting = Reacting(site)
    reacting.happen()
    reacting.listen()
    return lambda site: Reacting(site).resume()


def replay(site: Site) -> Any:
    until = called_for_events(site).happen()
    return lambda site: Reacting(site).replay("", until)


def deliver(site: Site) -> Any:
    reacting = called_for_events(site)
    reacting.happen()
    reading = reacting.read()
    return lambda site: Reacting(site).deliver(reading)


def deliver_replay(site: Site) -> Any:
    replay(site)(site)
    return lambda site: Reacting(site).listen_to_replays()


def expire(site: Site) -> Any:
    called_for_events(site).begun()
    return lambda site: Reacting(site).expire("worker@host")


def requeue(site: Site) -> Any:
    reacting = called_for_events(site)
    reacting.happened()
    reacting.take()
    return lambda site: Reacting(site).requeue()


def retry(site: Site) -> Any:
    ident = called_for_events(site).died()
    return lambda site: Reacting(site).retry(ident)


def drop(site: Site) -> Any:
    ident = called_for_events(site).died()
    return lambda site: Reacting(site).drop(ident)


def skip(site: Site) -> Any:
    called_for_events(site).happened()
    return lambda site: Reacting(site).skip()


def deliver_to_a_join(site: Site) -> Any:
    site.register(joining("ab", home=UPSTREAM))
    reacting = Reacting(site)
    for job in "aab":
        reacting.happen(job, job=job)
    reading = reacting.read()
    return lambda site: Reacting(site).deliver(reading)


def close_joins(site: Site) -> Any:
    site.register(joining(outcome=MISSING))
    joins = Joining(site)
    joins.happened("a1")
    site.now += WINDOW_MS + 1
    return lambda site: Joining(site).close()


def tell_absence(site: Site) -> Any:
    site.register(silence())
    site.now += WINDOW_MS + 1
    return lambda site: Joining(site).tell()


ANSWERING = (
    *(put_by, decide, unfold_the_last_part, commit_in_steps),
    *(close_joins, begin, commit, fail, fail_for_good, stop, resume, replay),
)
COUNTING = (
    deliver,
    deliver_replay,
    expire,
    requeue,
    retry,
    drop,
    skip,
    deliver_to_a_join,
    tell_absence,
)

each_fault = pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)


@pytest.mark.parametrize("intent", ANSWERING, ids=lambda intent: intent.__name__)
@each_fault
def test_the_answer_is_the_same_and_it_is_done_once(
    site: Site, twin: Site, proxied: Store, proxy: FaultyProxy, fault: Fault, intent: Prepare
):
    """As if nothing had been lost."""
    wanted, answer = done_once(site, twin, proxied, proxy, fault, intent)
    assert answer == wanted


@pytest.mark.parametrize("intent", COUNTING, ids=lambda intent: intent.__name__)
@each_fault
def test_those_that_tell_how_much_they_did_do_it_once(
    site: Site, twin: Site, proxied: Store, proxy: FaultyProxy, fault: Fault, intent: Prepare
):
    """Asked again, they did nothing more, and say so."""
    wanted, answer = done_once(site, twin, proxied, proxy, fault, intent)
    assert answer in (wanted, 0, None, [])
