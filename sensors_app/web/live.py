"""What browsers are told as it happens: encoded once, sent to everybody who listens."""

import asyncio
import json
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Sequence
from itertools import count
from typing import Any

from sensors_app.errors import StoreUnavailableError
from sensors_app.storage.store import Store

REMEMBERED = 200
"""Messages that who was cut off for a moment gets after all."""

QUEUE_MAX = 200
"""Messages that may wait for one browser; one that is slower is told to read everything anew."""

HEARTBEAT_S = 15.0
WAIT_MS = 1000
LOCATIONS_EVERY = 10
"""How many waits pass before it is looked whether there are more code locations."""

logger = logging.getLogger(__name__)


def encoded(ident: int, event: str, data: Any) -> bytes:
    """Return one message as the stream has it."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return f"id: {ident}\nevent: {event}\ndata: {text}\n\n".encode("utf-8", "replace")


class Hub:
    """Passes messages on to any number of streams. May be published to from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queues: set[asyncio.Queue[bytes | None]] = set()
        self._past: deque[tuple[int, bytes]] = deque(maxlen=REMEMBERED)
        self._numbers = count(1)
        self._closed = False

    @property
    def last(self) -> int:
        """The number of the last message; 0 before the first."""
        return self._past[-1][0] if self._past else 0

    def open(self) -> None:
        """Begin, in the loop that serves the streams."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        for queue in self._queues:
            _put(queue, None)

    def publish(self, event: str, data: Any) -> None:
        """Send a message to everybody."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._publish, event, data)

    def _publish(self, event: str, data: Any) -> None:
        number = next(self._numbers)
        message = encoded(number, event, data)
        self._past.append((number, message))
        for queue in self._queues:
            _put(queue, message)

    async def stream(self, last: int | None) -> AsyncIterator[bytes]:
        """Yield messages as they come.

        Args:
            last: The last one that the browser got before it was cut off.
        """
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE_MAX)
        self._queues.add(queue)
        try:
            # How soon to come back, should the server go away.
            yield b"retry: 1000\n\n"
            for message in self._missed(last):
                yield message
            while not self._closed:
                try:
                    found = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if found is None:
                    return
                yield found
        finally:
            self._queues.discard(queue)

    def _missed(self, last: int | None) -> Sequence[bytes]:
        if last is None:
            return []
        newest = self.last
        if last == newest:
            return []
        if last > newest or not self._past or self._past[0][0] > last + 1:
            # Of another server, or too long ago.
            return [encoded(newest, "resync", None)]
        return [message for number, message in self._past if number > last]


def _put(queue: asyncio.Queue[bytes | None], message: bytes | None) -> None:
    try:
        queue.put_nowait(message)
    except asyncio.QueueFull:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(message and encoded(0, "resync", None))


class EventWatcher:
    """Tells the hub which runs something happened to, in a thread of its own.

    Args:
        store: The state.
        hub: Gets the topics: ``runs``, and ``run:ID`` for each.
    """

    def __init__(self, store: Store, hub: Hub) -> None:
        self._store = store
        self._hub = hub
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sensors-events", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()

    def _work(self) -> None:
        known: dict[str, str] = {}
        for number in count():
            if self._stop.is_set():
                return
            try:
                if number % LOCATIONS_EVERY == 0:
                    known = self._store.events.last_ids(self._store.sensors.location_names())
                self._look(known)
            except StoreUnavailableError as error:
                logger.warning("%s The pages learn of runs when it is back.", error)
                self._stop.wait(1)
            except Exception:  # whatever it is, pages that stand still must not do so for ever
                logger.exception("the events of runs could not be read; trying again")
                self._stop.wait(1)

    def _look(self, known: dict[str, str]) -> None:
        if not known:
            self._stop.wait(WAIT_MS / 1000)
            return
        if not self._store.events.wait(known, WAIT_MS):
            return
        runs: set[str] = set()
        for location, after in known.items():
            for event in self._store.events.events(location, after=after):
                known[location] = event.ident
                if event.run_id is not None:
                    runs.add(event.run_id)
        if runs:
            self._hub.publish("topics", ["runs", *(f"run:{run_id}" for run_id in sorted(runs))])
        # A burst is told in one message, not in many.
        self._stop.wait(0.2)
