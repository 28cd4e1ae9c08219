"""Who did what."""

import re

import pytest
from fastapi.testclient import TestClient

from sensors_app.storage.store import Store
from sensors_app.web.pages import audit
from tests.support.site import Site


@pytest.fixture
def done(store: Store, site: Site) -> Store:
    """Ann started and stopped a sensor, and Bob canceled a run."""
    store.audit.record("loc", "ann", "start", "orders")
    store.audit.record("loc", "ann", "stop", "orders", "<b>why</b>")
    store.audit.record("loc", "bob", "cancel", "run-1")
    return store


def actions(text: str) -> list[str]:
    return re.findall(r'<td class="nowrap">(start|stop|cancel)</td>', text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["cancel", "stop", "start"]),
        ("actor=ANN", ["stop", "start"]),
        ("target=order", ["stop", "start"]),
        ("action=cancel", ["cancel"]),
        ("location=other", []),
        ("actor=ann&action=start", ["start"]),
    ],
)
def test_filters(done: Store, web: TestClient, query: str, expected: list[str]):
    """By who, what and to what, newest first."""
    answer = web.get(f"/audit?{query}")
    assert actions(answer.text) == expected
    assert "<b>why</b>" not in answer.text


def test_parts_follow_one_another(done: Store, web: TestClient, monkeypatch: pytest.MonkeyPatch):
    """By links that keep the filter."""
    monkeypatch.setattr(audit, "PAGE_SIZE", 1)
    text = web.get("/audit?actor=ann").text
    assert actions(text) == ["stop"]
    (older,) = re.findall(r'rel="next" href="([^"]+)"', text)
    assert "actor=ann" in older
    assert actions(web.get(f"/audit{older.replace('&amp;', '&')}").text) == ["start"]


def test_nothing_done_yet(web: TestClient):
    """It says so."""
    assert "Nobody has done anything yet" in web.get("/audit").text
