"""The page of one sensor."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.ticks import LogLine, TickResult, Timing
from sensors_app.storage.tick_reads import TickReads
from sensors_app.web.pages import sensor as sensor_module
from sensors_app.web.shown import iso
from tests.support.reacting import Reacting, fed
from tests.support.site import HOLDER, START, Site, request, sensor
from tests.web.conftest import Open

PAGE = "/sensors/loc/s"


@pytest.fixture
def present(site: Site) -> Site:
    """The site at the present: pages go by the store's clock."""
    site.now = site.store.now_ms() - 600_000
    return site


def shown(text: str) -> list[str]:
    """Return the results that the table of ticks has, in its order."""
    table = text.partition('<table class="ticks">')[2]
    return re.findall(r'<span class="pill (requested|acted|skipped|failed)">', table)


def three_ticks(site: Site) -> None:
    """One that requests, one that skips, one that fails: in this order."""
    site.tick(request("r1", "k"), cursor="c1")
    site.now += 60_000
    site.commit(site.begun(), cursor="c1", skip_reason="Nothing <b>new</b>")
    site.now += 60_000
    site.fail(site.begun())
    site.now += 60_000


class TestTheHeader:
    """How the sensor is."""

    def test_says_what_it_is(self, web: TestClient, site: Site):
        """Its description, its job, its frequency and its time-out."""
        site.register(sensor(description="Looks for <files>.", timeout_seconds=45, tags={"a": "b"}))
        text = web.get(PAGE).text
        assert "Looks for &lt;files&gt;." in text
        for word in ("/jobs/loc/job", "30 s", "45 s", "a=b", "never", "no tick yet"):
            assert word in text

    def test_says_since_when_it_fails(self, web: TestClient, present: Site):
        """The first of the last failures, how many it were, and the last error."""
        three_ticks(present)
        first = present.now - 60_000
        present.fail(present.begun())
        text = web.get(PAGE).text
        since = re.search(r"Failing since</dt><dd><time datetime=\"([^\"]+)\"", text)
        assert since is not None
        assert since[1].startswith(iso(first)[:19])
        assert "<dd>2</dd>" in text
        assert "ValueError: boom" in text

    def test_says_that_somebody_has_switched_it(self, web: TestClient, site: Site):
        """And offers to give it back to its code."""
        site.switch(False)
        text = web.get(PAGE).text
        assert "by hand: its code says on" in text
        assert 'value="default"' in text

    def test_says_how_long_it_takes_and_in_what_company(self, web: TestClient, site: Site):
        """Nothing before the first tick."""
        assert "Takes of late" not in web.get(PAGE).text
        for took_ms, said in ((0.3, "0.3 ms <small>evaluated together"), (300, "evaluated alone")):
            result = TickResult(timing=Timing(0.0, took_ms))
            site.store.ticks.finish_ticks("loc", [(site.begun(), result)], HOLDER, now_ms=site.now)
            assert said in web.get(PAGE).text

    def test_offers_nothing_to_whoever_may_only_look(self, open_web: Open, site: Site):
        """No button that would be refused."""
        text = open_web(web_read_only=True).get(PAGE).text
        assert "Evaluate now" not in text
        assert "Preview…" not in text

    def test_of_a_sensor_called_for_events_says_for_which_and_how_far_it_is(
        self, web: TestClient, site: Site
    ):
        """What it monitors, and the calls that wait."""
        site.register(fed())
        reacting = Reacting(site)
        reacting.happened("r1", "r2")
        reacting.happen("r3", source="loc")
        text = web.get(PAGE).text
        assert "all jobs of all code locations" in text
        assert "SUCCESS" in text
        assert re.search(r"Events unread</dt><dd>1\b", text)
        assert re.search(r'Calls waiting</dt><dd><a href="[^"]*">2</a>', text)
        assert "Evaluate now" not in text
        assert f'href="{PAGE}/replay"' in text

    def test_a_sensor_that_is_not_there_is_not_found(self, web: TestClient, site: Site):
        """With a name that may have been meant."""
        answer = web.get("/sensors/loc/sensor")
        assert answer.status_code == 404
        assert "There is no sensor loc/sensor" in answer.text


class TestTheTicks:
    """The timeline and the table."""

    def test_are_in_the_timeline_with_their_reason(self, web: TestClient, present: Site):
        """Each is a link to its page."""
        three_ticks(present)
        text = web.get(PAGE).text
        svg = text[
            text.index('<svg class="timeline"') : text.index("</svg>", text.index("timeline"))
        ]
        ids = [tick.tick_id for tick in present.store.ticks.ticks("loc", "s")]
        assert {f"{PAGE}/ticks/{ident}" for ident in ids} == set(re.findall('href="([^"]+)"', svg))
        assert "Nothing &lt;b&gt;new&lt;/b&gt;" in svg
        assert 'class="now"' in svg

    def test_are_listed_newest_first_with_what_there_is_to_know(
        self, web: TestClient, present: Site
    ):
        """Result, reason, the cursor's move, the run with its state."""
        three_ticks(present)
        text = web.get(PAGE).text
        assert shown(text) == ["failed", "skipped", "requested"]
        assert re.search(r"none</span> → <code[^>]*>c1</code>", text)
        assert '<a class="mono" href="/runs/r1">r1</a> <span class="pill QUEUED">queued' in text

    def test_can_be_filtered_by_result(self, web: TestClient, present: Site):
        """Those that skipped, too."""
        three_ticks(present)
        assert shown(web.get(f"{PAGE}?result=skipped").text) == ["skipped"]
        assert shown(web.get(f"{PAGE}?result=failed").text) == ["failed"]
        assert len(shown(web.get(f"{PAGE}?result=nonsense").text)) == 3

    def test_come_in_parts(self, web: TestClient, present: Site, monkeypatch):
        """A link leads to older ones, with the filter that is set, until there are none."""
        monkeypatch.setattr(sensor_module, "PAGE_SIZE", 2)
        for number in range(5):
            present.tick(cursor=str(number))
            present.now += 1000
        url, seen = f"{PAGE}?result=skipped", 0
        while url:
            text = web.get(url).text
            seen += len(shown(text))
            link = re.search(r'<a rel="next" href="([^"]+)">older', text)
            url = PAGE + link[1].replace("&amp;", "&") if link else ""
        assert seen == 5

    def test_skips_kept_as_one_are_one_line_that_counts_them(self, web: TestClient, present: Site):
        """How many, in what time; each counts for the filter."""
        for times in range(1, 4):
            present.tick()
            text = web.get(PAGE).text
            assert shown(text) == ["skipped"]
            assert f'Skipped <span class="count">{times}</span>' in text
            present.now += 60_000
        assert "\N{MULTIPLICATION SIGN}3" in text
        assert "in 2 min<" in text

    def test_a_line_that_is_replaced_meanwhile_is_not_missing(
        self, web: TestClient, present: Site, monkeypatch
    ):
        """The tick that stands for it by then is shown in its place."""
        present.tick()
        named = TickReads.ticks_named

        def one_later(self: TickReads, location: str, sensor: str, ids: Sequence[str]):
            present.now += 1000
            present.tick()
            return named(self, location, sensor, ids)

        monkeypatch.setattr(TickReads, "ticks_named", one_later)
        text = web.get(PAGE).text
        assert shown(text) == ["skipped"]
        assert "\N{MULTIPLICATION SIGN}2" in text

    def test_a_tick_with_logs_says_how_many_lines(self, web: TestClient, present: Site):
        """A link leads to them."""
        claim = present.begun()
        result = TickResult(logs=[LogLine(1.0, 20, "hello")])
        present.store.ticks.finish_ticks("loc", [(claim, result)], HOLDER, now_ms=present.now)
        assert '#logs">1 line</a>' in web.get(PAGE).text

    @pytest.mark.parametrize("query", ["hours=6", "hours=5", "until=1700000000000", "hours=24"])
    def test_other_windows_can_be_looked_at(self, web: TestClient, present: Site, query: str):
        """Whatever somebody asks for, there is a picture."""
        present.tick()
        assert '<svg class="timeline"' in web.get(f"{PAGE}?{query}").text

    @pytest.mark.parametrize("query", ["before=x", "until=-1", "before=1-2-3", "evaluated=x"])
    def test_what_cannot_be_is_refused(self, web: TestClient, site: Site, query: str):
        """Nothing of it reaches the store."""
        assert web.get(f"{PAGE}?{query}").status_code == 422


class TestEvaluating:
    """A tick out of turn."""

    def test_is_asked_for_and_told_of(self, web: TestClient, present: Site):
        """The page says that it is to come and who is missing, then what came of it."""
        answer = web.post(f"{PAGE}/evaluate")
        assert answer.status_code == 303
        url = answer.headers["location"]
        waiting = web.get(url).text
        assert "The evaluation was asked for" in waiting
        assert "No evaluate worker of loc is alive" in waiting
        present.now = present.store.now_ms() + 5
        present.tick(request("r1"))
        done = web.get(url).text
        assert "It was evaluated" in done
        assert "1 run requested" in done
        (entry,) = present.store.audit.entries("loc", target="s")
        assert (entry.actor, entry.action) == ("local", "evaluate")

    def test_a_sensor_called_for_events_cannot_be_evaluated(self, web: TestClient, site: Site):
        """It is told why."""
        site.register(fed())
        answer = web.post(f"{PAGE}/evaluate")
        assert answer.status_code == 409
        assert "called for events" in answer.text


class TestRunsAndAudit:
    """What it made, and what was done to it."""

    def test_the_runs_that_it_requested_are_listed(self, web: TestClient, site: Site):
        """And those of other sensors are not."""
        site.register(sensor(), sensor("other"))
        site.tick(request("own"))
        site.tick(request("foreign"), name="other")
        text = web.get(f"{PAGE}/runs").text
        assert "/runs/own" in text
        assert "/runs/foreign" not in text
        assert "/runs?q=sensor%3As+location%3Aloc" in text or "sensor%3As%20location" in text

    def test_who_did_what_is_listed(self, web: TestClient, site: Site):
        """Newest first, with details."""
        web.post(f"{PAGE}/switch", data={"to": "off"})
        web.post(f"{PAGE}/evaluate")
        text = web.get(f"{PAGE}/audit").text
        assert text.index("evaluate</td>") < text.index("stop</td>")
        assert "local" in text


class TestHostileText:
    """What users write cannot change a page."""

    NASTY = "</title><script>alert(1)</script>\"'\ud800"

    def test_is_escaped_everywhere(self, web: TestClient, present: Site):
        """Reasons, errors, cursors, keys, tags and descriptions."""
        nasty = self.NASTY
        present.register(sensor(description=nasty, tags={nasty: nasty}))
        present.commit(present.begun(), cursor=nasty, skip_reason=nasty)
        present.now += 1000
        present.tick(request("r", nasty, tags='{"<script>": "<script>"}'), cursor="x")
        present.now += 1000
        present.tick(request("r2", nasty), cursor=nasty)
        present.now += 1000
        present.fail(present.begun(), SerializableErrorInfo(nasty, (nasty,), nasty))
        pages = ["", "/runs", "/cursor", "/preview", "/run-keys", "/audit"]
        pages += [f"/ticks/{each.tick_id}" for each in present.store.ticks.ticks("loc", "s")]
        for path in pages:
            answer = web.get(PAGE + path)
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text, path


def test_the_prefix_of_a_deployment_is_in_every_link(open_web: Open, site: Site):
    """Also in forms and pictures."""
    site.now = site.store.now_ms() - 1000
    site.tick(request("r", "k"), cursor="c")
    web = open_web(web_prefix="/s")
    for path in ("", "/runs", "/cursor", "/preview", "/run-keys", "/audit"):
        text = web.get(f"/s{PAGE}{path}").text
        addresses = re.findall(r'(?:href|action)="(/[^"]*)"', text)
        assert addresses
        assert all(each.startswith("/s/") for each in addresses), path


def test_a_late_sensor_says_by_how_much(web: TestClient, site: Site):
    """Its last tick is years ago."""
    site.register(replace(sensor(), interval_seconds=1))
    site.now = START
    site.tick()
    assert re.search(r"late by \d+ d", web.get(PAGE).text)
