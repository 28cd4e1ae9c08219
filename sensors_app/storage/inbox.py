"""Events that others push to sensors: kept until a tick that saw them commits."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sensors_app.model.pushed import PushedEvent
from sensors_app.model.ticks import Claim, TickStart
from sensors_app.storage import codec
from sensors_app.storage.base import DAY_MS, StoreContext, given

SEEN_EVENTS = 100
SEEN_BYTES = 4_000_000
"""How much of an inbox one tick is given; the next one follows at once."""

REMEMBERED_MS = DAY_MS
"""For how long the senders' ids are known."""

BURST_MS = 10_000
"""What may be pushed in so long by the rate that is allowed may come at once."""


class PushVerdict(StrEnum):
    """What became of an event that was pushed."""

    OK = "ok"
    """It is kept."""

    DUPLICATE = "duplicate"
    """It was kept before."""

    UNKNOWN = "unknown"
    """There is no such sensor that is polled."""

    BUSY = "busy"
    """Too many came of late."""

    FULL = "full"
    """Too many wait."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """The answer to who pushed an event.

    Args:
        verdict: What became of it.
        ident: Its id, if it is kept.
        waiting: How many wait for the sensor, with it.
        running: Whether the sensor is on.
        wait_ms: If too many came of late: how long to wait.
    """

    verdict: PushVerdict
    ident: str = ""
    waiting: int = 0
    running: bool = False
    wait_ms: int = 0


class InboxStore:
    """Intents and reads around events that are pushed."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def push(
        self,
        location: str,
        sensor: str,
        payload: str,
        *,
        event_id: str | None = None,
        max_waiting: int = 1000,
        per_second: float = 100,
        now_ms: int | None = None,
    ) -> Pushed:
        """Keep an event for a sensor, and have it evaluated now if it is on.

        Args:
            location: The code location.
            sensor: The sensor, which must be polled.
            payload: The event as JSON.
            event_id: The sender's name for it: another with the same is dropped for a day.
            max_waiting: How many may wait for the sensor.
            per_second: How many may be pushed to it in a second, over ten of them.
            now_ms: The time to go by.
        """
        keys = self._context.keys(location)
        digest = hashlib.sha256((event_id or "").encode()).hexdigest()
        verdict, *rest = self._context.run(
            "push_event",
            [keys.sensor(sensor), keys.due, keys.inbox(sensor), keys.pushed(sensor, digest)],
            [
                given(now_ms),
                sensor,
                payload,
                "" if event_id is None else REMEMBERED_MS,
                max_waiting,
                1000 / per_second,
                BURST_MS,
            ],
        )
        match PushVerdict(verdict):
            case PushVerdict.OK | PushVerdict.DUPLICATE as kept:
                ident, waiting, on = rest
                return Pushed(kept, ident, waiting, bool(on))
            case PushVerdict.BUSY:
                return Pushed(PushVerdict.BUSY, wait_ms=rest[0])
            case PushVerdict.FULL:
                return Pushed(PushVerdict.FULL, waiting=rest[0])
            case other:
                return Pushed(other)

    def count(self, location: str, sensor: str) -> int:
        """Return how many events wait for a sensor."""
        with self._context.reading() as pipe:
            pipe.xlen(self._context.keys(location).inbox(sensor))
            (found,) = pipe.execute()
        return int(found)

    def waiting(self, location: str, sensor: str, *, limit: int = 100) -> list[PushedEvent]:
        """Return what was pushed to a sensor and no committed tick has seen, oldest first."""
        with self._context.reading() as pipe:
            pipe.xrange(self._context.keys(location).inbox(sensor), count=limit)
            (entries,) = pipe.execute()
        flat = [x for ident, each in entries for x in (ident, each["at"], each["payload"])]
        return list(pushed_events(flat))


def tick_start(claim: Claim, state: Sequence[str]) -> TickStart:
    """Read what a sensor may know, as scripts answer it: four optional texts, then its events."""
    cursor, last_run_key, last_end, switched_on = map(codec.unwrap, state[:4])
    return TickStart(
        claim,
        cursor,
        last_run_key,
        codec.seconds(last_end),
        codec.seconds(switched_on),
        pushed_events(state[4:]),
    )


def pushed_events(flat: Sequence[str]) -> tuple[PushedEvent, ...]:
    """Read pushed events: id, time in ms and payload of each."""
    return tuple(
        PushedEvent(ident, int(at) / 1000, json.loads(payload))
        for ident, at, payload in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    )
