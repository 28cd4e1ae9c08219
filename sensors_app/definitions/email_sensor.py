"""A run-failure sensor that sends e-mail. Loaded when asked for: it brings smtplib and ssl."""

import html
import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.utils import localtime

from sensors_app.definitions.monitoring import Monitored
from sensors_app.definitions.run_status_context import RunFailureSensorContext
from sensors_app.definitions.run_status_decorators import run_failure_sensor
from sensors_app.definitions.run_status_sensor import RunStatusSensorDefinition
from sensors_app.errors import DagsterInvalidDefinitionError
from sensors_app.model.sensors import DefaultSensorStatus

SSL_PORT = 465
STARTTLS_PORT = 587
# A server that accepts a connection and says nothing more must become an error with its reason,
# before the sensor's time limit (60 s) cuts it off without one.
ANSWER_TIMEOUT_S = 30.0
TextOfRun = Callable[[RunFailureSensorContext], str]


def make_email_on_run_failure_sensor(
    email_from: str,
    email_password: str,
    email_to: Sequence[str],
    email_body_fn: TextOfRun | None = None,
    email_subject_fn: TextOfRun | None = None,
    smtp_host: str = "smtp.gmail.com",
    smtp_type: str = "SSL",
    smtp_port: int | None = None,
    smtp_user: str | None = None,
    name: str | None = None,
    webserver_base_url: str | None = None,
    monitored_jobs: Sequence[Monitored] | None = None,
    job_selection: Sequence[Monitored] | None = None,
    monitor_all_code_locations: bool = False,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    monitor_all_repositories: bool = False,
) -> RunStatusSensorDefinition:
    """Return a sensor that sends an e-mail for each run that fails.

    What ``smtplib`` raises comes out when it runs. If the server refuses some recipients, the
    sensor's log names them.

    Args:
        email_from: The sender.
        email_password: The password of ``smtp_user``.
        email_to: The recipients, who get one e-mail together.
        email_body_fn: Returns the body, as HTML; None for job, run and error.
        email_subject_fn: Returns the subject, whose lines become one; None for
            ``Dagster Run Failed: <job>``.
        smtp_host: The mail server.
        smtp_type: ``SSL`` or ``STARTTLS``; another one fails when the sensor runs.
        smtp_port: Its port; None means 465, or 587 for STARTTLS.
        smtp_user: Who logs in; None for the sender.
        name: The sensor's name; None for ``email_on_run_failure``.
        webserver_base_url: Where the web pages are, for a link to the run; None for no link.
        monitored_jobs: As for ``run_failure_sensor``.
        job_selection: As for ``run_failure_sensor``.
        monitor_all_code_locations: As for ``run_failure_sensor``.
        default_status: As for ``run_failure_sensor``.
        monitor_all_repositories: As for ``run_failure_sensor``.

    Raises:
        DagsterInvalidDefinitionError: Both everything and some jobs are to be monitored.
        CheckError: An argument of the sensor has the wrong type.
    """

    def email_on_run_failure(context: RunFailureSensorContext) -> None:
        body = email_body_fn(context) if email_body_fn else _body(context, webserver_base_url)
        text = _mail(email_from, email_to, (email_subject_fn or _subject)(context), body)
        with _server(smtp_type, smtp_host, smtp_port) as server:
            if smtp_type == "STARTTLS":
                server.starttls(context=ssl.create_default_context())
            server.login(smtp_user or email_from, email_password)
            refused = server.sendmail(email_from, email_to, text)
        if refused:
            context.log.warning("No e-mail for %s.", _shown(refused))

    return run_failure_sensor(
        name or "email_on_run_failure",
        monitored_jobs=monitored_jobs,
        job_selection=job_selection,
        monitor_all_code_locations=monitor_all_code_locations,
        default_status=default_status,
        monitor_all_repositories=monitor_all_repositories,
    )(email_on_run_failure)


def _mail(sender: str, recipients: Sequence[str], subject: str, body: str) -> str:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Date"] = localtime()
    message["Subject"] = " ".join(subject.split())
    message.set_content(body, subtype="html")
    return message.as_string()


def _server(smtp_type: str, host: str, port: int | None) -> smtplib.SMTP:
    if smtp_type == "SSL":
        security = ssl.create_default_context()
        port = port or SSL_PORT
        return smtplib.SMTP_SSL(host, port, context=security, timeout=ANSWER_TIMEOUT_S)
    if smtp_type == "STARTTLS":
        return smtplib.SMTP(host, port or STARTTLS_PORT, timeout=ANSWER_TIMEOUT_S)
    raise DagsterInvalidDefinitionError(
        f'smtp_type "{smtp_type}" is not supported. Use "SSL" or "STARTTLS".'
    )


def _shown(refused: Mapping[str, tuple[int, bytes]]) -> str:
    return ", ".join(
        f"{address} ({code} {why.decode(errors='replace')})"
        for address, (code, why) in refused.items()
    )


def _subject(context: RunFailureSensorContext) -> str:
    return f"Dagster Run Failed: {context.dagster_run.job_name}"


def _body(context: RunFailureSensorContext, base_url: str | None) -> str:
    run = context.dagster_run
    lines = [
        f"Job {run.job_name} failed!",
        f"Run ID: {run.run_id}",
        f"Error: {html.escape(context.failure_event.message or '', quote=False)}",
    ]
    if base_url is not None:
        address = html.escape(f"{base_url.rstrip('/')}/runs/{run.run_id}")
        lines.append(f'<a href="{address}">View the run</a>')
    return "<br>\n".join(lines)
