"""What docs/security.md promises: who gets in, what they may do, and what nobody ever sees."""

import logging
from collections.abc import Callable, Mapping

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from sensors_app.errors import SettingsError
from sensors_app.settings import Settings, load_settings
from sensors_app.storage.store import Store
from sensors_app.web.attempts import FREE, Attempts, TooManyAttemptsError
from sensors_app.web.auth import SESSION_COOKIE, Guard, accounts_from
from sensors_app.web.gate import SECURITY_HEADERS
from tests.support.site import Site
from tests.web.conftest import Open

AUTH = "operator:ann:s3cret-of-ann,viewer:bob:s3cret-of-bob"
SWITCH = "/sensors/loc/s/switch"
OFF = {"to": "off"}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


ANN, BOB = bearer("s3cret-of-ann"), bearer("s3cret-of-bob")


def log_in(web: TestClient, secret: str = "s3cret-of-ann", name: str = "ann", **more: str):
    return web.post("/login", data={"name": name, "secret": secret, **more})


def seen_from(web: TestClient, address: str) -> TestClient:
    """Return the same server, asked from another address."""
    return TestClient(
        web.app, base_url=str(web.base_url), client=(address, 1), follow_redirects=False
    )


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

    def test_a_name_that_only_begins_like_an_open_one_is_closed(self, open_web: Open):
        """Nobody who adds a page must know what begins how."""
        assert open_web(auth=AUTH).get("/healthz/more").status_code == 303

    @pytest.mark.parametrize("host", ["x/static/", "x/login?", "localhost/healthz#", "["])
    def test_the_host_does_not_choose_the_page(self, open_web: Open, host: str):
        """What is open is decided by the path alone, whatever else an address is made of."""
        answer = open_web(auth=AUTH).get("/", headers={"Host": host, "Accept": "*/*"})
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


class TestCookie:
    """The session's cookie."""

    def test_no_script_and_no_other_site_gets_it(self, open_web: Open):
        """And it has an end."""
        cookie = log_in(open_web(auth=AUTH)).headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/;" in cookie
        assert "Max-Age=43200" in cookie
        assert "Secure" not in cookie

    def test_it_stays_off_plain_connections(self, open_web: Open):
        """Also if a proxy ends the encryption: the browser says what its page came by."""
        web = open_web(auth=AUTH)
        data = {"name": "ann", "secret": "s3cret-of-ann"}
        headers = {"Host": "sensors.example", "Origin": "https://sensors.example"}
        assert "Secure" in web.post("/login", data=data, headers=headers).headers["set-cookie"]

    def test_it_stays_under_the_prefix(self, open_web: Open):
        """What else the host serves does not see it."""
        web = open_web(auth=AUTH, web_prefix="/sensors")
        data = {"name": "ann", "secret": "s3cret-of-ann"}
        answer = web.post("/sensors/login", data=data)
        assert "Path=/sensors;" in answer.headers["set-cookie"]
        assert answer.headers["location"] == "/sensors/"

    def test_it_tells_nothing_of_the_password(self, open_web: Open):
        """Two deployments with one password have different sessions: nothing can be looked up."""
        first = log_in(open_web(auth=AUTH)).headers["set-cookie"]
        guard = Guard(Settings(auth=AUTH), "another deployment's")
        second = guard.log_in("ann", "s3cret-of-ann", "::1")
        assert second is not None
        assert second.split(":")[1] not in first


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


class TestProxy:
    """A proxy that has logged people in says who they are."""

    @pytest.fixture
    def ask(self, open_web: Open) -> Callable[..., Response]:
        web = open_web(auth_proxy_header="X-User", auth_proxy_from="10.1.0.0/16,::1")

        def get(address: str, **headers: str) -> Response:
            return seen_from(web, address).get("/", headers=headers)

        return get

    @pytest.mark.parametrize("address", ["10.1.2.3", "::1", "::ffff:10.1.2.3"])
    def test_it_is_believed(self, ask: Callable[..., Response], address: str):
        """By its address, however that is written."""
        answer = ask(address, **{"X-User": "ann"})
        assert answer.status_code == 200
        assert "ann" in answer.text
        assert "read only" in answer.text

    @pytest.mark.parametrize("address", ["10.2.0.1", "127.0.0.1", "testclient", ""])
    def test_nobody_else_is(self, ask: Callable[..., Response], address: str):
        """Whoever reaches the port directly can say what they like."""
        assert ask(address, **{"X-User": "ann"}).status_code == 401

    def test_it_must_name_somebody(self, ask: Callable[..., Response]):
        """An empty name is nobody's."""
        assert ask("10.1.2.3", **{"X-User": " "}).status_code == 401

    def test_a_name_that_the_client_slipped_in_is_seen(self, open_web: Open):
        """A proxy that adds its header to another of that name: both are shown."""
        web = open_web(auth_proxy_header="X-User", auth_proxy_from="10.1.0.0/16")
        headers = [("X-User", "boss"), ("X-User", "ann")]
        answer = seen_from(web, "10.1.2.3").get("/", headers=headers)
        assert "boss, ann" in answer.text

    def test_a_wrong_address_is_named(self):
        """When the process starts."""
        with pytest.raises(SettingsError, match="SENSORS_AUTH_PROXY_FROM: 'here'"):
            Guard(Settings(auth_proxy_from="here"), "x")


class TestStart:
    """What a server refuses to be."""

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", ""])
    def test_open_to_the_network_without_accounts(self, host: str):
        """It does not start, and says what to set."""
        with pytest.raises(SettingsError, match="SENSORS_AUTH=operator:NAME:SECRET"):
            Guard(Settings(web_host=host), "x")

    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
    def test_this_machine_needs_none(self, host: str):
        """Whoever is here already is somebody who may."""
        assert not Guard(Settings(web_host=host), "x").is_closed

    @pytest.mark.parametrize("auth", [AUTH, ""])
    def test_with_accounts_or_a_proxy_it_may(self, auth: str):
        """Either says who somebody is."""
        header = "" if auth else "X-User"
        assert Guard(Settings(web_host="::", auth=auth, auth_proxy_header=header), "x").is_closed

    @pytest.mark.parametrize(
        "auth",
        [
            *("ann", "ann:s3cret", "root:ann:s3cret", "operator::s3cret", "operator:ann:"),
            *("viewer:bob:x,ann:s3cret", "Operator:ann:s3cret", "s3cret"),
        ],
    )
    def test_wrong_accounts(self, auth: str):
        """They are named by their number; what may be a secret is not shown."""
        with pytest.raises(SettingsError, match=r"account \d is not of the form") as info:
            accounts_from(auth)
        assert "s3cret" not in str(info.value)

    def test_one_secret_for_two(self):
        """As a token it would not say whose it is."""
        with pytest.raises(SettingsError, match="accounts 1 and 3 have the same secret") as info:
            accounts_from("viewer:bob:s3cret,viewer:eve:x,operator:ann:s3cret")
        assert "s3cret" not in str(info.value)

    def test_a_secret_may_have_colons(self):
        """Commas are between accounts, and nothing else is special."""
        (account,) = accounts_from(" operator:ann:a:b c ,")
        assert account.secret == "a:b c"


class TestGuessing:
    """Whoever tries passwords has to wait longer and longer."""

    def test_a_few_may_be_wrong(self, open_web: Open):
        """Then one has to wait, with the right one as well."""
        web = open_web(auth=AUTH)
        for number in range(FREE):
            assert log_in(web, f"wrong-{number}").status_code == 401
        answer = log_in(web)
        assert answer.status_code == 429
        assert "Too many attempts" in answer.text
        assert int(answer.headers["retry-after"]) >= 1

    def test_tokens_are_passwords_too(self, open_web: Open):
        """Neither way is a way around the other's limit."""
        web = open_web(auth=AUTH)
        for number in range(FREE):
            headers = bearer(f"wrong-{number}") | {"Accept": "*/*"}
            assert web.get("/", headers=headers).status_code == 401
        answer = web.get("/", headers=ANN | {"Accept": "*/*"})
        assert answer.status_code == 429
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) >= 1
        assert log_in(web).status_code == 429

    def test_sessions_go_on(self, open_web: Open):
        """Whoever guesses shuts nobody out who is in."""
        web = open_web(auth=AUTH)
        log_in(web)
        other = seen_from(web, "testclient")
        for number in range(FREE):
            log_in(other, f"wrong-{number}")
        assert web.get("/").status_code == 200

    def test_another_address_does_not_wait(self, open_web: Open):
        """Nor does who was right all along."""
        web = open_web(auth=AUTH)
        for number in range(FREE):
            log_in(web, f"wrong-{number}")
        assert log_in(seen_from(web, "10.0.0.9")).status_code == 303

    def test_large_forms_are_not_read(self, open_web: Open):
        """Strangers must not fill the memory."""
        web = open_web(auth=AUTH)
        assert log_in(web, "x" * 70_000).status_code == 413
        assert web.post("/login", content=iter([b"name=x"])).status_code == 411


class TestAttempts:
    """The count of failures by address."""

    class Clock:
        now = 1000.0

        def __call__(self) -> float:
            return self.now

    @pytest.fixture
    def clock(self) -> "TestAttempts.Clock":
        return self.Clock()

    @pytest.fixture
    def attempts(self, clock: "TestAttempts.Clock") -> Attempts:
        return Attempts(clock)

    def wait(self, attempts: Attempts, address: str = "10.0.0.1") -> int:
        try:
            attempts.check(address)
        except TooManyAttemptsError as error:
            return error.wait_s
        return 0

    def fail(self, attempts: Attempts, *secrets: str, address: str = "10.0.0.1") -> None:
        for secret in secrets:
            attempts.failed(address, secret)

    def test_each_failure_doubles_the_wait(self, attempts: Attempts, clock: Clock):
        """Up to five minutes."""
        self.fail(attempts, *"abcd")
        assert self.wait(attempts) == 0
        waits = []
        for secret in "efghijklmnop":
            self.fail(attempts, secret)
            waits.append(self.wait(attempts))
            clock.now += waits[-1]
        assert waits[:4] == [2, 4, 8, 16]
        assert waits[-1] == 300

    def test_one_has_waited_when_one_has_waited(self, attempts: Attempts, clock: Clock):
        """Not a moment longer."""
        self.fail(attempts, *"abcde")
        clock.now += 2
        assert self.wait(attempts) == 0

    def test_the_same_again_is_no_guess(self, attempts: Attempts):
        """A program with an old token must not shut its neighbours out."""
        self.fail(attempts, *(["old"] * 100))
        assert self.wait(attempts) == 0

    def test_failures_are_forgotten_in_time(self, attempts: Attempts, clock: Clock):
        """And by nothing else: whoever has one password could go on to guess another's."""
        self.fail(attempts, *"abcdefg")
        clock.now += 901
        self.fail(attempts, "h")
        assert self.wait(attempts) == 0

    def test_a_network_of_ipv6_is_one(self, attempts: Attempts):
        """Everybody has as many addresses there as they like."""
        for number, secret in enumerate("abcde"):
            self.fail(attempts, secret, address=f"2001:db8::{number}")
        assert self.wait(attempts, "2001:db8::ffff") > 0
        assert self.wait(attempts, "2001:db8:1::1") == 0

    def test_they_are_not_counted_without_end(
        self, attempts: Attempts, monkeypatch: pytest.MonkeyPatch
    ):
        """The oldest are forgotten."""
        monkeypatch.setattr("sensors_app.web.attempts.MOST_ADDRESSES", 3)
        for number in range(4):
            self.fail(attempts, *"abcde", address=f"10.0.0.{number}")
        assert self.wait(attempts, "10.0.0.0") == 0
        assert self.wait(attempts, "10.0.0.1") > 0


class TestSecrets:
    """What nobody ever sees."""

    def test_settings_do_not_show_them(self):
        """Whoever prints or logs settings, or an account."""
        settings = Settings(
            auth=AUTH,
            redis_url="redis://:s3cret@state/0",
            broker_url="amqp://me:s3cret@broker//",
        )
        for shown in (repr(settings), str(settings), repr(accounts_from(AUTH))):
            assert "s3cret" not in shown

    def test_wrong_settings_do_not_show_them(self, monkeypatch: pytest.MonkeyPatch):
        """Neither the message nor what it was made of."""
        monkeypatch.setenv("SENSORS_AUTH", AUTH)
        monkeypatch.setenv("SENSORS_REDIS_URL", "http://:s3cret@state/0")
        with pytest.raises(SettingsError) as info:
            load_settings()
        assert "s3cret" not in str(info.value) + str(info.value.__cause__)

    def test_a_login_leaves_none(
        self, open_web: Open, store: Store, caplog: pytest.LogCaptureFixture
    ):
        """Not in a log, not on a page."""
        web = open_web(auth=AUTH)
        with caplog.at_level(logging.DEBUG):
            answers = [log_in(web, "s3cret-mistyped"), log_in(web), web.get("/", headers=ANN)]
            answers.append(web.get("/", headers=bearer("s3cret-of-eve") | {"Accept": "*/*"}))
        for text in (caplog.text, *(answer.text for answer in answers)):
            assert "s3cret" not in text
