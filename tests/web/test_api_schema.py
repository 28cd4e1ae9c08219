"""The API does what its schema says, whatever is sent: Schemathesis finds nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from starlette.types import ASGIApp, Receive, Scope, Send

from sensors_app.model.limits import ConcurrencyLimit
from tests.support.reacting import Reacting, fed
from tests.support.site import Site, request, sensor
from tests.web.conftest import Open

ENDLESS = "follow_events"
"""A stream; it has a test of its own."""

CONFIG = {
    "headers": {"Host": "localhost"},
    "phases": {"stateful": {"enabled": False}},
    # Beside the examples of the schema, and what is at the edges of what it allows.
    "generation": {"max-examples": 15, "deterministic": True, "database": "none"},
    "workers": 1,
    # Made-up names lead nowhere.
    "parameters": {
        "path.location": "quickstart",
        "path.sensor": "new_files",
        "path.run_id": "run-1",
    },
    "operations": [
        {
            # To GET it is to ask for the run "run-1/cancel" of another system.
            "include-operation-id": ["cancel_run", "reexecute_run"],
            "checks": {
                "unsupported_method": {"enabled": False},
                "allow_header_conformance": {"enabled": False},
            },
        }
    ],
    # What is not wrong in itself may be wrong together, or be no cursor of ours: 400.
    "checks": {
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "400", "401", "403", "404", "409", "429"]
        }
    },
}


class Requests:
    """An application that has begun, and is not ended by who asks it something."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._app(scope, receive, send)
            return
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})


@pytest.fixture
def app(site: Site, open_web: Open) -> ASGIApp:
    """An application with something of everything, under the names of the schema's examples."""
    place = Site(site.store, site.prefix, "quickstart")
    limits = [ConcurrencyLimit(1)]
    place.register(sensor("new_files"), fed("on_failure"), sensor("off"), limits=limits)
    place.tick(request("run-1", "2026-11-24.csv"), request("run-2"), cursor="41", name="new_files")
    Reacting(place).happen("r", source="quickstart")
    return Requests(open_web(push_secret="secret").app)


def test_no_request_has_an_answer_that_the_schema_does_not_know(app: ASGIApp) -> None:
    """Valid ones are answered as it says, invalid ones are refused, and none breaks anything."""
    schema = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json",
        app,
        config=SchemathesisConfig.from_dict(CONFIG),
        headers={"Host": "localhost"},
    ).exclude(operation_id=ENDLESS)
    found = "\n\n".join(map(str, _faults(schema)))
    assert not found, found


def _faults(schema: Any) -> Iterator[object]:
    for event in from_schema(schema).execute():
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            yield f"{event.label}: {event.value}"
        if isinstance(event, events.ScenarioFinished):
            for case, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        asked = event.recorder.cases[case].value
                        yield f"{asked.as_curl_command()}\n{check.failure_info.failure}"
