"""What docs/security.md promises of accounts: sessions, proxies, guessing, and secrets."""

import logging
from collections.abc import Callable

import pytest
from httpx2 import Response

from sensors_app.errors import SettingsError
from sensors_app.settings import Settings, load_settings
from sensors_app.web.attempts import FREE
from sensors_app.web.auth import Guard, accounts_from
from tests.web.conftest import Open
from tests.web.people import ANN, AUTH, bearer, log_in, seen_from


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

    def test_a_login_leaves_none(self, open_web: Open, caplog: pytest.LogCaptureFixture):
        """Not in a log, not on a page."""
        web = open_web(auth=AUTH)
        with caplog.at_level(logging.DEBUG):
            answers = [log_in(web, "s3cret-mistyped"), log_in(web), web.get("/", headers=ANN)]
            answers.append(web.get("/", headers=bearer("s3cret-of-eve") | {"Accept": "*/*"}))
        for text in (caplog.text, *(answer.text for answer in answers)):
            assert "s3cret" not in text
