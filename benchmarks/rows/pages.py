"""The pages under load: a list of 1,000 sensors, many browsers that follow it, a large API list."""

import asyncio
import shutil
import time
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.processes import CpuMeter, Process
from benchmarks.site import LOCATION, Site, free_port
from benchmarks.stats import duration, percentile
from benchmarks.table import Line
from sensors_app.model.locations import LocationSnapshot, SensorSnapshot
from sensors_app.model.ticks import TickResult
from sensors_app.storage.keys import LocationKeys

CHANGES_PER_S = 30
CLIENTS = 500
DAGSTER_PAGE = "Dagster's page, measured before: 4.9 MB, 97 requests"
FIRST_PAINT = """() => new Promise((found) => new PerformanceObserver((list) => {
  const paint = list.getEntriesByName("first-contentful-paint")[0];
  if (paint) found(paint.startTime);
}).observe({ type: "paint", buffered: true }))"""
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def run(quick: bool) -> list[Line]:
    """Measure the list as it is loaded, as it is followed, and as programs read it."""
    clients, sensors, ticks = (100, 2000, 20) if quick else (CLIENTS, 10_000, 100)
    with Site("skipping", BENCH_SENSORS="0", BENCH_INTERVAL="1") as site:
        register(site, 1000)
        port = free_port()
        web = serve(site, port)
        lines = [_loaded(port), _followed(site, web, port, clients, 5.0 if quick else 20.0)]
        register(site, sensors)
        fill(site, sensors, ticks)
        lines.append(_listed(site, web, port, sensors, ticks))
    return lines


def register(site: Site, count: int) -> None:
    """Have a code location with so many sensors, each of which has had a tick."""
    sensors = [SensorSnapshot(f"s{n:05}", ("j",), running_by_default=True) for n in range(count)]
    site.store.sensors.register_location(LocationSnapshot(LOCATION, "m", "1", sensors, ("j",)))
    for each in sensors[:1000]:
        tick(site, each.name)


def tick(site: Site, sensor: str) -> None:
    """Have a sensor skip once."""
    claim = site.store.ticks.claim_sensor(LOCATION, sensor)
    if claim is not None:
        site.store.ticks.begin_ticks(LOCATION, [claim], "bench")
        outcome = TickResult(skip_reason=f"Nothing newer than {claim.token}.")
        site.store.ticks.finish_ticks(LOCATION, [(claim, outcome)], "bench")


def fill(site: Site, sensors: int, ticks: int) -> None:
    """Give every sensor a history, by bare commands."""
    keys = LocationKeys(site.settings.key_prefix, LOCATION)
    began = round(time.time() * 1000) - 10_000_000
    for number in range(sensors):
        with site.client.pipeline(transaction=False) as pipe:
            for n in range(ticks):
                at = began + n
                times: Any = {"started": at, "ended": at + 1}
                rest = {"before": "", "after": "", "data": '{"skip_reason":"nothing"}'}
                fields = {"status": "SKIPPED", "worker": "w", **times, **rest}
                pipe.xadd(keys.ticks(f"h{number:05}"), fields, id=f"{at}-0")
            pipe.execute()


def serve(site: Site, port: int) -> Process:
    """Start the web process, and wait until it answers."""
    web = site.python("web", "sensors_app.web", SENSORS_WEB_PORT=str(port))
    site.wait(lambda: _answers(port), "the pages", web)
    return web


def _answers(port: int) -> bool:
    try:
        return _get(port, "/healthz") == b"ok\n"
    except OSError:
        return False


def _get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        body: bytes = answer.read()
    return body


def _loaded(port: int) -> Line:
    sizes = [len(_get(port, path)) for path in ("/", "/static/style.css", "/static/live.js")]
    waits = []
    for _ in range(20):
        began = time.perf_counter()
        _get(port, "/")
        waits.append(time.perf_counter() - began)
    paint = _first_paint(port)
    shown = "no chromium here" if paint is None else f"first paint {duration(paint)}"
    return Line(
        "list of 1,000 sensors, 200 a page",
        f"{sum(sizes) / 1000:,.0f} KB in all, answered in p50 {duration(percentile(waits, 50))}; "
        f"{shown}",
        DAGSTER_PAGE,
    )


def _first_paint(port: int) -> float | None:
    path = shutil.which("chromium")
    if path is None:
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        waits = []
        for _ in range(5):
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{port}/")
            waits.append(page.evaluate(FIRST_PAINT))
            page.close()
        browser.close()
    return float(percentile(waits, 50)) / 1000


def _followed(site: Site, web: Process, port: int, clients: int, seconds: float) -> Line:
    idle = CpuMeter(web=web)
    time.sleep(3)
    alone = idle.shares()["web"]
    got, share = asyncio.run(_follow(site, web, port, clients, seconds))
    return Line(
        f"{clients} browsers that follow it, {CHANGES_PER_S} changes a second",
        f"web process {share:.0%} of a core ({alone:.0%} with nobody and nothing)",
        "",
        f"{got:,.0f} messages to each",
    )


async def _follow(
    site: Site, web: Process, port: int, clients: int, seconds: float
) -> tuple[float, float]:
    counts = [0] * clients
    streams = [asyncio.create_task(_stream(port, counts, n)) for n in range(clients)]
    await asyncio.sleep(2)
    meter = CpuMeter(web=web)
    end = time.monotonic() + seconds
    for sensor in _in_turn():
        await asyncio.to_thread(tick, site, sensor)
        await asyncio.sleep(1 / CHANGES_PER_S)
        if time.monotonic() > end:
            break
    share = meter.shares()["web"]
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    return sum(counts) / clients, share


async def _stream(port: int, counts: list[int], number: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    async for line in reader:
        counts[number] += line.startswith(b"event: rows")


def _in_turn() -> Iterator[str]:
    while True:
        yield from (f"s{n:05}" for n in range(1000))


def _listed(site: Site, web: Process, port: int, sensors: int, ticks: int) -> Line:
    site.wait(lambda: b'"s00001"' in _get(port, "/api/v1/sensors?limit=200&sort=name"), "it", web)
    waits: list[float] = []
    for number in range(100):
        began = time.perf_counter()
        _get(port, f"/api/v1/sensors?limit=200&q=s{number:03}")
        waits.append(time.perf_counter() - began)
    return Line(
        f"API: 200 of {sensors:,} sensors by a filter, {sensors * ticks:,} ticks in the store",
        _waits(waits),
    )


def _waits(waits: Sequence[float]) -> str:
    return f"p50 {duration(percentile(waits, 50))}, p99 {duration(percentile(waits, 99))}"
