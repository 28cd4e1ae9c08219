"""The schema of the API: FastAPI's, with problems where it would have errors of its own."""

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.routing import Match

from sensors_app.web.api.examples import example_of
from sensors_app.web.problems import MEDIA_TYPE

DESCRIPTION: Final = """\
For programs, all that the pages and the command line show and do.

Say who you are with `Authorization: Bearer SECRET`, a secret of `SENSORS_AUTH`; a server without
accounts answers to this machine alone, and asks nothing. A viewer may GET.

Errors are problems (RFC 9457): `detail` says what is wrong, and what to do about it. Lists are
paged: pass on `next` as `cursor`. A POST with an `Idempotency-Key` may be sent again.
Times are ISO 8601 in UTC.
"""

TAGS: Final = [
    {"name": "sensors", "description": "How they stand; started, stopped, evaluated, tried out."},
    {"name": "ticks", "description": "What became of their evaluations."},
    {"name": "push", "description": "Events that others send to a sensor."},
    {"name": "runs", "description": "What was launched, and what became of it."},
    {"name": "events", "description": "What happened to runs and sensors, and who waits for it."},
    {"name": "dead letters", "description": "Calls for events that failed once too often."},
    {"name": "deployment", "description": "Code locations, workers, limits, who did what."},
]

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What is wrong with a request, or why it cannot be done now (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "Always `about:blank`: the status says it."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong, and what to do about it."},
        "instance": {"type": "string", "description": "The path that was asked."},
        "errors": {
            "type": "array",
            "description": "If the request is not as it must be: where, and what.",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
            },
        },
    },
    "example": {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no sensor 'new_file' in quickstart. Did you mean new_files?",
        "instance": "/api/v1/sensors/quickstart/new_file",
    },
}

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

USUAL: Final = {
    "400": "Something that is given does not go together, or is not from here.",
    "401": "Nobody is logged in, or the secret is wrong.",
    "403": "You may look, and not change anything.",
    "404": "There is no such thing (any more).",
    "409": "It cannot be done as things are.",
    "422": "The request is not as it must be: `errors` says where.",
    "default": "Another problem: 429 and 503 may be tried again.",
}
"""What any operation may answer, and when."""


def describe(app: FastAPI) -> None:
    """Have an application tell its schema."""

    def schema() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _schema(app)
        return app.openapi_schema

    # How FastAPI has it done.
    app.openapi = schema  # type: ignore[method-assign]


def allowed(app: FastAPI, request: Request) -> list[str]:
    """Return the methods of all routes that a path leads to: each alone knows but its own."""
    return [
        method
        for method in METHODS
        for scope in [{**request.scope, "method": method}]
        if any(route.matches(scope)[0] is Match.FULL for route in app.routes)
    ]


def _schema(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title="sensors_app",
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
    )
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for name, shape in schemas.items():
        example = example_of(name)
        if example is not None:
            shape["example"] = example
    schemas["Problem"] = PROBLEM
    components["securitySchemes"] = {
        "secret": {
            "type": "http",
            "scheme": "bearer",
            "description": "A secret of `SENSORS_AUTH`.",
        }
    }
    made["security"] = [{"secret": []}, {}]
    for path in made["paths"].values():
        for operation in path.values():
            _add_problems(operation["responses"])
    return made


def _add_problems(responses: dict[str, Any]) -> None:
    for status, description in USUAL.items():
        found = responses.setdefault(status, {"description": description})
        if found["description"] == "Validation Error":
            found["description"] = description
    for status, found in responses.items():
        if not status.startswith(("2", "3")):
            reference = {"$ref": "#/components/schemas/Problem"}
            found["content"] = {MEDIA_TYPE: {"schema": reference}}
