"""What docs/security.md promises of requests: who gets in, what they may do, what comes back."""

from collections.abc import Mapping

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from sensors_app.errors import StoreUnavailableError
from sensors_app.storage.store import Store
from sensors_app.web.auth import SESSION_COOKIE
from sensors_app.web.gate import SECURITY_HEADERS
from tests.support.site import Site
from tests.web.conftest import Open
from tests.web.people import ANN, AUTH, BOB, bearer, log_in, seen_from

SWITCH = "/sensors/loc/s/switch"
OFF = {"to": "off"}


class TestWho:
    """Who gets in, and how they say who they are."""

    @pytest.mark.parametrize(
        "path", ["/", "/live", "/sensors/switch?to=off", "/api/v1/openapi.json", "/nowhere"]
    )
    def test_a_stranger_gets_in_nowhere(self, open_web: Open, path: str):
        """Not even to learn what is there."""
        web = open_web(auth=AUTH)
        answer = web.get(path, headers={"Accept": "*/*"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("path", ["/login", "/healthz", "/static/style.css"])
    def test_what_is_open(self, open_web: Open, path: str):
        """The way in, the probe, and what the way in looks like."""
        assert open_web(auth=AUTH).get(path).status_code == 200

    def test_the_probe_says_no_more_than_it_must(
        self, open_web: Open, store: Store, monkeypatch: pytest.MonkeyPatch
    ):
        """It is open to all: the address of the server of the state is not for them."""

        def away() -> int:
            raise StoreUnavailableError("connecting to 10.0.0.1:6379")

        web = open_web(auth=AUTH)
        monkeypatch.setattr(store, "now_ms", away)
        answer = web.get("/healthz")
        assert answer.status_code == 503
        assert "10.0.0.1" not in answer.text

    def test_a_name_that_only_begins_like_an_open_one_is_closed(self, open_web: Open):
        """Nobody who adds a page must know what begins how."""
        assert open_web(auth=AUTH).get("/healthz/more").status_code == 303

    @pytest.mark.parametrize("host", ["x/static/", "x/login?", "localhost/healthz#", "["])
    def test_the_host_does_not_choose_the_page(self, open_web: Open, host: str):
        """What is open is decided by the path alone, whatever else an address is made of."""
        answer = open_web(auth=AUTH).get("/", headers={"Host": host, "Accept": "*/*"})
        assert answer.status_code == 401

    @pytest.mark.parametrize("path", ["loc/s/events", "loc/s/more/events", "s/events"])
    def test_a_pushed_event_needs_its_signature(self, open_web: Open, site: Site, path: str):
        """And only where events are pushed does one do instead of a login."""
        web = open_web(auth=AUTH, push_secret="s3cret")
        answer = web.post(f"/api/v1/sensors/{path}", json={})
        assert answer.status_code == 401

    def test_a_browser_is_led_to_the_login_and_back(self, open_web: Open):
        """With the query that it asked for."""
        web = open_web(auth=AUTH)
        asked = web.get("/?q=a%26b")
        assert asked.status_code == 303
        assert asked.headers["location"] == "/login?next=/%3Fq%3Da%2526b"
        answer = log_in(web, next="/?q=a%26b")
        assert (answer.status_code, answer.headers["location"]) == (303, "/?q=a%26b")
        assert web.get("/").status_code == 200

    def test_a_program_sends_its_secret(self, open_web: Open):
        """As a bearer token; a wrong one does not fall back to a session."""
        web = open_web(auth=AUTH)
        assert web.get("/", headers=BOB).status_code == 200
        log_in(web)
        assert web.get("/", headers=bearer("wrong") | {"Accept": "*/*"}).status_code == 401

    def test_a_name_with_the_password_of_another_is_nobody(self, open_web: Open):
        """Name and password go together."""
        assert log_in(open_web(auth=AUTH), "s3cret-of-bob").status_code == 401

    def test_a_session_ends(self, open_web: Open):
        """By logging out."""
        web = open_web(auth=AUTH)
        log_in(web)
        answer = web.post("/logout", headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.headers["location"] == "/login"
        assert web.get("/").status_code == 303

    def test_a_session_ends_with_its_password(self, open_web: Open):
        """Whoever changes a password shuts out who had the old one."""
        web = open_web(auth=AUTH)
        log_in(web)
        session = web.cookies[SESSION_COOKIE]
        again = open_web(auth="operator:ann:another")
        again.cookies.set(SESSION_COOKIE, session)
        assert again.get("/").status_code == 303

    def test_a_session_ends_by_its_age(self, open_web: Open, monkeypatch: pytest.MonkeyPatch):
        """However often it is used."""
        web = open_web(auth=AUTH)
        log_in(web)
        monkeypatch.setattr("sensors_app.web.auth.SESSION_MAX_AGE_S", -1)
        assert web.get("/").status_code == 303

    def test_a_session_is_good_for_all_web_processes(self, open_web: Open):
        """They share what signs it."""
        one, other = open_web(auth=AUTH), open_web(auth=AUTH)
        log_in(one)
        other.cookies.set(SESSION_COOKIE, one.cookies[SESSION_COOKIE])
        assert other.get("/").status_code == 200

    def test_a_session_that_was_forged_is_none(self, open_web: Open):
        """The signature counts."""
        web = open_web(auth=AUTH)
        log_in(web, "s3cret-of-bob", "bob")
        forged = web.cookies[SESSION_COOKIE].replace("viewer", "operator", 1)
        web.cookies.clear()
        web.cookies.set(SESSION_COOKIE, forged)
        assert web.get("/").status_code == 303


class TestRoles:
    """A viewer reads; an operator changes things, too."""

    @pytest.mark.parametrize(("who", "status"), [(ANN, 303), (BOB, 403)])
    def test_who_may_change(self, open_web: Open, site: Site, who: Mapping[str, str], status: int):
        """And nothing has happened if one may not."""
        answer = open_web(auth=AUTH).post(SWITCH, data=OFF, headers=who)
        assert answer.status_code == status
        assert site.state().running is (status == 403)

    def test_read_only_binds_everybody(self, open_web: Open, site: Site):
        """An operator, too."""
        answer = open_web(auth=AUTH, web_read_only=True).post(SWITCH, data=OFF, headers=ANN)
        assert answer.status_code == 403
        assert site.state().running

    def test_a_viewer_may_log_out(self, open_web: Open):
        """It changes nothing but their own session."""
        web = open_web(auth=AUTH)
        log_in(web, "s3cret-of-bob", "bob")
        answer = web.post("/logout", headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 303


CROSS_SITE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
]


class TestForeignPages:
    """Pages of other sites, in the browser of somebody who may change things."""

    @pytest.mark.parametrize("headers", CROSS_SITE)
    def test_they_change_nothing(self, open_web: Open, site: Site, headers: Mapping[str, str]):
        """Also where no login is asked for."""
        for web in (open_web(), open_web(auth=AUTH)):
            if web.get("/").status_code == 303:
                log_in(web)
            assert web.post(SWITCH, data=OFF, headers=headers).status_code == 403
        assert site.state().running

    @pytest.mark.parametrize("headers", CROSS_SITE)
    def test_they_log_nobody_in(self, open_web: Open, headers: Mapping[str, str]):
        """Or one would work under a name that the other page chose."""
        web = open_web(auth=AUTH)
        data = {"name": "ann", "secret": "s3cret-of-ann"}
        assert web.post("/login", data=data, headers=headers).status_code == 403

    def test_they_cannot_use_what_a_browser_adds_by_itself(self, open_web: Open, site: Site):
        """A proxy's own login travels as ``Authorization: Basic``, from whichever page."""
        web = seen_from(open_web(auth_proxy_header="X-User", auth_proxy_role="operator"), "::1")
        headers = {
            "X-User": "ann",
            "Authorization": "Basic YTpi",
            "Sec-Fetch-Site": "cross-site",
        }
        assert web.post(SWITCH, data=OFF, headers=headers).status_code == 403
        assert site.state().running

    @pytest.mark.parametrize(
        "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost:3070"}, {}]
    )
    def test_ours_do(self, open_web: Open, site: Site, headers: Mapping[str, str]):
        """And programs, which send neither."""
        assert open_web().post(SWITCH, data=OFF, headers=headers).status_code == 303
        assert not site.state().running

    def test_a_session_alone_is_not_enough(self, open_web: Open, site: Site):
        """A browser that tells nothing of the page is not believed."""
        web = open_web(auth=AUTH)
        log_in(web)
        assert web.post(SWITCH, data=OFF).status_code == 403

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", ""])
    def test_a_name_that_was_led_here_is_refused(self, open_web: Open, host: str):
        """Without accounts: the page of a name that now means this machine (DNS rebinding)."""
        assert open_web().get("/", headers={"Host": host}).status_code == 421

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1:3070", "[::1]:3070"])
    def test_this_machine_has_its_names(self, open_web: Open, host: str):
        """They are answered."""
        assert open_web().get("/", headers={"Host": host}).status_code == 200


class TestResponses:
    """What every response says, and where it leads."""

    @pytest.mark.parametrize(
        "path",
        ["/", "/nowhere", "/?page=x", "/login", "/healthz", "/static/style.css", "/static/none"],
    )
    def test_headers_on_every_response(self, open_web: Open, path: str):
        """Pages, mistakes, redirects, files."""
        for web in (open_web(), open_web(auth=AUTH)):
            assert_secured(web.get(path))

    def test_headers_on_a_crash(self, open_web: Open, monkeypatch: pytest.MonkeyPatch):
        """Which shows nothing of what went wrong."""

        def crash(_text: str) -> None:
            raise ValueError("s3cret")

        monkeypatch.setattr("sensors_app.web.pages.sensors.parse_filter", crash)
        app = open_web().app
        web = TestClient(app, base_url="http://localhost:3070", raise_server_exceptions=False)
        answer = web.get("/")
        assert answer.status_code == 500
        assert "s3cret" not in answer.text
        assert_secured(answer)

    def test_headers_outside_the_prefix(self, open_web: Open):
        """Where there is nothing."""
        answer = open_web(web_prefix="/sensors").get("/elsewhere")
        assert answer.status_code == 404
        assert_secured(answer)

    def test_nothing_from_elsewhere_and_nothing_inline(self):
        """The policy names no other origin, and none of the exceptions that undo it."""
        policy = SECURITY_HEADERS["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy

    def test_pages_are_not_kept_and_files_are_asked_for_again(self, open_web: Open):
        """A shared cache must not answer another user; an upgrade must reach the browser."""
        web = open_web()
        assert web.get("/").headers["cache-control"] == "no-store"
        assert web.get("/api/v1/openapi.json").headers["cache-control"] == "no-store"
        assert web.get("/static/live.js").headers["cache-control"] == "no-cache"

    @pytest.mark.parametrize(
        "path",
        [
            *("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example"),
            *("javascript:alert(1)", "", "evil.example", "/\t/evil.example", "\t//evil.example"),
            "/\r\nLocation: https://evil.example",
        ],
    )
    def test_a_login_leads_to_no_other_site(self, open_web: Open, path: str):
        """Whoever made the link may mean another."""
        answer = log_in(open_web(auth=AUTH), next=path)
        where = answer.headers["location"]
        assert answer.status_code == 303
        assert where.startswith("/")
        assert not where.startswith(("//", "/\\", "/\t", "/%5C", "/%5c"))

    def test_a_form_leads_back_to_no_other_site(self, open_web: Open, site: Site):
        """The page that it was on may have two slashes at its beginning."""
        headers = {"Referer": "http://localhost:3070//evil.example"}
        answer = open_web().post(SWITCH, data=OFF, headers=headers)
        assert not answer.headers["location"].startswith("//")

    def test_what_a_login_shows_is_escaped(self, open_web: Open):
        """The address came from whoever made the link."""
        answer = open_web(auth=AUTH).get('/login?next="><script>alert(1)</script>')
        assert "<script>alert" not in answer.text


def assert_secured(answer: Response) -> None:
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value, name
    assert "server" not in answer.headers


class TestPrefix:
    """Served under a path of a host."""

    def test_what_is_open_and_what_is_not(self, open_web: Open):
        """As without."""
        web = open_web(auth=AUTH, web_prefix="/sensors")
        assert web.get("/sensors/healthz").status_code == 200
        assert web.get("/sensors/static/style.css").status_code == 200
        answer = web.get("/sensors/?q=x")
        assert answer.headers["location"] == "/sensors/login?next=/%3Fq%3Dx"
        assert web.get("/sensors/api/v1/openapi.json", headers=BOB).status_code == 200
        assert web.post(f"/sensors{SWITCH}", data=OFF, headers=BOB).status_code == 403
