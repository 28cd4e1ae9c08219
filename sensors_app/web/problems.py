"""Errors as RFC 9457 problems, for programs, or as a page, for people."""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

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
        """Return it as an answer to a request."""
        body = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": request.url.path,
            **self.more,
        }
        return JSONResponse(body, self.status, self.headers, MEDIA_TYPE)

    @property
    def headers(self) -> dict[str, str]:
        """What goes with it."""
        after = self.more.get("retry_after")
        return {} if after is None else {"Retry-After": str(after)}
