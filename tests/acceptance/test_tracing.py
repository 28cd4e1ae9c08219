"""Workers send their spans to a collector, by the standard variables, and lose none at the end."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.acceptance.cluster import Cluster, write_events

pytestmark = pytest.mark.acceptance


class Collector:
    """Takes spans by HTTP, as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        self.names: dict[bytes, set[str]] = defaultdict(set)
        self.services: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Be quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, path: str, body: bytes) -> None:
        assert path == "/v1/traces"
        request = ExportTraceServiceRequest.FromString(body)
        for each in request.resource_spans:
            found = {a.key: a.value.string_value for a in each.resource.attributes}
            self.services.add(found["service.name"])
            for scope in each.scope_spans:
                for span in scope.spans:
                    self.names[span.trace_id].add(span.name)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


def test_one_trace_leads_through_all_processes(tmp_path: Path, collector: Collector) -> None:
    """From the tick that saw something to the run that a sensor requested for its run."""
    cluster = Cluster(
        tmp_path,
        "chain=chain",
        {
            "SENSORS_OTEL": "1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_SERVICE_NAME": "orders",
            # Longer than the test: what comes is what processes send when they end.
            "OTEL_BSP_SCHEDULE_DELAY": "600000",
        },
    )
    try:
        cluster.beat()
        cluster.listener()
        workers = [cluster.worker("evaluate+launch"), cluster.worker("react")]
        cluster.wait_served(roles={"evaluate", "launch", "react"})
        write_events(cluster, "a")
        cluster.wait_finished("events", 1)
        cluster.wait_finished("on_success", 1)
        for worker in workers:
            assert worker.stop() == 0
        expected = {"tick events", "launch work_job", "run work_job", "step work"}
        expected |= {"reaction on_success", "launch report_job", "run report_job", "step report"}
        assert any(expected <= names for names in collector.names.values()), collector.names
        assert collector.services == {"orders"}
    finally:
        cluster.close()
