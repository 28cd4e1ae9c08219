"""One run: why it failed, its log, what can be done about it."""

import re

import pytest
from fastapi.testclient import TestClient

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import DagsterEvent, EventLogEntry, EventSpecificData
from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.storage.store import Store
from sensors_app.web import run_log
from tests.support.site import HOLDER, Site, materialized, request, sensor
from tests.web.conftest import Open

OWN = '  File "/app/jobs.py", line 3, in load\n    fetch("<script>")\n'
LIBRARY = '  File "/lib/python3.12/site-packages/x.py", line 9, in get\n    x()\n'


def logged(message: str, level: int = 20, step: str = "load") -> EventLogEntry:
    return EventLogEntry("r", "job", 1.5, message, level, step)


def failure(step: str, message: str) -> EventLogEntry:
    error = SerializableErrorInfo(message, (OWN, LIBRARY), "ValueError")
    event = DagsterEvent("STEP_FAILURE", "job", step, "failed", EventSpecificData(error=error))
    return EventLogEntry("r", "job", 2.0, "failed", 40, step, event)


def write(site: Site, *entries: EventLogEntry) -> None:
    site.store.runs.append_run_entries(site.name, "r", HOLDER, 0, entries)


@pytest.fixture
def under_way(site: Site) -> Site:
    """A run that has begun."""
    site.tick(request("r", "a key", run_config='{"ops": {"load": {}}}', tags='{"team": "<b>"}'))
    site.start_run("r")
    site.mark_started("r")
    return site


class TestWhatIsTold:
    """Of the run itself."""

    def test_who_launched_it_with_what(self, under_way: Site, web: TestClient):
        """The sensor, its tick, the run key, tags and config."""
        text = web.get("/runs/r").text
        assert 'href="/sensors/loc/s"' in text
        assert re.search(r'href="/sensors/loc/s/ticks/\d+"', text)
        for part in ("a key", "team=&lt;b&gt;", "&#34;ops&#34;", HOLDER):
            assert part in text

    def test_the_first_error_comes_first_with_the_users_own_frames(
        self, under_way: Site, web: TestClient
    ):
        """What failed later followed from it."""
        write(under_way, failure("load", "ValueError: first\n"), failure("check", "then\n"))
        under_way.finish_run("r", DagsterRunStatus.FAILURE)
        text = web.get("/runs/r").text
        top = text[: text.index(">Log<")]
        assert "load failed first" in top
        assert "ValueError: first" in top
        assert "fetch(&#34;&lt;script&gt;&#34;)" in top
        assert "<summary>1 frame of libraries</summary>" in top
        assert "then" not in top

    def test_repeats_are_shown_as_a_line(self, under_way: Site, web: TestClient):
        """From each of them."""
        under_way.finish_run("r", DagsterRunStatus.FAILURE)
        new = under_way.store.runs.reexecute_run("loc", "r", "r-again")
        assert new is not None
        assert "Runs of this line" in web.get("/runs/r-again").text

    def test_flower_is_linked_where_there_is_one(self, under_way: Site, open_web: Open):
        """To the task that runs it."""
        text = open_web(flower_url="http://flower.example").get("/runs/r").text
        assert 'href="http://flower.example/task/task-1"' in text

    def test_a_run_that_is_not_kept_is_said_to_be_gone(self, web: TestClient):
        """With how long one is kept."""
        answer = web.get("/runs/nothing")
        assert answer.status_code == 404
        assert "kept for 30 days" in answer.text

    def test_a_run_of_another_system_has_whatever_id(self, store: Store, web: TestClient):
        """Slashes and question marks, and nothing that could be done to it."""
        data = {"location": "etl", "job_name": "j", "run_id": "2026/a?b", "status": "STARTED"}
        store.external.report_run(ExternalRunEvent.from_data(data))
        answer = web.get("/runs/2026/a%3Fb")
        assert answer.status_code == 200
        assert "another system" in answer.text
        assert "Cancel…" not in answer.text

    def test_runs_of_the_same_id_name_one_another(self, store: Store, web: TestClient):
        """Two systems may well count from 1."""
        for system in ("etl", "elt"):
            data = {"location": system, "job_name": "j", "run_id": "1", "status": "STARTED"}
            store.external.report_run(ExternalRunEvent.from_data(data))
        assert "?location=" in web.get("/runs/1").text
        assert "of etl" in web.get("/runs/1?location=etl").text


class TestLog:
    """What happened in it."""

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("level=WARNING", ["careful"]),
            ("op=check", ["checked"]),
            ("type=LOG", ["read Rows", "careful", "checked"]),
            ("type=RUN_START", ["Started."]),
            ("text=ROWS", ["read Rows"]),
        ],
    )
    def test_filters(self, under_way: Site, web: TestClient, query: str, expected: list[str]):
        """By level and above, op, type and text."""
        write(under_way, logged("read Rows"), logged("careful", 30), logged("checked", 20, "check"))
        text = web.get(f"/runs/r?{query}").text
        lines = re.findall(r"<td>([^<]*)</td>\s*</tr>", text[text.index(">Message<") :])
        assert lines == expected

    def test_times_have_milliseconds(self, under_way: Site, web: TestClient):
        """In the time element, and what is shown of it."""
        write(under_way, logged("x"))
        assert 'datetime="1970-01-01T00:00:01.500Z"' in web.get("/runs/r").text

    def test_a_long_log_is_shown_from_its_end_in_parts(
        self, under_way: Site, web: TestClient, monkeypatch: pytest.MonkeyPatch
    ):
        """With a link to what came before."""
        monkeypatch.setattr(run_log, "PART", 2)
        write(under_way, *(logged(f"line {n}") for n in range(3)))
        text = web.get("/runs/r").text
        assert "line 0" not in text
        (earlier,) = re.findall(r'href="\?(before=\d+)"', text)
        text = web.get(f"/runs/r?{earlier}").text
        assert "line 0" in text
        assert "line 1" not in text
        assert "end of the log" in text

    def test_what_was_made_is_told_with_what_is_said_of_it(self, under_way: Site, web: TestClient):
        """Metadata of a materialization."""
        write(under_way, materialized("r", "shop/orders", rows=3, path="<x>"))
        text = web.get("/runs/r").text
        assert "<dt>rows</dt><dd>3</dd>" in text
        assert "<dt>path</dt><dd>&lt;x&gt;</dd>" in text


class TestCancel:
    """Asked first."""

    def test_it_is_asked_with_what_would_happen(self, under_way: Site, web: TestClient):
        """For each run."""
        under_way.tick(request("waiting"))
        text = web.get("/runs/cancel?run=loc/r&run=loc/waiting").text
        assert "its op is interrupted" in text
        assert "ends at once" in text
        assert "Cancel 2 runs?" in text

    def test_it_is_done_and_noted(self, under_way: Site, web: TestClient):
        """And shown on the page of the run."""
        answer = web.post("/runs/cancel", data={"run": "loc/r"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/runs/r")
        assert under_way.status("r") is DagsterRunStatus.CANCELING
        (entry,) = under_way.store.audit.entries("loc", target="r")
        assert (entry.actor, entry.action) == ("local", "cancel")
        assert "Who did what" in web.get("/runs/r").text

    def test_several_lead_back_to_the_list(self, under_way: Site, web: TestClient):
        """Where all of them are."""
        under_way.tick(request("waiting"))
        answer = web.post("/runs/cancel", data={"run": ["loc/r", "loc/waiting"]})
        assert answer.headers["location"] == "/runs"
        assert under_way.status("waiting") is DagsterRunStatus.CANCELED

    def test_one_that_has_ended_cannot_be(self, under_way: Site, web: TestClient):
        """The button says so."""
        under_way.finish_run("r")
        text = web.get("/runs/cancel?run=loc/r").text
        assert "has ended" in text
        assert "disabled" in text

    def test_none_chosen_is_an_error(self, web: TestClient):
        """And one that is gone, another."""
        assert web.get("/runs/cancel").status_code == 422
        assert web.get("/runs/cancel?run=loc/none").status_code == 404


class TestRunAgain:
    """With other tags and config, if somebody likes."""

    def test_it_is_made_with_tags_and_config(self, under_way: Site, web: TestClient):
        """And one goes on to it."""
        under_way.finish_run("r")
        data = {"run": "loc/r", "tags": "a=b=c\n\n d=\n", "config": '{"x": 1}'}
        answer = web.post("/runs/re-execute", data=data)
        assert answer.status_code == 303
        run_id = answer.headers["location"].removeprefix("/runs/")
        made = under_way.store.runs.run("loc", run_id)
        assert made is not None
        assert {"a": "b=c", "d": "", "team": "<b>"}.items() <= made.tags.items()
        assert made.run_config == {"x": 1}

    @pytest.mark.parametrize(
        ("field", "text"), [("tags", "no equals"), ("config", "{"), ("config", "[]")]
    )
    def test_what_is_not_understood_is_refused(
        self, under_way: Site, web: TestClient, field: str, text: str
    ):
        """And nothing is made."""
        under_way.finish_run("r")
        answer = web.post("/runs/re-execute", data={"run": "loc/r", field: text})
        assert answer.status_code == 422
        assert len(under_way.store.runs.runs("loc")) == 1

    def test_one_under_way_is_refused(self, under_way: Site, web: TestClient):
        """It says what to do."""
        assert "cancel it first" in web.get("/runs/re-execute?run=loc/r").text
        assert web.post("/runs/re-execute", data={"run": "loc/r"}).status_code == 409

    def test_one_whose_job_is_gone_is_refused(self, site: Site, open_web: Open):
        """As on the command line."""
        site.tick(request("old", job_name="gone"))
        site.start_run("old")
        site.mark_started("old")
        site.finish_run("old")
        site.register(sensor(), version="2")
        assert "has no job" in open_web().get("/runs/re-execute?run=loc/old").text


def test_who_may_only_look_can_do_nothing(under_way: Site, open_web: Open):
    """Whatever they send."""
    web = open_web(web_read_only=True)
    assert "Cancel…" not in web.get("/runs/r").text
    assert web.post("/runs/cancel", data={"run": "loc/r"}).status_code == 403
    assert under_way.status("r") is DagsterRunStatus.STARTED
