"""From the POST of an event to the first line of the user's op; and from a raw task's message."""

import contextlib
import json
import time
from http.client import HTTPConnection

from benchmarks import raw
from benchmarks.celery_peer import start_celery_worker
from benchmarks.site import LOCATION, BenchmarkError, Site, free_port
from benchmarks.starts import Starts, rest
from benchmarks.stats import duration, percentile, waits
from benchmarks.table import Line
from sensors_app.operating.signing import HEADER, signature

SECRET = "benchmark"


def run(quick: bool) -> list[Line]:
    """Push events, one at a time, at all phases of beat's round, and send raw tasks in turn."""
    events, port = 21 if quick else 210, free_port()
    with Site("pushed", BENCH_INTERVAL="3600") as site, raw.producer(site.raw_broker) as producer:
        starts, raw_worker = Starts(site), start_celery_worker(site)
        site.role("launch")
        worker, _ = site.role("evaluate"), site.beat()
        web = site.web(port, SENSORS_PUSH_SECRET=SECRET)
        site.wait(lambda: _is_up(port), "the web process", web)
        round_s = site.settings.beat_interval_seconds
        took, answered, bare = [], [], []
        for number in range(-1, events):  # The first one warms up.
            rest(number, round_s)
            began = time.time()
            _push(port, f"e{number}")
            answered.append(time.time() - began)
            took.append(starts.wait(f"e{number}", worker) - began)
            began = time.time()
            raw.send(raw.START_TASK, producer, args=[f"c{number}"])
            bare.append(starts.wait(f"c{number}", raw_worker) - began)
    took, answered, bare = took[1:], answered[1:], bare[1:]
    return [
        Line(
            f"event POSTed → its run's first op runs, interval an hour, {events} events",
            waits(took, 50, 99),
            f"{duration(round_s / 2)}, {duration(round_s)}: waiting for beat's round alone; "
            f"{waits(bare, 50, 99)}: a raw Celery task, sent → its first line, idle worker",
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
