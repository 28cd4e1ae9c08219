"""Word of each run that fails: to Slack, by e-mail, and in a way of one's own.

It needs ``pip install 'sensors-app[slack]'``; e-mail needs nothing more. Run it for real, and let a
run fail::

    make dev MODULE=examples.alert_on_failure
    sensors evaluate now        # in another terminal
    sensors reactions alert_in_file

Or in one process, as a test would do it::

    python -m examples.alert_on_failure

It writes to ``alerts.log``. With SLACK_TOKEN set it writes to SLACK_CHANNEL as well, and with
SMTP_PASSWORD it sends mail from SMTP_USER to ALERT_TO.

An alert that raises is tried again, and kept in the end: ``sensors dead-letters``.

Try: a ``text_fn`` or an ``email_body_fn`` of your own.
"""

import os
from pathlib import Path

from sensors_app import (
    DagsterInstance,
    DefaultSensorStatus,
    Definitions,
    RunFailureSensorContext,
    RunRequest,
    build_sensor_context,
    job,
    make_email_on_run_failure_sensor,
    op,
    run_failure_sensor,
    sensor,
)
from sensors_app.integrations.slack import make_slack_on_run_failure_sensor

ALERTS = Path(os.environ.get("ALERTS_FILE", "alerts.log"))
SLACK_TOKEN = os.environ.get("SLACK_TOKEN")
SMTP_PASSWORD = os.environ.get("SMTP_PASSWORD")


@op
def divide():
    return 1 / 0


@job
def nightly():
    divide()


@sensor(job=nightly)
def now():
    """Off, but for ``sensors evaluate now``: one run, at once."""
    return RunRequest()


@run_failure_sensor(default_status=DefaultSensorStatus.RUNNING)
def alert_in_file(context: RunFailureSensorContext):
    """Write a line for each failed run, with what each op that failed raised."""
    with ALERTS.open("a") as alerts:
        alerts.write(f"{context.dagster_run.job_name}: {context.failure_event.message}\n")
        for event in context.get_step_failure_events():
            reason = event.event_specific_data.error.cause
            alerts.write(f"  {event.step_key}: {reason.message}")


alert_on_slack = make_slack_on_run_failure_sensor(
    channel=os.environ.get("SLACK_CHANNEL", "#alerts"),
    slack_token=SLACK_TOKEN,
    webserver_base_url=os.environ.get("PAGES_URL"),
    default_status=DefaultSensorStatus.RUNNING,
)

alert_by_mail = make_email_on_run_failure_sensor(
    email_from=os.environ.get("SMTP_USER", "alerts@example.com"),
    email_password=SMTP_PASSWORD or "",
    email_to=os.environ.get("ALERT_TO", "team@example.com").split(","),
    smtp_host=os.environ.get("SMTP_HOST", "smtp.gmail.com"),
    monitored_jobs=[nightly],
    default_status=DefaultSensorStatus.RUNNING,
)

# An alert that cannot be sent would only fill the sensors' pages with its own errors.
alerts = [
    alert_in_file,
    *([alert_on_slack] if SLACK_TOKEN else []),
    *([alert_by_mail] if SMTP_PASSWORD else []),
]
defs = Definitions(jobs=[nightly], sensors=[now, *alerts])


def show(sensors):
    """Let a run fail, and return the error of each sensor's reaction: None if all went well."""
    instance = DagsterInstance.ephemeral()
    cursors = [
        each.evaluate_tick(build_sensor_context(instance=instance)).cursor for each in sensors
    ]
    nightly.execute_in_process(instance=instance, raise_on_error=False)
    ticks = [
        each.evaluate_tick(build_sensor_context(instance=instance, cursor=cursor))
        for each, cursor in zip(sensors, cursors, strict=True)
    ]
    return [reaction.error for tick in ticks for reaction in tick.dagster_run_reactions]


if __name__ == "__main__":
    for each, error in zip(alerts, show(alerts), strict=True):
        print(each.name, "reacted" if error is None else error.to_string())
