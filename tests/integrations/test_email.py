"""E-mail for failed runs, sent to a real SMTP server over real TLS."""

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sensors_app import (
    DagsterInstance,
    JobDefinition,
    RunFailureSensorContext,
    RunStatusSensorDefinition,
    SensorDefinition,
    SensorExecutionData,
    build_sensor_context,
    make_email_on_run_failure_sensor,
)
from sensors_app.definitions import email_sensor

USER, PASSWORD = "alerts@example.com", "secret"
RECIPIENTS = ["a@example.com", "b@example.com"]
UNKNOWN = "nobody@example.com"

# aiosmtpd warns that logging in over a connection which it did not encrypt itself may be read; it
# does not count the TLS that an SMTPS connection begins with.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


class Mailbox:
    """Keeps what arrives; knows nobody called ``nobody``."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.logins: list[tuple[str, str]] = []

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        login = data.login.decode(), data.password.decode()
        self.logins.append(login)
        return AuthResult(success=login[1] == PASSWORD, handled=False)

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == UNKNOWN:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.envelopes.append(envelope)
        return "250 taken"

    def mail(self) -> EmailMessage:
        """The only one. No property: aiosmtpd reads every attribute of a handler as it starts."""
        (envelope,) = self.envelopes
        content = envelope.content
        assert isinstance(content, bytes)
        read = message_from_bytes(content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read


@dataclass(frozen=True)
class Server:
    """A running server, and what a sensor has to be given for it."""

    mailbox: Mailbox
    arguments: Mapping[str, Any]

    def sensor(self, **others: Any) -> RunStatusSensorDefinition:
        return make_email_on_run_failure_sensor(**{**self.arguments, **others})


@contextmanager
def running(kind: str, security: ssl.SSLContext) -> Iterator[Server]:
    mailbox = Mailbox()
    tls: dict[str, Any] = (
        {"ssl_context": security, "auth_require_tls": False}
        if kind == "SSL"
        else {"tls_context": security, "require_starttls": True}
    )
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port,
        auth_required=True,
        authenticator=mailbox.authenticate,
        **tls,
    )
    controller.start()
    to = {"smtp_host": "localhost", "smtp_port": port, "smtp_type": kind}
    account = {"email_from": USER, "email_password": PASSWORD, "email_to": RECIPIENTS}
    yield Server(mailbox, {**to, **account})
    controller.stop()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def servers(authority: trustme.CA) -> Iterator[Mapping[str, Server]]:
    """One of each kind. They are slow to start, so the tests of this module share them."""
    security = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(security)
    with ExitStack() as stack:
        yield {kind: stack.enter_context(running(kind, security)) for kind in ("SSL", "STARTTLS")}


@pytest.fixture(autouse=True)
def _trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process takes the authority's word for who a server is."""
    certificates = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(certificates))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates))


def emptied(server: Server) -> Server:
    server.mailbox.envelopes.clear()
    server.mailbox.logins.clear()
    return server


@pytest.fixture(params=["SSL", "STARTTLS"])
def server(request: pytest.FixtureRequest, servers: Mapping[str, Server]) -> Server:
    return emptied(servers[request.param])


@pytest.fixture
def ssl_server(servers: Mapping[str, Server]) -> Server:
    return emptied(servers["SSL"])


def test_one_mail_reaches_all_recipients(
    server: Server, failed_run: RunFailureSensorContext
) -> None:
    """Over TLS, once the sender has logged in."""
    server.sensor(webserver_base_url="http://here")(failed_run)
    assert server.mailbox.logins == [(USER, PASSWORD)]
    (envelope,) = server.mailbox.envelopes
    assert envelope.mail_from == USER
    assert envelope.rcpt_tos == ["a@example.com", "b@example.com"]
    mail = server.mailbox.mail()
    assert mail["From"] == USER
    assert mail["To"] == "a@example.com, b@example.com"
    assert mail["Subject"] == "Dagster Run Failed: failing"
    assert mail.get_content_type() == "text/html"
    run_id = failed_run.dagster_run.run_id
    assert mail.get_content().splitlines() == [
        "Job failing failed!<br>",
        f"Run ID: {run_id}<br>",
        "Error: Execution of run for \"failing\" failed. Steps failed: ['fails'].<br>",
        f'<a href="http://here/runs/{run_id}">View the run</a>',
    ]


def test_a_mail_says_when_it_was_sent(
    ssl_server: Server, failed_run: RunFailureSensorContext
) -> None:
    """The standard demands it; servers that sort out spam look at it."""
    ssl_server.sensor()(failed_run)
    assert ssl_server.mailbox.mail()["Date"].datetime.tzinfo is not None


def test_any_text_survives(ssl_server: Server, failed_run: RunFailureSensorContext) -> None:
    """Subject and body, in any script, with long lines and lines that are a dot."""
    lines = ["<p>Größe, 数, 🔥</p>", ".", "x" * 5000, "..end"]
    ssl_server.sensor(
        email_subject_fn=lambda _: f"Ausfall: größer als 100 % 🔥 {'und noch mehr ' * 20}",
        email_body_fn=lambda _: "\n".join(lines),
    )(failed_run)
    assert ssl_server.mailbox.mail()["Subject"].startswith("Ausfall: größer als 100 % 🔥 und noch")
    assert ssl_server.mailbox.mail().get_content().splitlines() == lines


def test_a_subject_of_several_lines_becomes_one(
    ssl_server: Server, failed_run: RunFailureSensorContext
) -> None:
    """Such as an error's: it adds no header, and the alert is not lost."""
    ssl_server.sensor(email_subject_fn=lambda _: "ValueError: boom\nBcc: spy@example.com\n")(
        failed_run
    )
    assert ssl_server.mailbox.mail()["Subject"] == "ValueError: boom Bcc: spy@example.com"
    assert ssl_server.mailbox.mail()["Bcc"] is None


def test_an_account_of_another_name(
    ssl_server: Server, failed_run: RunFailureSensorContext
) -> None:
    ssl_server.sensor(smtp_user="account")(failed_run)
    assert ssl_server.mailbox.logins == [("account", PASSWORD)]


def test_a_wrong_password(server: Server, failed_run: RunFailureSensorContext) -> None:
    """The server's answer comes out, and nothing was sent."""
    made = server.sensor(email_password="wrong")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        made(failed_run)
    assert not server.mailbox.envelopes


def test_one_recipient_is_refused(
    ssl_server: Server,
    failed_run: RunFailureSensorContext,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The others get it, and the sensor's log says who did not and why."""
    ssl_server.sensor(email_to=["a@example.com", UNKNOWN])(failed_run)
    assert ssl_server.mailbox.envelopes[0].rcpt_tos == ["a@example.com"]
    assert f"No e-mail for {UNKNOWN} (550 no such user)." in capfd.readouterr().err


def test_every_recipient_is_refused(
    ssl_server: Server, failed_run: RunFailureSensorContext
) -> None:
    made = ssl_server.sensor(email_to=[UNKNOWN])
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="no such user"):
        made(failed_run)


def test_a_server_that_nobody_vouches_for_is_told_nothing(
    server: Server,
    failed_run: RunFailureSensorContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither the password nor the mail."""
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ssl.SSLCertVerificationError):
        server.sensor()(failed_run)
    assert not server.mailbox.logins
    assert not server.mailbox.envelopes


def test_a_server_of_another_name_is_told_nothing(
    server: Server, failed_run: RunFailureSensorContext
) -> None:
    """The certificate is for ``localhost``."""
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        server.sensor(smtp_host="127.0.0.1")(failed_run)
    assert not server.mailbox.logins


def test_no_server_there(failed_run: RunFailureSensorContext) -> None:
    """As with Dagster, what the connection raises comes out."""
    made = make_email_on_run_failure_sensor(
        USER, PASSWORD, ["a@example.com"], smtp_host="localhost", smtp_port=1
    )
    with pytest.raises(ConnectionRefusedError):
        made(failed_run)


@pytest.mark.parametrize("kind", ["SSL", "STARTTLS"])
def test_a_server_that_says_nothing(
    failed_run: RunFailureSensorContext, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """It is given up before the sensor's time limit."""
    monkeypatch.setattr(email_sensor, "ANSWER_TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = {"smtp_host": "127.0.0.1", "smtp_port": silent.getsockname()[1]}
        made = make_email_on_run_failure_sensor(
            USER, PASSWORD, RECIPIENTS, smtp_type=kind, **address
        )
        with pytest.raises(OSError, match="timed out"):
            made(failed_run)


def test_in_ticks(ssl_server: Server, failing: JobDefinition) -> None:
    """A run that fails between two ticks is mailed once; if that fails, a reaction says so."""
    good = ssl_server.sensor()
    bad = ssl_server.sensor(email_password="wrong")
    instance = DagsterInstance.ephemeral()

    def tick(sensor: SensorDefinition, cursor: str | None) -> SensorExecutionData:
        return sensor.evaluate_tick(build_sensor_context(instance=instance, cursor=cursor))

    start = tick(good, None).cursor
    failing.execute_in_process(instance=instance, raise_on_error=False)
    (reaction,) = tick(bad, start).dagster_run_reactions
    assert "SMTPAuthenticationError" in reaction.error.to_string()
    data = tick(good, start)
    assert data.dagster_run_reactions[0].error is None
    assert ssl_server.mailbox.mail()["Subject"] == "Dagster Run Failed: failing"
    assert tick(good, data.cursor).dagster_run_reactions == []
