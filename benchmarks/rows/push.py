"""From the POST of an event to the first line of the user's op."""

import contextlib
import json
import time
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.site import LOCATION, BenchmarkError, Site, free_port
from benchmarks.stats import duration, percentile
from benchmarks.table import Line
from sensors_app.operating.signing import HEADER, signature

SECRET = "benchmark"
GOLDEN = 0.618034
"""Waits that grow by this share of beat's round meet it at every phase, evenly."""


def run(quick: bool) -> list[Line]:
    """Push events, one at a time, at all phases of beat's round."""
    events, port = 20 if quick else 200, free_port()
    with Site("pushed") as site:
        started = site.folder / "started"
        started.mkdir()
        site.role("launch")
        worker, _ = site.role("evaluate"), site.beat()
        web = site.web(port, SENSORS_PUSH_SECRET=SECRET)
        site.wait(lambda: _is_up(port), "the web process", web)
        round_s = site.settings.beat_interval_seconds
        took, answered = [], []
        for number in range(-1, events):  # The first one warms up.
            time.sleep(round_s * (number * GOLDEN % 1))
            began = time.time()
            _push(port, f"e{number}")
            answered.append(time.time() - began)
            site.wait(lambda: _read(started / f"e{number}"), "a run", worker)  # noqa: B023
            took.append(float(_read(started / f"e{number}")) - began)
    took, answered = took[1:], answered[1:]
    return [
        Line(
            f"event POSTed → its run's first op runs, interval an hour, {events} events",
            f"p50 {duration(percentile(took, 50))}, p99 {duration(percentile(took, 99))}",
            f"{duration(round_s / 2)}, {duration(round_s)}: waiting for beat's round alone",
            f"{duration(percentile(took, 50) - round_s / 2)} on top, in the middle; "
            f"the POST is answered after {duration(percentile(answered, 50))}",
        )
    ]


def _push(port: int, name: str) -> None:
    body = json.dumps({"name": name}).encode()
    with contextlib.closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request(
            "POST",
            f"/api/v1/sensors/{LOCATION}/told/events",
            body,
            {HEADER: signature(SECRET, body, int(time.time()))},
        )
        answer = connection.getresponse()
        if answer.status != 202:
            raise BenchmarkError(f"an event was not taken: {answer.read().decode()}")


def _is_up(port: int) -> bool:
    try:
        with contextlib.closing(HTTPConnection("127.0.0.1", port)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
    except OSError:
        return False


def _read(path: Path) -> str:
    """Return what a file holds, empty while there is none."""
    return path.read_text() if path.exists() else ""
