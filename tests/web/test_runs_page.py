"""The list of runs."""

import re

import pytest
from fastapi.testclient import TestClient

from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.storage.store import Store
from sensors_app.web.pages import runs
from sensors_app.web.run_filters import parse_run_filter
from tests.support.site import Site, request, sensor
from tests.web.conftest import Open


def shown(web: TestClient, query: str = "") -> list[str]:
    """Return the ids of the runs that the list shows, in its order."""
    answer = web.get(f"/runs{query}")
    assert answer.status_code == 200
    return re.findall(r'<td class="nowrap"[^>]*><a class="mono" href="/runs/([^"]+)"', answer.text)


@pytest.fixture
def three(site: Site) -> Site:
    """A failed run, one under way, and one that waits, in this order."""
    for run_id in ("failed", "under-way", "waiting"):
        site.now += 1000
        site.tick(request(run_id, f"key-of-{run_id}", tags=f'{{"team": "{run_id[0]}"}}'))
    for run_id in ("failed", "under-way"):
        site.start_run(run_id)
        site.mark_started(run_id)
    site.finish_run("failed", DagsterRunStatus.FAILURE, message="Boom <b>\nmore")
    return site


class TestWhatIsShown:
    """Which runs, in which order."""

    def test_newest_first(self, three: Site, web: TestClient):
        """Of all states."""
        assert shown(web) == ["waiting", "under-way", "failed"]

    @pytest.mark.parametrize(
        ("tab", "expected"),
        [("queued", ["waiting"]), ("in progress", ["under-way"]), ("failed", ["failed"])],
    )
    def test_tabs(self, three: Site, web: TestClient, tab: str, expected: list[str]):
        """With how many there are of each."""
        assert shown(web, f"?tab={tab}") == expected
        assert re.findall(r'class="count">(\d+)<', web.get("/runs").text) == ["3", "1", "1", "1"]

    @pytest.mark.parametrize(
        ("q", "expected"),
        [
            ("job:job", ["waiting", "under-way", "failed"]),
            ("job:other", []),
            ("sensor:s", ["waiting", "under-way", "failed"]),
            ("sensor:t", []),
            ("status:failure", ["failed"]),
            ("status:failure status:queued", ["waiting", "failed"]),
            ("tag:team=w", ["waiting"]),
            ("tag:team", ["waiting", "under-way", "failed"]),
            ("location:loc", ["waiting", "under-way", "failed"]),
            ("location:other", []),
            ("key:key-of-failed", ["failed"]),
            ("of-w", ["waiting"]),
            ("under-way", ["under-way"]),
        ],
    )
    def test_filters(self, three: Site, web: TestClient, q: str, expected: list[str]):
        """Alone and together, in the address."""
        assert shown(web, f"?q={q}") == expected

    def test_a_filter_and_a_tab_that_exclude_one_another_show_nothing(
        self, three: Site, web: TestClient
    ):
        """And not everything."""
        assert shown(web, "?tab=queued&q=status:failure") == []

    def test_a_filter_that_is_not_understood_says_so(self, three: Site, web: TestClient):
        """With what there is."""
        text = web.get("/runs?q=colour:red status:<odd>").text
        assert "there is no &#39;colour&#39; to filter by" in text
        assert "there is no status &#39;&lt;odd&gt;&#39;" in text

    def test_pages_follow_one_another(
        self, three: Site, web: TestClient, monkeypatch: pytest.MonkeyPatch
    ):
        """By links, until there is no more."""
        monkeypatch.setattr(runs, "PAGE_SIZE", 2)
        assert shown(web) == ["waiting", "under-way"]
        (older,) = re.findall(r'<a rel="next" href="([^"]+)"', web.get("/runs").text)
        assert shown(web, older.replace("&amp;", "&")) == ["failed"]
        assert 'rel="next"' not in web.get(f"/runs{older}").text


class TestWhy:
    """The reason is in the row."""

    def test_first_line_of_an_error_without_what_a_browser_would_run(
        self, three: Site, web: TestClient
    ):
        """Escaped, as all that users write."""
        text = web.get("/runs").text
        assert ">Boom &lt;b&gt;</td>" in text

    def test_a_waiting_run_names_the_limit_that_holds_it(self, site: Site, open_web: Open):
        """And how far it is used up."""
        site.register(sensor(), limits=[ConcurrencyLimit(1, job_name="job")])
        site.tick(request("r1"), request("r2"))
        site.store.outbox.take_outbox(site.name, limit=10)
        text = open_web().get("/runs").text
        assert "waits for a slot: job job, 1 of 1 running" in text
        assert "sent, waits for a launch worker" in text

    def test_runs_of_other_systems_can_be_looked_at_and_no_more(
        self, store: Store, site: Site, web: TestClient
    ):
        """Whatever their ids look like."""
        data = {"location": "etl", "job_name": "j", "run_id": "2026/a?b", "status": "STARTED"}
        store.external.report_run(ExternalRunEvent.from_data(data))
        text = web.get("/runs").text
        assert 'href="/runs/2026/a%3Fb"' in text
        assert "another system" in text
        assert "cancel?run" not in text


def test_who_may_only_look_is_offered_nothing_else(three: Site, open_web: Open):
    """The server refuses it, too."""
    text = open_web(web_read_only=True).get("/runs").text
    assert "Cancel chosen" not in text
    assert "run again" not in text


def test_nothing_that_is_written_into_a_filter_is_an_error():
    """An open quotation mark, a key without a value."""
    assert parse_run_filter("'a b").words == ("'a", "b")
    assert parse_run_filter("tag:").criteria == {"tag": ("",)}
