"""/api/v1/sensors: how they stand, and what is done to them."""

import base64

import pytest

from sensors_app.model.ticks import Preview, TickStatus
from tests.support.reacting import fed
from tests.support.site import Site, request, sensor
from tests.web.api import Api
from tests.web.conftest import Open

ONE = "/sensors/loc/s"


class TestTheList:
    def test_has_each_with_its_last_tick(self, site: Site, open_web: Open):
        """As the command line prints them."""
        site.tick(request("r", "k"))
        (found,) = Api(open_web()).get("/sensors")["items"]
        assert (found["location"], found["name"], found["running"]) == ("loc", "s", True)
        assert found["last_tick"]["run_ids"] == ["r"]

    def test_is_filtered_as_on_the_page(self, site: Site, open_web: Open):
        """By words, and by keys with values."""
        site.register(sensor("orders"), sensor("other", running_by_default=False))
        api = Api(open_web())
        assert [each["name"] for each in api.get("/sensors", q="ord")["items"]] == ["orders"]
        assert [x["name"] for x in api.get("/sensors", q="status:stopped")["items"]] == ["other"]
        problem = api.get("/sensors", 400, q="colour:red")
        assert "there is no 'colour' to filter by" in problem["detail"]

    @pytest.mark.parametrize("sort", ["worst", "name", "last", "took"])
    def test_comes_in_pages(self, site: Site, open_web: Open, sort: str):
        """Each sensor once."""
        site.register(*(sensor(f"s{n}") for n in range(5)))
        pages = Api(open_web()).pages("/sensors", sort=sort, limit=2)
        assert [len(page) for page in pages] == [2, 2, 1]
        assert {each["name"] for page in pages for each in page} == {f"s{n}" for n in range(5)}

    def test_goes_on_where_it_was_though_others_are_gone(self, site: Site, open_web: Open):
        """The next page begins after the last sensor of the one before."""
        site.register(*(sensor(name) for name in "abcd"))
        api = Api(open_web())
        first = api.get("/sensors", limit=2)
        site.register(*(sensor(name) for name in "bcd"), version="2")
        api.post("/sensors/loc/b/stop")  # which has everything read anew
        rest = api.get("/sensors", cursor=first["next"])["items"]
        assert [each["name"] for each in rest] == ["c", "d"]

    def test_knows_no_cursor_of_others(self, api: Api):
        """Neither nonsense nor one of another list."""
        for cursor in ("x", "!", "WzFd", "bnVsbA"):
            assert "begin anew" in api.get("/sensors", 400, cursor=cursor)["detail"]


class TestOne:
    def test_is_shown_as_it_is_now(self, site: Site, api: Api):
        """With its cursor, and how much was pushed to it."""
        site.tick(cursor="c")
        site.store.inbox.push("loc", "s", "1")
        found = api.get(ONE)
        assert (found["cursor"], found["waiting_events"]) == ("c", 1)

    def test_that_is_not_there(self, site: Site, open_web: Open):
        """The problem offers what is like it."""
        api = Api(open_web())
        problem = api.ask("GET", "/sensors/loc/ss", 404)
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.json()["detail"] == "There is no sensor 'ss' in loc. Did you mean s?"
        assert "Did you mean loc?" in api.get("/sensors/lok/s", 404)["detail"]

    def test_is_stopped_started_and_given_back(self, site: Site, api: Api):
        """And it is noted who did it."""
        assert api.post(f"{ONE}/stop") == {"location": "loc", "sensor": "s", "running": False}
        assert api.post(f"{ONE}/reset")["running"]
        assert api.post(f"{ONE}/start", {"resume": True})["running"]
        done = [(each["actor"], each["action"]) for each in api.get("/audit")["items"]]
        assert done == [("local", "start"), ("local", "reset"), ("local", "stop")]


class TestEvaluating:
    def test_has_it_due_now(self, site: Site, api: Api):
        """The answer names a token, and who is missing."""
        site.tick()
        answer = api.post(f"{ONE}/evaluate", status=202)
        assert answer["token"] > 0
        assert "No beat is alive" in answer["missing"][0]
        assert site.state().next_due is not None

    def test_one_that_is_called_for_events_cannot_be(self, site: Site, api: Api):
        """There is nothing to evaluate without one."""
        site.register(fed("s"))
        assert "called for events" in api.post(f"{ONE}/evaluate", status=409)["detail"]
        assert "called for events" in api.post(f"{ONE}/previews", status=409)["detail"]

    def test_a_dry_run_is_asked_for_and_answered(self, site: Site, api: Api):
        """Where the answer will be is said; until then it is not there yet."""
        asked = api.ask("POST", f"{ONE}/previews", 202, json={"cursor": "c", "use_cursor": True})
        where = asked.headers["location"].removeprefix("/api/v1")
        ident = asked.json()["preview_id"]
        assert asked.json()["answer"] == asked.headers["location"]
        assert api.ask("GET", where, 202).headers["retry-after"] == "1"
        start = site.store.outbox.begin_preview("loc", ident)
        assert start is not None
        assert start.cursor == "c"
        answer = Preview("s", TickStatus.SKIPPED, skip_reason="nothing", cursor_after="d")
        site.store.outbox.answer_preview("loc", ident, answer)
        found = api.get(where)
        assert (found["skip_reason"], found["cursor_after"]) == ("nothing", "d")

    def test_a_dry_run_that_nobody_asked_for(self, site: Site, api: Api):
        """Nor one of another sensor."""
        site.register(sensor("s"), sensor("t"), version="2")
        ident = api.post(f"{ONE}/previews", status=202)["preview_id"]
        assert "no such dry run" in api.get(f"{ONE}/previews/0", 404)["detail"]
        api.get(f"/sensors/loc/t/previews/{ident}", 404)


class TestMemory:
    def test_a_cursor_is_set_if_it_is_the_one_that_was_seen(self, site: Site, api: Api):
        """Else the problem says what it is."""
        site.tick(cursor="a")
        new = {"cursor": "b", "expected": "a"}
        assert api.put(f"{ONE}/cursor", new)["cursor"] == "b"
        assert api.put(f"{ONE}/cursor", new, 409)["cursor"] == "b"
        assert api.get(f"{ONE}/cursor")["cursor"] == "b"
        assert api.put(f"{ONE}/cursor", {"cursor": None, "expected": "b"})["cursor"] is None

    def test_a_cursor_may_not_be_too_large(self, site: Site, open_web: Open):
        """As none may that a tick leaves."""
        api = Api(open_web(cursor_max_bytes=3))
        problem = api.put(f"{ONE}/cursor", {"cursor": "long", "expected": None}, 422)
        assert problem["detail"] == "The cursor has 4 bytes; 3 are allowed."

    def test_run_keys_are_listed_and_forgotten(self, site: Site, api: Api):
        """By name, by pattern, or all."""
        site.tick(*(request(f"r{n}", f"k{n}") for n in range(4)), request("x", "other"))
        (page,) = api.pages(f"{ONE}/run-keys", pattern="k*")
        assert {each["run_key"]: each["run_id"] for each in page} == {
            f"k{n}": f"r{n}" for n in range(4)
        }
        forget = f"{ONE}/run-keys/forget"
        assert api.post(forget, {"run_keys": ["k0", "none"]})["forgotten"] == 1
        assert api.post(forget, {"pattern": "k*"})["forgotten"] == 3
        assert api.post(forget, {"all": True})["forgotten"] == 1
        assert "one of them" in api.post(forget, {"all": True, "pattern": "k*"}, 400)["detail"]
        assert "one of them" in api.post(forget, {}, 400)["detail"]

    def test_run_keys_come_in_pages(self, site: Site, api: Api):
        """Each of them is in one; a place of another list is none."""
        site.tick(*(request(f"r{n}", f"k{n}") for n in range(500)))
        pages = api.pages(f"{ONE}/run-keys", limit=100)
        assert {each["run_key"] for page in pages for each in page} == {f"k{n}" for n in range(500)}
        elsewhere = base64.urlsafe_b64encode(b'"no place"').decode()
        answer = api.get(f"{ONE}/run-keys", 400, cursor=elsewhere)
        assert "not from this list" in answer["detail"]

    def test_what_a_user_wrote_comes_through_whatever_it_is(self, site: Site, api: Api):
        """Halves of characters are none that JSON could not write."""
        site.tick(request("r", "\udcff"), cursor="ü\udcff")
        assert api.get(f"{ONE}/cursor")["cursor"] == "ü\udcff"
        assert api.get(f"{ONE}/run-keys")["items"][0]["run_key"] == "\udcff"


class TestTicks:
    def test_are_listed_by_page_and_by_how_they_ended(self, site: Site, api: Api):
        """Newest first, without their logs."""
        for n in range(4):
            site.now += 1000
            claim = site.begun()
            site.fail(claim) if n % 2 else site.commit(claim)
        pages = api.pages(f"{ONE}/ticks", limit=3)
        assert [[each["status"] for each in page] for page in pages] == [
            ["FAILURE", "SKIPPED", "FAILURE"],
            ["SKIPPED"],
        ]
        (failures,) = api.pages(f"{ONE}/ticks", status="FAILURE")
        assert len(failures) == 2
        assert "logs" not in failures[0]

    def test_skips_kept_as_one_are_one_item(self, site: Site, api: Api):
        """Which counts them; each of their ids leads to it, and a page never has one twice."""
        site.tick(cursor="1")
        ids = []
        for _ in range(3):
            site.now += 1000
            ids.append(str(site.now))
            site.tick(cursor="1")
        first = api.get(f"{ONE}/ticks", limit=1)
        (row,) = first["items"]
        assert (row["tick_id"], row["times"], row["first_tick_id"]) == (ids[-1], 3, ids[0])
        site.now += 1000
        site.tick(cursor="1")
        (older,) = api.get(f"{ONE}/ticks", cursor=first["next"])["items"]
        assert (older["times"], older["first_tick_id"]) == (1, older["tick_id"])
        assert api.get(f"{ONE}/ticks/{ids[1]}")["times"] == 4

    def test_one_is_shown_whole(self, site: Site, api: Api):
        """With its error and its log."""
        site.fail(site.begun())
        ident = api.get(f"{ONE}/ticks")["items"][0]["tick_id"]
        found = api.get(f"{ONE}/ticks/{ident}")
        assert found["error"]["cls_name"] == "ValueError"
        assert found["logs"] == []
        assert "not kept any more" in api.get(f"{ONE}/ticks/1", 404)["detail"]
        api.get(f"{ONE}/ticks/x", 422)
