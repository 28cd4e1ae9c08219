"""What all of the API keeps to: keys for repeats, problems, roles, and a schema that says it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sensors_app.operating.operator import Operator
from sensors_app.storage.requests import RequestVerdict
from sensors_app.storage.store import Store
from tests.support.site import Site, request
from tests.web.api import Api
from tests.web.conftest import Open

ONE = "/sensors/loc/s"
KEY = {"Idempotency-Key": "mine"}


def actions(api: Api) -> list[str]:
    return [each["action"] for each in api.get("/audit")["items"]]


class TestARepeat:
    def test_is_answered_as_the_first_time_and_does_nothing(self, site: Site, api: Api):
        """With the same status and headers, and a word that it is one."""
        first = api.ask("POST", f"{ONE}/previews", 202, headers=KEY)
        again = api.ask("POST", f"{ONE}/previews", 202, headers=KEY)
        assert again.json() == first.json()
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        assert site.store.outbox.waiting("loc")[0] == 1

    def test_with_another_body_is_a_conflict(self, site: Site, api: Api):
        """The key stands for one request."""
        api.post(f"{ONE}/start", {"resume": True}, **KEY)
        problem = api.post(f"{ONE}/start", {"resume": False}, 409, **KEY)
        assert "take a new one" in problem["detail"]

    def test_elsewhere_or_of_another_user_is_none(self, site: Site, open_web: Open):
        """A key belongs to a user and a path."""
        web = open_web(auth="operator:a:a-secret-of-some-length,operator:b:b-secret-of-some-length")
        one = Api(web, Authorization="Bearer a-secret-of-some-length")
        other = Api(web, Authorization="Bearer b-secret-of-some-length")
        one.post(f"{ONE}/stop", **KEY)
        one.post(f"{ONE}/start", **KEY)
        other.post(f"{ONE}/stop", **KEY)
        other.post(f"{ONE}/stop", **KEY)
        assert actions(one) == ["stop", "start", "stop"]

    def test_of_one_that_was_refused_may_be_tried_again(self, site: Site, api: Api):
        """Nothing was done, so nothing is kept."""
        site.tick(request("r"))
        api.post("/runs/r/re-execute", None, 409, **KEY)
        site.start_run("r")
        site.mark_started("r")
        site.finish_run("r")
        api.post("/runs/r/re-execute", None, 201, **KEY)

    def test_at_the_same_time_waits(self, site: Site, api: Api, monkeypatch: pytest.MonkeyPatch):
        """The second is told to ask again; it does not run."""
        begun, go_on = threading.Event(), threading.Event()
        switch = Operator.switch

        def slowly(*args: Any, **kwargs: Any) -> bool:
            begun.set()
            assert go_on.wait(10)
            return switch(*args, **kwargs)

        monkeypatch.setattr(Operator, "switch", slowly)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(api.post, f"{ONE}/stop", **KEY)
            assert begun.wait(10)
            problem = api.ask("POST", f"{ONE}/stop", 409, headers=KEY)
            go_on.set()
            first.result()
        assert problem.headers["retry-after"] == "1"
        assert api.post(f"{ONE}/stop", **KEY) == first.result()
        assert actions(api) == ["stop"]


class TestAKey:
    def test_is_its_first_owners(self, store: Store):
        """Who lost the reply gets the same; others wait, and get the answer then."""
        requests = store.requests
        assert requests.begin("k", "what", "me").verdict is RequestVerdict.NEW
        assert requests.begin("k", "what", "me").verdict is RequestVerdict.NEW
        assert requests.begin("k", "what", "you").verdict is RequestVerdict.RUNNING
        assert requests.begin("k", "else", "you").verdict is RequestVerdict.OTHER
        assert not requests.keep("k", "you", "answer")
        assert requests.keep("k", "me", "answer")
        assert requests.begin("k", "what", "you").answer == "answer"

    def test_is_free_if_nothing_was_done(self, store: Store):
        """Another may do it."""
        store.requests.begin("k", "what", "me")
        assert store.requests.keep("k", "me", None)
        assert store.requests.begin("k", "what", "you").verdict is RequestVerdict.NEW


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("GET", "/none", 404), ("DELETE", "/sensors", 405), ("GET", "/sensors?limit=x", 422)],
    )
    def test_are_said_as_such_whatever_is_wrong(
        self, api: Api, method: str, path: str, status: int
    ):
        """Also what the framework finds."""
        answer = api.ask(method, path, status)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status

    def test_say_where_a_request_is_wrong(self, site: Site, api: Api):
        """Each fault."""
        (fault,) = api.put(f"{ONE}/cursor", {"cursor": 1, "expected": None}, 422)["errors"]
        assert fault["where"] == "body.cursor"

    def test_a_method_that_a_path_has_not_names_those_that_it_has(self, api: Api):
        """All of them."""
        assert api.ask("DELETE", f"{ONE}/cursor", 405).headers["allow"] == "GET, PUT"


def test_a_viewer_looks_and_changes_nothing(site: Site, open_web: Open):
    """And a stranger does not even look."""
    web = open_web(auth="viewer:v:a-secret-of-some-length")
    viewer = Api(web, Authorization="Bearer a-secret-of-some-length")
    assert len(viewer.get("/sensors")["items"]) == 1
    assert "may look" in viewer.post(f"{ONE}/stop", status=403)["detail"]
    assert "Bearer" in Api(web).get("/sensors", 401)["detail"]


class TestTheSchema:
    @pytest.fixture
    def operations(self, api: Api) -> list[dict[str, Any]]:
        paths = api.get("/openapi.json")["paths"]
        return [
            {"path": path, **operation}
            for path, methods in paths.items()
            for operation in methods.values()
        ]

    def test_describes_every_operation_and_parameter(self, operations: list[dict[str, Any]]):
        """In words."""
        for each in operations:
            assert each["description"], each["path"]
            for parameter in each.get("parameters", ()):
                assert parameter.get("description"), (each["path"], parameter["name"])

    def test_has_an_example_of_every_answer(self, api: Api):
        """Which is one: it has the names and the types that the shape says."""
        schema = api.get("/openapi.json")
        shapes = schema["components"]["schemas"]
        asked = {"Start", "Try", "NewCursor", "Forget", "Again", "Replay", "Chosen"}
        asked |= {"Release", "Discard"}
        enums = {name for name, shape in shapes.items() if "enum" in shape}
        for name in set(shapes) - asked - enums:
            validator = Draft202012Validator({**schema, **shapes[name]})
            assert set(shapes[name]["example"]) >= set(shapes[name]["required"]), name
            assert list(validator.iter_errors(shapes[name]["example"])) == [], name

    def test_has_problems_where_the_framework_would_have_errors_of_its_own(
        self, operations: list[dict[str, Any]]
    ):
        """Under their media type."""
        for each in operations:
            for status, answer in each["responses"].items():
                if not status.startswith("2"):
                    assert list(answer["content"]) == ["application/problem+json"]
