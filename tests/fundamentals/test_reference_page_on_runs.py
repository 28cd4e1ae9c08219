"""The examples of Dagster's page on sensors: those that are called for runs.

Each is as it is on that page, but for the import and for bodies that it leaves out. What each is
there to show is tested below it.
"""

import os

import pytest

from sensors_app import (
    CodeLocationSelector,
    DagsterInstance,
    DagsterRunStatus,
    Definitions,
    JobSelector,
    RunFailureSensorContext,
    RunRequest,
    RunStatusSensorContext,
    SkipReason,
    build_run_status_sensor_context,
    build_sensor_context,
    job,
    make_email_on_run_failure_sensor,
    op,
    run_failure_sensor,
    run_status_sensor,
)
from sensors_app.integrations.slack import make_slack_on_run_failure_sensor

SENT = []


class WebClient:
    """Takes the place of slack_sdk's: keeps what would be sent."""

    def __init__(self, token):
        self.token = token

    def chat_postMessage(self, **message):  # noqa: N802
        SENT.append((self.token, message))


def email_alert(message):
    SENT.append(message)


def send_slack_alert():
    SENT.append("alert")


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """Everything that was sent during a test."""
    monkeypatch.setenv("SLACK_DAGSTER_ETL_BOT_TOKEN", "token")
    SENT.clear()
    return SENT


@op(config_schema={"job_name": str})
def status_report(context):
    context.log.info(context.op_config["job_name"])


@job
def status_reporting_job():
    status_report()


@op
def succeeds():
    return 1


@job
def my_job_succeeds():
    succeeds()


@op
def fails():
    raise Exception("failure!")


@job
def my_job_fails():
    fails()


def told(watcher, *runs):
    """What a sensor says once these jobs have been run, with their config."""
    instance = DagsterInstance.ephemeral()
    cursor = watcher.evaluate_tick(build_sensor_context(instance)).cursor
    for a_job, config in runs:
        a_job.execute_in_process(config, instance, raise_on_error=False)
    return watcher.evaluate_tick(build_sensor_context(instance, cursor))


# ---- Run status sensors


@run_status_sensor(run_status=DagsterRunStatus.SUCCESS, request_job=status_reporting_job)
def report_status_sensor(context):
    # this condition prevents the sensor from triggering status_reporting_job again after it
    # succeeds
    if context.dagster_run.job_name != status_reporting_job.name:
        run_config = {
            "ops": {"status_report": {"config": {"job_name": context.dagster_run.job_name}}}
        }
        return RunRequest(run_key=None, run_config=run_config)
    else:
        return SkipReason("Don't report status of status_reporting_job")


def test_a_run_that_follows_another():
    """But not itself."""
    (request,) = told(report_status_sensor, (my_job_succeeds, {})).run_requests
    assert status_reporting_job.execute_in_process(run_config=request.run_config).success
    data = told(report_status_sensor, (status_reporting_job, request.run_config))
    assert data.skip_message == "Don't report status of status_reporting_job"


@run_status_sensor(run_status=DagsterRunStatus.SUCCESS)
def my_slack_on_run_success(context: RunStatusSensorContext):
    slack_client = WebClient(token=os.environ["SLACK_DAGSTER_ETL_BOT_TOKEN"])

    slack_client.chat_postMessage(
        channel="#alert-channel",
        message=f'Job "{context.dagster_run.job_name}" succeeded.',
    )


defs = Definitions(jobs=[my_job_succeeds], sensors=[my_slack_on_run_success])


def test_an_alert_on_success(sent):
    """It leaves a reaction, which says that the sensor ran."""
    assert defs.get_sensor_def("my_slack_on_run_success") is my_slack_on_run_success
    (reaction,) = told(my_slack_on_run_success, (my_job_succeeds, {})).dagster_run_reactions
    assert reaction.error is None
    message = {"channel": "#alert-channel", "message": 'Job "my_job_succeeds" succeeded.'}
    assert sent == [("token", message)]


# ---- Run failure sensor


@run_failure_sensor(request_job=status_reporting_job)
def report_failure_sensor(context):
    run_config = {"ops": {"status_report": {"config": {"job_name": context.dagster_run.job_name}}}}
    return RunRequest(run_key=None, run_config=run_config)


@run_failure_sensor
def my_slack_on_run_failure(context: RunFailureSensorContext):
    slack_client = WebClient(token=os.environ["SLACK_DAGSTER_ETL_BOT_TOKEN"])

    slack_client.chat_postMessage(
        channel="#alert-channel",
        message=(
            f'Job "{context.dagster_run.job_name}" failed. Error: {context.failure_event.message}'
        ),
    )


FAILED = (
    'Job "my_job_fails" failed. Error: Execution of run for "my_job_fails" failed. '
    "Steps failed: ['fails']."
)


def test_a_run_that_follows_a_failure():
    """And none that follows a success."""
    runs = [(my_job_succeeds, {}), (my_job_fails, {})]
    (request,) = told(report_failure_sensor, *runs).run_requests
    assert request.run_config["ops"]["status_report"]["config"] == {"job_name": "my_job_fails"}


def test_an_alert_on_failure(sent):
    """With the reason."""
    told(my_slack_on_run_failure, (my_job_fails, {}))
    assert sent == [("token", {"channel": "#alert-channel", "message": FAILED})]


# ---- Out-of-box run failure sensors

slack_on_run_failure = make_slack_on_run_failure_sensor(
    "#my_channel", os.getenv("MY_SLACK_TOKEN", "token")
)

email_on_run_failure = make_email_on_run_failure_sensor(
    email_from="no-reply@example.com",
    email_password=os.getenv("ALERT_EMAIL_PASSWORD"),
    email_to=["xxx@example.com", "xyz@example.com"],
)


def test_sensors_out_of_the_box():
    """What they send is tried against servers in tests/integrations."""
    assert slack_on_run_failure.name == "slack_on_run_failure"
    assert email_on_run_failure.name == "email_on_run_failure"


# ---- Cross-code location run status sensors


@run_status_sensor(
    monitored_jobs=[CodeLocationSelector(location_name="defs")], run_status=DagsterRunStatus.SUCCESS
)
def code_location_a_sensor():
    # when any job in code_location_a succeeds, this sensor will trigger
    send_slack_alert()


@run_failure_sensor(
    monitored_jobs=[
        JobSelector(location_name="defs", repository_name="code_location_a", job_name="data_update")
    ],
)
def code_location_a_data_update_failure_sensor():
    # when the data_update job in code_location_a fails, this sensor will trigger
    send_slack_alert()


@run_status_sensor(monitor_all_repositories=True, run_status=DagsterRunStatus.SUCCESS)
def instance_sensor():
    # when any job in the Dagster instance succeeds, this sensor will trigger
    send_slack_alert()


def test_sensors_of_other_code_locations(sent):
    """A run of this process is of none; a sensor of everything is called for it all the same."""
    for elsewhere in (code_location_a_sensor, code_location_a_data_update_failure_sensor):
        runs = [(my_job_succeeds, {}), (my_job_fails, {})]
        assert told(elsewhere, *runs).dagster_run_reactions == []
        elsewhere()
    assert len(told(instance_sensor, (my_job_succeeds, {})).dagster_run_reactions) == 1
    assert sent == ["alert"] * 3


# ---- Testing run status sensors


@run_status_sensor(run_status=DagsterRunStatus.SUCCESS)
def my_email_sensor(context: RunStatusSensorContext):
    message = f'Job "{context.dagster_run.job_name}" succeeded.'
    email_alert(message)


@run_failure_sensor
def my_email_failure_sensor(context: RunFailureSensorContext):
    message = f'Job "{context.dagster_run.job_name}" failed. Error: {context.failure_event.message}'
    email_alert(message)


def test_calling_a_run_status_sensor(sent):
    """As on the page."""
    # execute the job
    instance = DagsterInstance.ephemeral()
    result = my_job_succeeds.execute_in_process(instance=instance)
    # retrieve the DagsterRun
    dagster_run = result.dagster_run
    # retrieve a success event from the completed execution
    dagster_event = result.get_job_success_event()
    # create the context
    run_status_sensor_context = build_run_status_sensor_context(
        sensor_name="my_email_sensor",
        dagster_instance=instance,
        dagster_run=dagster_run,
        dagster_event=dagster_event,
    )
    # run the sensor
    my_email_sensor(run_status_sensor_context)
    assert sent == ['Job "my_job_succeeds" succeeded.']


def test_calling_a_run_failure_sensor(sent):
    """As on the page."""
    # execute the job
    instance = DagsterInstance.ephemeral()
    result = my_job_fails.execute_in_process(instance=instance, raise_on_error=False)
    # retrieve the DagsterRun
    dagster_run = result.dagster_run
    # retrieve a failure event from the completed job execution
    dagster_event = result.get_job_failure_event()
    # create the context
    run_failure_sensor_context = build_run_status_sensor_context(
        sensor_name="my_email_failure_sensor",
        dagster_instance=instance,
        dagster_run=dagster_run,
        dagster_event=dagster_event,
    ).for_run_failure()
    # run the sensor
    my_email_failure_sensor(run_failure_sensor_context)
    assert sent == [FAILED]
