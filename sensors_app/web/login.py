"""Logging in and out; and whether the process is well."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from sensors_app.web.attempts import Attempts
from sensors_app.web.auth import SESSION_COOKIE, SESSION_MAX_AGE_S
from sensors_app.web.site import ThisSite
from sensors_app.web.templating import page

router = APIRouter(include_in_schema=False)
attempts = Attempts()


@router.get("/healthz")
def healthz(site: ThisSite) -> Response:
    """Tell a probe whether the process and the store answer."""
    site.store.now_ms()
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
    wait_s = attempts.must_wait(address)
    if wait_s:
        error = f"Too many attempts: wait {wait_s} s."
        return page(request, "login.html", 429, next=next, error=error)
    session = site.guard.log_in(name, secret)
    if session is None:
        attempts.failed(address)
        error = "No such name and password."
        return page(request, "login.html", 401, next=next, error=error)
    attempts.succeeded(address)
    response = RedirectResponse(_within(request, next), 303)
    response.set_cookie(
        SESSION_COOKIE,
        session,
        max_age=SESSION_MAX_AGE_S,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
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


def _within(request: Request, path: str) -> str:
    """Return a path of ours to go on to: whoever made the link may mean another site."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return f"{request.scope.get('root_path', '')}{path if is_ours else '/'}"
