"""Ann, an operator, and Bob, a viewer: how they say who they are."""

from fastapi.testclient import TestClient
from httpx2 import Response

AUTH = "operator:ann:s3cret-of-ann,viewer:bob:s3cret-of-bob"


def bearer(secret: str) -> dict[str, str]:
    """Return the header by which a program says who it is."""
    return {"Authorization": f"Bearer {secret}"}


ANN, BOB = bearer("s3cret-of-ann"), bearer("s3cret-of-bob")


def log_in(
    web: TestClient, secret: str = "s3cret-of-ann", name: str = "ann", **more: str
) -> Response:
    """Send the form of the login page."""
    return web.post("/login", data={"name": name, "secret": secret, **more})


def seen_from(web: TestClient, address: str) -> TestClient:
    """Return the same server, asked from another address."""
    return TestClient(
        web.app, base_url=str(web.base_url), client=(address, 1), follow_redirects=False
    )
