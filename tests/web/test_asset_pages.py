"""Assets: all of them, and one."""

import pytest
from fastapi.testclient import TestClient

from tests.support.site import HOLDER, Site, materialized, request, sensor


@pytest.fixture
def made(site: Site) -> Site:
    """An asset that a run made twice, and that a sensor watches; and one that nobody made."""
    site.register(
        sensor(),
        sensor("watcher", asset_key="shop/orders"),
        sensor("patient", asset_key="never/made"),
    )
    site.tick(request("r"))
    site.start_run("r")
    entries = [materialized("r", "shop/orders", rows=n, note="<b>") for n in (1, 2)]
    site.store.runs.append_run_entries(site.name, "r", HOLDER, 0, entries)
    return site


def test_list_has_what_was_made_and_what_is_watched(made: Site, web: TestClient):
    """What was made last comes first."""
    text = web.get("/assets").text
    assert text.index("/assets/shop/orders") < text.index("/assets/never/made")
    assert 'href="/sensors/loc/watcher"' in text
    assert "shop/orders" not in web.get("/assets?q=NEVER").text


def test_page_tells_the_latest_with_its_metadata_and_the_watchers(made: Site, web: TestClient):
    """And what was said before."""
    text = web.get("/assets/shop/orders").text
    latest, _, before = text.partition("Made before")
    assert '<dt>rows</dt><dd class="mono">2</dd>' in latest
    assert "&lt;b&gt;" in latest
    assert 'href="/runs/r"' in latest
    assert 'href="/sensors/loc/watcher"' in latest
    assert "rows: 1" in before


def test_page_of_an_asset_that_nobody_made_tells_who_waits(made: Site, web: TestClient):
    """It is known by its sensors."""
    assert 'href="/sensors/loc/patient"' in web.get("/assets/never/made").text


def test_there_is_no_page_of_what_is_not_known(web: TestClient):
    """404."""
    assert web.get("/assets/a/b").status_code == 404
    assert "No op has told" in web.get("/assets").text
