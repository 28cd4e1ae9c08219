"""A beat and a worker in a thread: they do what the command line waits for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sensors_app.model.locations import Role, WorkerInfo
from sensors_app.model.ticks import Preview, TickFailure, TickResult, TickStatus
from sensors_app.storage.store import Store

HOLDER = "task-1/worker@host/101"
WORKER = WorkerInfo("worker@host:1", (Role.EVALUATE, Role.LAUNCH), 2, 1, "1")


def show_alive(store: Store, *roles: Role, location: str = "loc", beat: bool = True) -> None:
    """Have a worker of these roles, by default of all, and a beat give a sign of life."""
    store.sensors.worker_heartbeat(location, replace(WORKER, roles=roles or WORKER.roles))
    if beat:
        store.sensors.beat_heartbeat("beat:1")


@contextmanager
def working(
    store: Store,
    outcome: TickResult | TickFailure | None = None,
    preview: Preview | None = None,
) -> Iterator[None]:
    """Evaluate the due sensors of ``loc`` with this outcome, and dry runs with that."""
    show_alive(store)
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.01):
            if outcome is not None:
                _evaluate(store, outcome)
            for entry in store.outbox.take_outbox("loc"):
                if entry.kind == "preview":
                    _answer(store, entry.ident, preview)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _evaluate(store: Store, outcome: TickResult | TickFailure) -> None:
    claims = store.ticks.claim_due("loc", limit=10, window=10).claims
    for claim in claims:
        store.ticks.begin_ticks("loc", [claim], HOLDER)
        store.ticks.finish_ticks("loc", [(claim, outcome)], HOLDER)


def _answer(store: Store, preview_id: str, preview: Preview | None) -> None:
    start = store.outbox.begin_preview("loc", preview_id)
    assert start is not None
    usual = Preview(start.claim.sensor, TickStatus.SKIPPED, cursor_after=start.cursor)
    answer = replace(preview or usual, cursor_before=start.cursor)
    store.outbox.answer_preview("loc", preview_id, answer)
