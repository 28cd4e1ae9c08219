"""Calls whose request or reply is lost or late, beside a twin that nothing happens to."""

from collections.abc import Callable
from typing import Any

from sensors_app.storage.store import Store
from tests.support.proxy import Fault, FaultyProxy
from tests.support.site import Site
from tests.support.waiting import wait_until

Prepare = Callable[[Site], Callable[[Site], Any]]
"""Arranges what an intent needs, and returns the call of it."""


def done_once(
    site: Site, twin: Site, proxied: Store, proxy: FaultyProxy, fault: Fault, prepare: Prepare
) -> tuple[Any, Any]:
    """Make a call through a fault, and without one on the twin: all that is kept is the same.

    Returns:
        What the twin's call answered, and what the other did, which may have been asked twice.
    """
    wanted = prepare(twin)(twin)
    call = prepare(site)
    proxy.inject(fault)
    answer = call(site.through(proxied))
    proxy.release()
    executed = 1 if fault is Fault.CUT_REQUEST else 2
    wait_until(lambda: proxy.executed >= executed, f"{executed} executions")
    assert site.contents() == twin.contents()
    return wanted, answer
