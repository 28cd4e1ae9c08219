"""What every request passes on its way in, and every response on its way out."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sensors_app.web.attempts import TooManyAttemptsError
from sensors_app.web.auth import Guard, User, bearer_token, is_loopback
from sensors_app.web.problems import Problem

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC: Final = frozenset({"/login", "/healthz"})
STATIC: Final = "/static/"
"""What is open to whoever has not said who they are."""

PUBLIC_BODY_MAX: Final = 65_536
"""What a stranger may send, bytes."""

PUSH: Final = re.compile(r"/api/v1/sensors/[^/]+/[^/]+/events")
"""Pushed events say by their signature that they may."""

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Secured:
    """Adds to every response, also to those of the framework's own, what makes browsers careful.

    Args:
        app: What answers.
        prefix: What the path of every page begins with.
    """

    def __init__(self, app: ASGIApp, prefix: str = "") -> None:
        self._app = app
        self._static = f"{prefix}{STATIC}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        # A file is asked for again, since an upgrade may have changed it; all else is for one user.
        is_file = scope.get("path", "").startswith(self._static)
        cache = "no-cache" if is_file else "no-store"

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**SECURITY_HEADERS, "Cache-Control": cache}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, secured)


class Gate:
    """Lets requests in from who may, and from our own pages alone if they change things.

    Args:
        app: What is behind it.
        guard: Decides who a request is from.
    """

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] == "websocket":
            # There are none: nobody has to think of who may.
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        state = scope.setdefault("state", {})
        state["user"] = None
        try:
            state["user"] = self._user(request)
            self._check(request, state["user"])
        except Problem as problem:
            await _refusal(request, problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _user(self, request: Request) -> User | None:
        try:
            return self._guard.user_of(
                _joined(request.headers),
                cookie_parser(request.headers.get("cookie", "")),
                request.client.host if request.client else "",
            )
        except TooManyAttemptsError as error:
            raise Problem(429, str(error), retry_after=error.wait_s) from None

    def _check(self, request: Request, user: User | None) -> None:
        path, changes = _path(request), request.method not in SAFE_METHODS
        if not self._guard.is_closed and not _is_local(request.headers.get("host", "")):
            # A page of another site that had its own name lead here, to this machine.
            raise Problem(421, "This server has no accounts: it answers under localhost alone.")
        if request.method == "POST" and PUSH.fullmatch(path):
            return
        if changes and not _is_same_origin(request):
            raise Problem(403, "Only this server's own pages may change things in your name.")
        if path in PUBLIC or path.startswith(STATIC):
            _require_small(request, changes)
            return
        if user is None:
            raise Problem(401, "Say who you are: log in, or send 'Authorization: Bearer SECRET'.")
        if changes and not user.may_change and path != "/logout":
            raise Problem(403, f"{user.name} may look, and not change anything.")


def _joined(headers: Headers) -> Mapping[str, str]:
    """Return the headers; of one that is there twice, both, so that none hides the other."""
    return {name: ", ".join(headers.getlist(name)) for name in headers}


def _path(request: Request) -> str:
    """Return what routes go by; a request's address has the Host header in it, too."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))


def _is_local(host: str) -> bool:
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


def _is_same_origin(request: Request) -> bool:
    """Tell whether a request that changes things is from a page of ours, or from no browser."""
    if bearer_token(request.headers) is not None:
        return True  # No browser adds that by itself, as it does with a proxy's "Basic".
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is not None:
        return origin.partition("://")[2] == request.headers.get("host")
    return "cookie" not in request.headers


def _require_small(request: Request, changes: bool) -> None:
    if not changes:
        return
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise Problem(411, "Say with Content-Length how much you send.")
    if int(length) > PUBLIC_BODY_MAX:
        raise Problem(413, f"Send {PUBLIC_BODY_MAX:,} bytes at the most.")


def _refusal(request: Request, problem: Problem) -> Response:
    wants_page = "text/html" in request.headers.get("accept", "")
    if problem.status == 401 and wants_page and request.method == "GET":
        root = request.scope.get("root_path", "")
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{root}/login?next={quote(_path(request) + query)}", 303)
    response = problem.response(request)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
