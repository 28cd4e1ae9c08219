"""The web application: the gate, the pages, the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from sensors_app.errors import DagsterError, StoreUnavailableError, UnknownNameError
from sensors_app.runtime import Runtime
from sensors_app.web import login, metrics, streaming
from sensors_app.web.api import routes
from sensors_app.web.api.schema import allowed, describe
from sensors_app.web.auth import Guard
from sensors_app.web.gate import Gate, Secured
from sensors_app.web.health import HealthWatch
from sensors_app.web.history import TickHistory
from sensors_app.web.live import EventWatcher, Hub
from sensors_app.web.metrics import Exporter
from sensors_app.web.overview import Overview
from sensors_app.web.pages import (
    assets,
    audit,
    calls,
    cursor,
    held,
    jobs,
    previews,
    run,
    run_actions,
    run_keys,
    runs,
    sensor,
    sensors,
    tick,
)
from sensors_app.web.pages import health as health_page
from sensors_app.web.problems import Problem
from sensors_app.web.site import Site
from sensors_app.web.streaming import publish_rows
from sensors_app.web.tails import Tails

STATIC = Path(__file__).parent / "static"

SENSOR = (sensor, tick, held, cursor, previews, run_keys, calls)

# In this order: the id of a run may be anything.
RUNS = (runs.router, run_actions.router, run.router, jobs.router, assets.router)
WHOLE = (health_page.router, audit.router)


def build_app(runtime: Runtime) -> ASGIApp:
    """Return the application.

    Args:
        runtime: Settings and store; closed when the application ends.

    Raises:
        SettingsError: An account is wrong, or the network would be let in without any.
        StoreUnavailableError: The server of the state is away.
    """
    settings, store = runtime.settings, runtime.store
    guard, hub = Guard(settings, store.web_secret()), Hub()
    health = HealthWatch(store, lambda: hub.publish("topics", ["health"]))
    overview = Overview(store, lambda rows, registered: publish_rows(site, rows, registered))
    watcher, tails = EventWatcher(store, hub), Tails(store, hub)
    site = Site(settings, store, guard, overview, health, hub, tails, TickHistory(store))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        hub.open()
        for each in (overview, health, watcher, tails):
            each.start()
        yield
        hub.close()
        for each in (overview, health, watcher, tails):
            each.stop()
        runtime.close()

    app = FastAPI(
        title="sensors_app",
        version=version("sensors-app"),
        openapi_url="/api/v1/openapi.json",
        # Their pages load scripts from elsewhere; the schema is what counts.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[Middleware(Gate, guard=guard)],
    )
    app.state.site = site
    app.state.exporter = Exporter(site)
    for router in (login.router, streaming.router, metrics.router, sensors.router, *RUNS, *WHOLE):
        app.include_router(router)
    for page in SENSOR:
        app.include_router(page.router)
    app.include_router(routes.router)
    describe(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _explain_errors(app)
    return Secured(_mounted(app, settings.web_prefix), settings.web_prefix)


def _mounted(app: FastAPI, prefix: str) -> ASGIApp:
    if not prefix:
        return app
    return Starlette(routes=[Mount(prefix, app)], lifespan=app.router.lifespan_context)


def _explain_errors(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def on_problem(request: Request, problem: Problem) -> Response:
        return problem.response(request)

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        answer = Problem(error.status_code, str(error.detail)).response(request)
        answer.headers.update(error.headers or {})
        if error.status_code == 405:
            answer.headers["Allow"] = ", ".join(allowed(app, request))
        return answer

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        faults = [
            {"where": ".".join(map(str, each["loc"])), "what": each["msg"]}
            for each in error.errors()
        ]
        return Problem(422, "The request is not as it must be.", errors=faults).response(request)

    @app.exception_handler(DagsterError)
    async def on_error(request: Request, error: DagsterError) -> Response:
        status = 500
        if isinstance(error, UnknownNameError):
            status = 404
        elif isinstance(error, StoreUnavailableError):
            status = 503
        return Problem(status, str(error)).response(request)

    @app.exception_handler(Exception)
    async def on_crash(request: Request, _error: Exception) -> Response:
        detail = "This server has made a mistake; its log says which one."
        return Problem(500, detail).response(request)
