"""What is wrong with a request, as a page for people."""

from fastapi.testclient import TestClient

from tests.support.site import Site
from tests.web.conftest import Open


def test_a_page_that_is_not_there_is_a_page_that_says_so(web: TestClient):
    """A browser gets a page with a way back, and the banner of the others."""
    answer = web.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Not Found" in answer.text
    assert "No beat is alive" in answer.text


def test_a_program_gets_a_problem(web: TestClient):
    """Who does not ask for a page gets JSON."""
    answer = web.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_api_answers_browsers_too_with_problems(web: TestClient):
    """Its answers do not depend on who asks."""
    answer = web.get("/api/v1/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_wrong_with_a_parameter_is_said(web: TestClient):
    """A parameter that is no number."""
    answer = web.get("/?page=x")
    assert answer.status_code == 422
    assert "query.page" in answer.text


def test_a_refusal_is_a_page(open_web: Open, site: Site):
    """Whoever may only look is told so, in words."""
    web = open_web(web_read_only=True)
    answer = web.post("/sensors/loc/s/switch", data={"to": "off"})
    assert answer.status_code == 403
    assert "local may look, and not change anything." in answer.text


def test_an_unknown_caller_learns_nothing_of_the_deployment(open_web: Open):
    """The banner is for those who have logged in."""
    web = open_web(auth="operator:ann:secret")
    answer = web.post("/sensors/loc/s/switch", data={"to": "off"})
    assert answer.status_code == 401
    assert "No beat is alive" not in answer.text


def test_halves_of_characters_do_not_break_a_page(web: TestClient):
    """What users write need not be Unicode."""
    answer = web.get("/?q=%ED%A0%80")
    assert answer.status_code == 200
