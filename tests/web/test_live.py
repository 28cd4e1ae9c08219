"""What browsers that follow are sent."""

import asyncio
import json
from collections.abc import AsyncIterator

from sensors_app.web import live
from sensors_app.web.live import QUEUE_MAX, REMEMBERED, Hub


async def next_event(stream: AsyncIterator[bytes]) -> tuple[str, object]:
    async for message in stream:
        lines = dict(line.split(": ", 1) for line in message.decode().splitlines() if ": " in line)
        if "event" in lines:
            return lines["event"], json.loads(lines["data"])
    raise AssertionError("the stream ended")


async def listening(hub: Hub, last: int | None = None) -> AsyncIterator[bytes]:
    stream = hub.stream(last)
    assert (await anext(stream)).startswith(b"retry:")
    return stream


async def settled() -> None:
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def test_everybody_gets_what_is_published() -> None:
    """The same message, in order."""

    async def follow() -> None:
        hub = Hub()
        hub.open()
        streams = [await listening(hub) for _ in range(3)]
        waiting = [asyncio.create_task(next_event(stream)) for stream in streams]
        await settled()
        hub.publish("topics", ["runs"])
        assert await asyncio.gather(*waiting) == [("topics", ["runs"])] * 3

    asyncio.run(follow())


def test_who_was_cut_off_gets_what_was_missed() -> None:
    """By the last message that it got; after too many, or of another server: read all anew."""

    async def follow() -> None:
        hub = Hub()
        hub.open()
        for number in range(REMEMBERED + 10):
            hub.publish("topics", [str(number)])
        await settled()
        newest = REMEMBERED + 10
        assert hub.last == newest
        stream = await listening(hub, newest - 2)
        assert await next_event(stream) == ("topics", [str(newest - 2)])
        assert await next_event(stream) == ("topics", [str(newest - 1)])
        for last in (1, newest + 5):
            assert await next_event(await listening(hub, last)) == ("resync", None)

    asyncio.run(follow())


def test_a_slow_browser_is_told_to_read_all_anew() -> None:
    """It holds up nobody, and its messages take no memory without end."""

    async def follow() -> None:
        hub = Hub()
        hub.open()
        stream = await listening(hub)
        first = asyncio.create_task(next_event(stream))
        await settled()
        hub.publish("topics", [])
        await first
        for number in range(QUEUE_MAX + 1):
            hub.publish("topics", [str(number)])
        await settled()
        assert await next_event(stream) == ("resync", None)

    asyncio.run(follow())


def test_streams_end_with_the_server() -> None:
    """Those that wait do, too."""

    async def follow() -> None:
        hub = Hub()
        hub.open()
        stream = await listening(hub)
        ended = asyncio.create_task(anext(stream, None))
        await settled()
        hub.close()
        assert await ended is None

    asyncio.run(follow())


def test_a_quiet_stream_gives_a_sign_of_life(monkeypatch) -> None:
    """So that proxies do not take it for dead."""
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)

    async def follow() -> None:
        hub = Hub()
        hub.open()
        stream = await listening(hub)
        assert (await anext(stream)).startswith(b":")

    asyncio.run(follow())
