"""Logging in and out; and whether the process is well."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from sensors_app.errors import StoreUnavailableError
from sensors_app.web.attempts import TooManyAttemptsError
from sensors_app.web.auth import SESSION_COOKIE, SESSION_MAX_AGE_S
from sensors_app.web.going import within
from sensors_app.web.site import ThisSite
from sensors_app.web.templating import page

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def healthz(site: ThisSite) -> Response:
    """Tell a probe whether the process and the store answer; it is anybody's, so no more."""
    try:
        site.store.now_ms()
    except StoreUnavailableError:
        return PlainTextResponse("the server of the state is away\n", 503)
    return PlainTextResponse("ok\n")


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002 -- the query's name
    """Ask who is there."""
    return page(request, "login.html", next=next, error=None)


@router.post("/login")
def log_in(
    request: Request,
    site: ThisSite,
    name: Annotated[str, Form(max_length=200)],
    secret: Annotated[str, Form(max_length=1000)],
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 -- the field's name
) -> Response:
    """Let somebody in who knows a password."""
    address = request.client.host if request.client else ""
    try:
        session = site.guard.log_in(name, secret, address)
    except TooManyAttemptsError as error:
        answer = page(request, "login.html", 429, next=next, error=str(error))
        answer.headers["Retry-After"] = str(error.wait_s)
        return answer
    if session is None:
        wrong = "No such name and password."
        return page(request, "login.html", 401, next=next, error=wrong)
    response = RedirectResponse(within(request, next), 303)
    response.set_cookie(
        SESSION_COOKIE,
        session,
        max_age=SESSION_MAX_AGE_S,
        httponly=True,
        samesite="lax",
        secure=_is_encrypted(request),
        path=request.scope.get("root_path", "") or "/",
    )
    return response


@router.post("/logout")
def log_out(request: Request) -> Response:
    """End a session."""
    root = request.scope.get("root_path", "")
    response = RedirectResponse(f"{root}/login", 303)
    response.delete_cookie(SESSION_COOKIE, path=root or "/")
    return response


def _is_encrypted(request: Request) -> bool:
    """Tell whether the browser came by TLS, which may end at a proxy: then its page says so."""
    origin = request.headers.get("origin", "")
    return request.url.scheme == "https" or origin.startswith("https://")
