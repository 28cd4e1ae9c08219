"""The page of one tick."""

import re

from fastapi.testclient import TestClient

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.ticks import LogLine, TickResult
from tests.support.site import HOLDER, Site, request
from tests.web.conftest import Open

PAGE = "/sensors/loc/s/ticks"


def last_tick(site: Site) -> str:
    return f"{PAGE}/{site.store.ticks.ticks('loc', 's')[0].tick_id}"


def test_shows_what_it_asked_for_and_what_was_dropped(web: TestClient, site: Site):
    """The runs made, the keys, and for a dropped one the earlier run."""
    site.tick(request("earlier", "k1"))
    site.now += 1000
    site.tick(request("r1", "k1"), request("r2", "k2"), cursor="c")
    text = web.get(last_tick(site)).text
    assert "1 made of 2 requested" in text
    made, dropped = text.index("Runs it made"), text.index("Requests that run keys dropped")
    assert '/runs/r2"' in text[made:dropped]
    assert re.search(r">k1</td><td[^>]*><a class=\"mono\" href=\"/runs/earlier\">", text[dropped:])
    assert '<span class="tag">k2</span>' in text


def test_a_failure_shows_its_error_whole(web: TestClient, site: Site):
    """With the user's own frames open."""
    frame = '  File "/app/shop.py", line 3, in f\n    g()\n'
    site.fail(site.begun(), SerializableErrorInfo("ValueError: boom\n", (frame,), "ValueError"))
    text = web.get(last_tick(site)).text
    assert "<pre>  File &#34;/app/shop.py&#34;, line 3, in f" in text
    assert "The whole traceback" in text


def test_logs_can_be_narrowed_to_a_level(web: TestClient, site: Site):
    """Of a warning and a debug line, one is left."""
    logs = [LogLine(1.5, 10, "fine print"), LogLine(2.5, 30, "beware"), LogLine(3.5, 5, "finest")]
    site.store.ticks.finish_ticks(
        "loc", [(site.begun(), TickResult(logs=logs))], HOLDER, now_ms=site.now
    )
    every, some = web.get(last_tick(site)).text, web.get(f"{last_tick(site)}?level=WARNING").text
    assert all(word in every for word in ("fine print", "beware", "finest", "WARNING"))
    assert "beware" in some
    assert "fine print" not in some
    assert "1 of 3" in some


def test_its_celery_task_is_a_link_if_it_is_known_where_flower_is(open_web: Open, site: Site):
    """Without that setting it is only named."""
    site.tick()
    plain = open_web().get(last_tick(site)).text
    assert "<code>task-1</code>" in plain
    assert "worker@host" in plain
    linked = open_web(flower_url="http://flower.example/").get(last_tick(site)).text
    assert 'href="http://flower.example/task/task-1"' in linked


def test_leads_to_its_neighbours(web: TestClient, site: Site):
    """One before, one after."""
    for number in range(3):
        site.tick(cursor=str(number))
        site.now += 1000
    newest, middle, oldest = (each.tick_id for each in site.store.ticks.ticks("loc", "s"))
    text = web.get(f"{PAGE}/{middle}").text
    assert f'rel="prev" href="{PAGE}/{oldest}"' in text
    assert f'rel="next" href="{PAGE}/{newest}"' in text
    assert 'rel="next"' not in web.get(f"{PAGE}/{newest}").text


def test_says_how_many_it_stands_for(web: TestClient, site: Site):
    """Whichever of them is asked for: how many they are, and which was the first."""
    site.tick(request("r"))
    ids = []
    for _ in range(3):
        site.now += 1000
        ids.append(str(site.now))
        site.tick()
    for ident in ids:
        text = web.get(f"{PAGE}/{ident}").text
        assert "3 in a row said the same" in text
        assert f"<code>{ids[0]}</code>" in text
        assert f"<code>{ids[-1]}</code>" in text
        assert 'rel="prev"' in text
    site.tick(cursor="c")
    assert "in a row" not in web.get(last_tick(site)).text


def test_a_tick_that_is_not_kept_is_not_found(web: TestClient, site: Site):
    """Whatever its id is."""
    for ident in ("1", "1-1", "x", "99999999999999999999", "%E2%80%A2"):
        answer = web.get(f"{PAGE}/{ident}")
        assert answer.status_code == 404
        assert "are kept" in answer.text
