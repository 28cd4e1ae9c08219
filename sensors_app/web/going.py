"""Where a browser is sent: never to another site, whoever made the link."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response


def within(request: Request, path: str) -> str:
    """Return a path of ours to go on to, without the prefix; the first page if it is not ours."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return f"{request.scope.get('root_path', '')}{path if is_ours else '/'}"


def back(request: Request) -> Response:
    """Return to the page of ours that a form was on."""
    host, root = request.headers.get("host", ""), request.scope.get("root_path", "")
    path = request.headers.get("referer", "").partition(f"//{host}{root}")[2]
    return RedirectResponse(within(request, path), 303)
