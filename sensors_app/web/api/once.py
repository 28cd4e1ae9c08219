"""``Idempotency-Key``: a POST that is sent again, for want of an answer, is not done again."""

import hashlib
import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import Depends, Header, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sensors_app.storage.requests import Begun, RequestStore, RequestVerdict
from sensors_app.web.problems import Problem

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
KEPT_HEADERS: Final = ("location", "content-type")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def _declared(
    _key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="A name of your own for this request. Sent again with it within a day, the "
            "request is answered as the first time and does nothing.",
        ),
    ] = None,
) -> None:
    """Have the header checked, and in the schema."""


class OnceRoute(APIRoute):
    """A route whose POSTs may carry a key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "POST" in (kwargs.get("methods") or ()):
            kwargs["dependencies"] = [*(kwargs.get("dependencies") or ()), Depends(_declared)]
        super().__init__(*args, **kwargs)

    def get_route_handler(self) -> Handler:
        """Return what answers requests."""
        handle: Handler = super().get_route_handler()
        if "POST" not in (self.methods or ()):
            return handle

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            return await (_once(request, key, handle) if key else handle(request))

        return once


async def _once(request: Request, key: str, handle: Handler) -> Response:
    requests: RequestStore = request.app.state.site.store.requests
    own, owner = _identity(request, key), uuid4().hex
    fingerprint = hashlib.sha256(await request.body()).hexdigest()
    begun = await run_in_threadpool(requests.begin, own, fingerprint, owner)
    if begun.verdict is not RequestVerdict.NEW:
        return _answer_of(begun)
    answer = None
    try:
        response = await handle(request)
        if response.status_code < 400:
            answer = _written(response)
    finally:
        await run_in_threadpool(requests.keep, own, owner, answer)
    return response


def _answer_of(begun: Begun) -> Response:
    if begun.verdict is RequestVerdict.OTHER:
        raise Problem(409, f"This {HEADER} was used for another request: take a new one.")
    if begun.verdict is RequestVerdict.RUNNING:
        raise Problem(
            409, f"The request with this {HEADER} is under way: ask again.", retry_after=1
        )
    kept = json.loads(begun.answer)
    return Response(kept["body"], kept["status"], {**kept["headers"], REPLAYED: "true"})


def _written(response: Response) -> str:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    body = bytes(response.body).decode()
    return json.dumps({"status": response.status_code, "headers": headers, "body": body})


def _identity(request: Request, key: str) -> str:
    """Return what a request is known by: the same key of another user or elsewhere is another."""
    parts = [request.state.user.name, str(request.url.path), request.url.query, key]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
