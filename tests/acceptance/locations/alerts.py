"""A location that has no jobs: it alerts people of what fails anywhere, by Slack and by e-mail."""

import os

from sensors_app import (
    CodeLocationSelector,
    DefaultSensorStatus,
    Definitions,
    make_email_on_run_failure_sensor,
)
from sensors_app.integrations.slack import make_slack_on_run_failure_sensor

RUNNING = DefaultSensorStatus.RUNNING

defs = Definitions(
    sensors=[
        make_slack_on_run_failure_sensor(
            channel="#alerts",
            slack_token=os.environ["ALERTS_SLACK_TOKEN"],
            slack_api_url=os.environ["ALERTS_SLACK_URL"],
            monitor_all_repositories=True,
            default_status=RUNNING,
        ),
        make_email_on_run_failure_sensor(
            email_from="alerts@example.com",
            email_password="secret",
            email_to=["team@example.com"],
            smtp_host="localhost",
            smtp_port=int(os.environ["ALERTS_SMTP_PORT"]),
            smtp_type="STARTTLS",
            monitored_jobs=[CodeLocationSelector("chain")],
            default_status=RUNNING,
        ),
    ]
)
