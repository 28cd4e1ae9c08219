"""E-mail for failed runs."""

import smtplib
from email import message_from_string

import pytest

from sensors_app import (
    DagsterInstance,
    DagsterInvalidDefinitionError,
    build_run_status_sensor_context,
    job,
    make_email_on_run_failure_sensor,
    op,
)

GIVEN = {
    "email_from": "me@example.com",
    "email_password": "secret",
    "email_to": ["a@example.com", "b@example.com"],
}


@op
def fails():
    raise ValueError("boom")


@job
def failing():
    fails()


class MailServer:
    """Notes what it is told, in place of smtplib's clients."""

    def __init__(self):
        self.calls = []

    def client(self, kind):
        def connect(host, port, **_):
            self.calls.append((kind, host, port))
            return self

        return connect

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.calls.append("closed")

    def starttls(self, context):
        self.calls.append("starttls")

    def login(self, user, password):
        self.calls.append(("login", user, password))

    def sendmail(self, sender, recipients, text):
        self.calls.append(("sendmail", sender, recipients))
        self.mail = message_from_string(text)


@pytest.fixture
def server(monkeypatch):
    made = MailServer()
    monkeypatch.setattr(smtplib, "SMTP_SSL", made.client("SMTP_SSL"))
    monkeypatch.setattr(smtplib, "SMTP", made.client("SMTP"))
    return made


@pytest.fixture
def context():
    instance = DagsterInstance.ephemeral()
    result = failing.execute_in_process(instance=instance, raise_on_error=False)
    return build_run_status_sensor_context(
        sensor_name="email_on_run_failure",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_run_failure_event(),
    )


def test_one_mail_goes_to_all_recipients(server, context):
    """Over SSL, from the account of the sender."""
    make_email_on_run_failure_sensor(**GIVEN)(context)
    assert server.calls == [
        ("SMTP_SSL", "smtp.gmail.com", 465),
        ("login", "me@example.com", "secret"),
        ("sendmail", "me@example.com", ["a@example.com", "b@example.com"]),
        "closed",
    ]
    assert server.mail["Subject"] == "Dagster Run Failed: failing"
    assert server.mail["To"] == "a@example.com, b@example.com"


def test_the_body_names_job_run_and_error(server, context):
    """With a link, if the pages have an address."""
    make_email_on_run_failure_sensor(**GIVEN, webserver_base_url="http://here/")(context)
    body = server.mail.get_payload(decode=True).decode()
    assert "Job failing failed!" in body
    assert f"Run ID: {context.dagster_run.run_id}" in body
    assert "Steps failed: ['fails']" in body
    assert f'href="http://here/runs/{context.dagster_run.run_id}"' in body


def test_starttls_and_another_account(server, context):
    """Each with its own default port."""
    made = make_email_on_run_failure_sensor(**GIVEN, smtp_type="STARTTLS", smtp_user="user")
    made(context)
    assert server.calls[:3] == [
        ("SMTP", "smtp.gmail.com", 587),
        "starttls",
        ("login", "user", "secret"),
    ]


def test_subject_and_body_of_ones_own(server, context):
    """Both are made of the context."""
    make_email_on_run_failure_sensor(
        **GIVEN,
        email_subject_fn=lambda context: f"{context.dagster_run.job_name}!",
        email_body_fn=lambda context: "own",
    )(context)
    assert server.mail["Subject"] == "failing!"
    assert server.mail.get_payload().strip() == "own"


def test_an_unknown_kind_of_server_fails_when_the_sensor_runs(server, context):
    """Not when it is made."""
    made = make_email_on_run_failure_sensor(**GIVEN, smtp_type="PIGEON")
    assert made.name == "email_on_run_failure"
    with pytest.raises(DagsterInvalidDefinitionError, match='"PIGEON" is not supported'):
        made(context)
