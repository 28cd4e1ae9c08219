"""Errors as RFC 9457 problems, for programs, or as a page, for people."""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sensors_app.web.templating import page

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 -- it is one, and becomes a response
    """Something is wrong with a request, or cannot be done now.

    Args:
        status: The HTTP status.
        detail: What, and what to do about it.
        more: Further members of the problem.
    """

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase

    def response(self, request: Request) -> Response:
        """Return it as an answer to a request: a page for a browser, JSON for all others."""
        if _wants_page(request):
            return self._page(request)
        body = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": request.url.path,
            **self.more,
        }
        return JSONResponse(body, self.status, self.headers, MEDIA_TYPE)

    def _page(self, request: Request) -> Response:
        user = request.scope.get("state", {}).get("user")
        site = request.app.state.site
        answer = page(
            request,
            "problem.html",
            self.status,
            title=self.title,
            detail=self.detail,
            errors=self.more.get("errors", ()),
            # Who is not known here need not know how the deployment is.
            trouble=site.health.trouble() if user else (),
        )
        answer.headers.update(self.headers)
        return answer

    @property
    def headers(self) -> dict[str, str]:
        """What goes with it."""
        after = self.more.get("retry_after")
        return {} if after is None else {"Retry-After": str(after)}


def _wants_page(request: Request) -> bool:
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return "text/html" in request.headers.get("accept", "") and not path.startswith("/api/")
