"""What every request passes on its way in, and every response on its way out."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sensors_app.web.auth import Guard, User, is_loopback
from sensors_app.web.problems import Problem

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC: Final = ("/login", "/static/", "/healthz")
"""What is open to whoever has not said who they are."""

PUSH_SUFFIX: Final = "/events"
"""Pushed events say by their signature that they may."""

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


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
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        user = self._guard.user_of(
            _plain(request.headers),
            cookie_parser(request.headers.get("cookie", "")),
            request.client.host if request.client else "",
        )
        scope.setdefault("state", {})["user"] = user
        try:
            self._check(request, user)
        except Problem as problem:
            await _refusal(request, problem)(scope, receive, _securing(send))
            return
        await self._app(scope, receive, _securing(send))

    def _check(self, request: Request, user: User | None) -> None:
        path = _path(request)
        if not self._guard.is_closed and not _is_local(request.headers.get("host", "")):
            # A page of another site that had its own name lead here, to this machine.
            raise Problem(421, "This server has no accounts: it answers under localhost alone.")
        if _is_public(path) or _is_push(request, path):
            return
        if user is None:
            raise Problem(401, "Say who you are: log in, or send 'Authorization: Bearer SECRET'.")
        if request.method in SAFE_METHODS:
            return
        if not _is_same_origin(request):
            raise Problem(403, "Only this server's own pages may change things in your name.")
        if not user.may_change and path != "/logout":
            raise Problem(403, f"{user.name} may look, and not change anything.")


def _plain(headers: Headers) -> Mapping[str, str]:
    return dict(headers.items())


def _path(request: Request) -> str:
    root = request.scope.get("root_path", "")
    return request.url.path.removeprefix(root)


def _is_public(path: str) -> bool:
    return path == PUBLIC[0] or any(path.startswith(each) for each in PUBLIC[1:])


def _is_push(request: Request, path: str) -> bool:
    is_sensor = path.startswith("/api/v1/sensors/") and path.endswith(PUSH_SUFFIX)
    return request.method == "POST" and is_sensor


def _is_local(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    return is_loopback(name)


def _is_same_origin(request: Request) -> bool:
    """Tell whether a request that changes things is from a page of ours, or from no browser."""
    if "authorization" in request.headers:
        return True  # No browser adds that by itself.
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return "cookie" not in request.headers


def _refusal(request: Request, problem: Problem) -> Response:
    path = _path(request)
    wants_page = "text/html" in request.headers.get("accept", "")
    if problem.status == 401 and wants_page and request.method == "GET":
        root = request.scope.get("root_path", "")
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{root}/login?next={quote(path + query)}", 303)
    response = problem.response(request)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _securing(send: Send) -> Send:
    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            _add(MutableHeaders(scope=message), SECURITY_HEADERS.items())
        await send(message)

    return secured


def _add(headers: MutableHeaders, more: Iterable[tuple[str, Any]]) -> None:
    for name, value in more:
        headers.setdefault(name, value)
