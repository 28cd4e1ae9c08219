"""The API as a test asks it: paths below ``/api/v1``, answers as JSON."""

from typing import Any

from fastapi.testclient import TestClient


class Api:
    """A program that asks the API.

    Args:
        client: The client of the application.
        headers: Sent with each request.
    """

    def __init__(self, client: TestClient, **headers: str) -> None:
        self._client = client
        self._headers = {"Accept": "application/json", **headers}

    def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        """Send a request, expect this status, and return the answer itself."""
        headers = {**self._headers, **more.pop("headers", {})}
        answer = self._client.request(method, f"/api/v1{path}", headers=headers, **more)
        assert answer.status_code == status, answer.text
        return answer

    def get(self, path: str, status: int = 200, /, **query: Any) -> Any:
        """Return what a GET is answered with."""
        return self.ask("GET", path, status, params=query).json()

    def post(self, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """Return what a POST is answered with."""
        return self.ask("POST", path, status, json=body, headers=headers).json()

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        """Return what a PUT is answered with."""
        return self.ask("PUT", path, status, json=body).json()

    def pages(self, path: str, **query: Any) -> list[list[Any]]:
        """Return the items of all pages of a list."""
        found, cursor = [], ""
        while cursor is not None:
            page = self.get(path, cursor=cursor, **query)
            found.append(page["items"])
            cursor = page["next"]
        return found
