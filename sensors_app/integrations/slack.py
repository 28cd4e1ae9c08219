"""A run-failure sensor that writes to a Slack channel. Needs the extra ``slack``."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sensors_app.definitions.monitoring import Monitored
from sensors_app.definitions.run_status_context import RunFailureSensorContext
from sensors_app.definitions.run_status_decorators import run_failure_sensor
from sensors_app.definitions.run_status_sensor import RunStatusSensorDefinition
from sensors_app.errors import CheckError
from sensors_app.model.sensors import DefaultSensorStatus

try:
    from slack_sdk import WebClient
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "sensors_app.integrations.slack needs Slack's client. "
        "Install it: pip install 'sensors-app[slack]'",
        name=missing.name,
    ) from missing

SLACK_API_URL = WebClient.BASE_URL
# Slack refuses a message with a longer section, and the alert would be lost.
SECTION_CHARACTERS = 3000
RUN_ID_SHOWN = 8

TextOfRun = Callable[[RunFailureSensorContext], str]
Blocks = Sequence[Mapping[str, Any]]
BlocksOfRun = Callable[[RunFailureSensorContext], Blocks]


def default_text(context: RunFailureSensorContext) -> str:
    """Return why the run failed, in Slack's own mark-up."""
    why = html.escape(context.failure_event.message or "", quote=False)
    return f"Error: ```{why}```"


def make_slack_on_run_failure_sensor(
    channel: str,
    slack_token: str | None,
    text_fn: TextOfRun = default_text,
    blocks_fn: BlocksOfRun | None = None,
    name: str | None = None,
    dagit_base_url: str | None = None,
    minimum_interval_seconds: float | None = None,
    monitored_jobs: Sequence[Monitored] | None = None,
    job_selection: Sequence[Monitored] | None = None,
    monitor_all_code_locations: bool = False,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    webserver_base_url: str | None = None,
    monitor_all_repositories: bool = False,
    *,
    slack_api_url: str = SLACK_API_URL,
) -> RunStatusSensorDefinition:
    """Return a sensor that writes to a Slack channel for each run that fails.

    When it runs, ``slack_sdk.errors.SlackApiError`` comes out if Slack refuses the message, for
    example for an unknown channel or a missing token.

    Args:
        channel: The channel, such as ``#alerts``, or its id.
        slack_token: A bot's or a user's token that may write there. None, as from a variable that
            is not set, fails when the sensor runs, not where it is defined.
        text_fn: Returns the text, with Slack's mark-up. With ``blocks_fn`` it is only what
            notifications show. By default: why the run failed.
        blocks_fn: Returns the blocks to show in place of the job, the run's id and the text.
        name: The sensor's name; None for ``slack_on_run_failure``.
        dagit_base_url: The older word for ``webserver_base_url``.
        minimum_interval_seconds: As for ``run_failure_sensor``.
        monitored_jobs: As for ``run_failure_sensor``.
        job_selection: As for ``run_failure_sensor``.
        monitor_all_code_locations: As for ``run_failure_sensor``.
        default_status: As for ``run_failure_sensor``.
        webserver_base_url: Where the web pages are, for a link to the run; None for no link.
        monitor_all_repositories: As for ``run_failure_sensor``.
        slack_api_url: Where Slack's methods are: a proxy, or ``https://slack-gov.com/api/``.

    Raises:
        DagsterInvalidDefinitionError: Both everything and some jobs are to be monitored.
        CheckError: An argument of the sensor has the wrong type, or both words for the address of
            the web pages were used.
    """
    if dagit_base_url is not None and webserver_base_url is not None:
        raise CheckError("dagit_base_url is the older word for webserver_base_url. Use only one.")
    pages = webserver_base_url or dagit_base_url
    client = WebClient(token=slack_token, base_url=slack_api_url)

    def slack_on_run_failure(context: RunFailureSensorContext) -> None:
        text = text_fn(context)
        blocks = blocks_fn(context) if blocks_fn else _blocks(context, text)
        link = [] if pages is None else [_link(f"{pages.rstrip('/')}/runs/{_run_id(context)}")]
        client.chat_postMessage(channel=channel, text=text, blocks=[*map(dict, blocks), *link])

    return run_failure_sensor(
        name or "slack_on_run_failure",
        minimum_interval_seconds=minimum_interval_seconds,
        monitored_jobs=monitored_jobs,
        job_selection=job_selection,
        monitor_all_code_locations=monitor_all_code_locations,
        default_status=default_status,
        monitor_all_repositories=monitor_all_repositories,
    )(slack_on_run_failure)


def _run_id(context: RunFailureSensorContext) -> str:
    return context.dagster_run.run_id


def _blocks(context: RunFailureSensorContext, text: str) -> Blocks:
    job_name, run_id = context.dagster_run.job_name, _run_id(context)[:RUN_ID_SHOWN]
    return [_section(f'*Job "{job_name}" failed. `{run_id}`*'), _section(text)]


def _section(text: str) -> dict[str, Any]:
    shown = text if len(text) <= SECTION_CHARACTERS else f"{text[: SECTION_CHARACTERS - 1]}…"
    return {"type": "section", "text": {"type": "mrkdwn", "text": shown}}


def _link(address: str) -> dict[str, Any]:
    label = {"type": "plain_text", "text": "View the run"}
    return {"type": "actions", "elements": [{"type": "button", "text": label, "url": address}]}
