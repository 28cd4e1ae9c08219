"""Slack messages for failed runs, sent to a server of our own that answers as Slack's does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from sensors_app import (
    CheckError,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DefaultSensorStatus,
    JobDefinition,
    ParameterCheckError,
    RunFailureSensorContext,
    RunStatusSensorDefinition,
    build_run_status_sensor_context,
    build_sensor_context,
)
from sensors_app.integrations.slack import make_slack_on_run_failure_sensor

ROOT = Path(__file__).parents[2]
CHANNEL, TOKEN = "#alerts", "xoxb-secret"
WHY = "Error: ```Execution of run for \"failing\" failed. Steps failed: ['fails'].```"


class FakeSlack(ThreadingHTTPServer):
    """Takes messages for one channel from whoever has the token."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages: list[dict[str, Any]] = []
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/"

    def answer(self, authorization: str | None, message: dict[str, Any]) -> dict[str, Any]:
        if authorization != f"Bearer {TOKEN}":
            return {"ok": False, "error": "not_authed" if authorization is None else "invalid_auth"}
        if message["channel"] != CHANNEL:
            return {"ok": False, "error": "channel_not_found"}
        self.messages.append(message)
        return {"ok": True}

    def sensor(self, **arguments: Any) -> RunStatusSensorDefinition:
        given = {"channel": CHANNEL, "slack_token": TOKEN, "slack_api_url": self.url, **arguments}
        return make_slack_on_run_failure_sensor(**given)


class _Handler(BaseHTTPRequestHandler):
    server: FakeSlack

    def do_POST(self) -> None:
        self.server.paths.append(self.path)
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.server.answer(self.headers["Authorization"], message)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def server() -> Iterator[FakeSlack]:
    with FakeSlack() as made:
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def test_the_message_names_job_run_and_error(
    server: FakeSlack, failed_run: RunFailureSensorContext
) -> None:
    """In the channel, and in what notifications show."""
    server.sensor()(failed_run)
    run_id = failed_run.dagster_run.run_id
    assert server.paths == ["/api/chat.postMessage"]
    assert server.messages == [
        {
            "channel": CHANNEL,
            "text": WHY,
            "blocks": [section(f'*Job "failing" failed. `{run_id[:8]}`*'), section(WHY)],
        }
    ]


@pytest.mark.parametrize("word", ["webserver_base_url", "dagit_base_url"])
@pytest.mark.parametrize("address", ["http://here", "http://here/"])
def test_a_link_to_the_run(
    server: FakeSlack, failed_run: RunFailureSensorContext, word: str, address: str
) -> None:
    """If the pages have an address; below blocks of one's own, too, which stay as they are."""
    own = [section("own")]
    server.sensor(**{word: address})(failed_run)
    server.sensor(**{word: address}, blocks_fn=lambda _: own)(failed_run)
    for message in server.messages:
        (button,) = message["blocks"][-1]["elements"]
        assert button["url"] == f"http://here/runs/{failed_run.dagster_run.run_id}"
    assert own == [section("own")]


def test_a_text_of_ones_own(server: FakeSlack, failed_run: RunFailureSensorContext) -> None:
    """In place of the error, with Slack's mark-up."""
    server.sensor(text_fn=lambda context: f"<!here> {context.dagster_run.job_name}")(failed_run)
    (message,) = server.messages
    assert message["text"] == "<!here> failing"
    assert message["blocks"][1:] == [section("<!here> failing")]


def test_blocks_of_ones_own(server: FakeSlack, failed_run: RunFailureSensorContext) -> None:
    """They are all that is shown; the text is for notifications."""
    server.sensor(blocks_fn=lambda _: [section("own")])(failed_run)
    (message,) = server.messages
    assert message["text"] == WHY
    assert message["blocks"] == [section("own")]


def test_a_long_text_is_cut(server: FakeSlack, failed_run: RunFailureSensorContext) -> None:
    """Slack would refuse the whole message."""
    server.sensor(text_fn=lambda _: "x" * 4000)(failed_run)
    shown = server.messages[0]["blocks"][1]["text"]["text"]
    assert len(shown) == 3000
    assert shown.endswith("x…")


def test_what_an_error_says_is_no_mark_up(
    server: FakeSlack, failed_run: RunFailureSensorContext
) -> None:
    """An error with ``<!channel>`` in it does not wake everybody."""
    loud = build_run_status_sensor_context(
        sensor_name="alert",
        dagster_instance=failed_run.instance,
        dagster_run=failed_run.dagster_run,
        dagster_event=replace(failed_run.failure_event, message="a < b & <!channel>"),
    )
    server.sensor()(loud)
    assert server.messages[0]["text"] == "Error: ```a &lt; b &amp; &lt;!channel&gt;```"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "#other"}, "channel_not_found"),
        ({"slack_token": "wrong"}, "invalid_auth"),
        ({"slack_token": None}, "not_authed"),
    ],
)
def test_slack_refuses(
    server: FakeSlack, failed_run: RunFailureSensorContext, arguments: dict[str, Any], error: str
) -> None:
    """Its reason comes out when the sensor runs, not where it is defined."""
    made = server.sensor(**arguments)
    with pytest.raises(SlackApiError, match=error):
        made(failed_run)


def test_what_it_is_as_a_sensor(failing: JobDefinition) -> None:
    """Its name, status, interval and jobs are as with any run-failure sensor."""
    plain = make_slack_on_run_failure_sensor(CHANNEL, TOKEN)
    assert plain.name == "slack_on_run_failure"
    assert plain.default_status is DefaultSensorStatus.STOPPED
    assert plain.minimum_interval_seconds == 30
    other = make_slack_on_run_failure_sensor(
        CHANNEL,
        TOKEN,
        name="other",
        minimum_interval_seconds=7,
        monitored_jobs=[failing],
        default_status=DefaultSensorStatus.RUNNING,
    )
    assert other.name == "other"
    assert other.default_status is DefaultSensorStatus.RUNNING
    assert other.minimum_interval_seconds == 7
    assert other.monitored.job_names == ("failing",)


def test_what_is_refused_at_definition(failing: JobDefinition) -> None:
    for word in ("monitor_all_code_locations", "monitor_all_repositories"):
        for jobs in ("monitored_jobs", "job_selection"):
            with pytest.raises(DagsterInvalidDefinitionError, match=f"{word} and monitored_jobs"):
                make_slack_on_run_failure_sensor(CHANNEL, TOKEN, **{word: True, jobs: [failing]})
    with pytest.raises(CheckError, match="older word for webserver_base_url"):
        make_slack_on_run_failure_sensor(
            CHANNEL, TOKEN, dagit_base_url="http://a", webserver_base_url="http://b"
        )
    with pytest.raises(ParameterCheckError, match='Param "name"'):
        make_slack_on_run_failure_sensor(CHANNEL, TOKEN, name=3)  # type: ignore[arg-type]


def test_in_ticks(server: FakeSlack, failing: JobDefinition) -> None:
    """A run that fails between two ticks is told once; if that fails, a reaction says so."""
    instance = DagsterInstance.ephemeral()
    good, bad = server.sensor(), server.sensor(channel="#other")
    start = good.evaluate_tick(build_sensor_context(instance=instance)).cursor
    failing.execute_in_process(instance=instance, raise_on_error=False)
    context = build_sensor_context(instance=instance, cursor=start)
    (reaction,) = bad.evaluate_tick(context).dagster_run_reactions
    assert "channel_not_found" in reaction.error.to_string()
    data = good.evaluate_tick(context)
    assert data.dagster_run_reactions[0].error is None
    later = build_sensor_context(instance=instance, cursor=data.cursor)
    assert good.evaluate_tick(later).dagster_run_reactions == []
    assert len(server.messages) == 1


@pytest.mark.parametrize(("module", "client"), [("slack", "slack_sdk"), ("s3", "boto3")])
def test_without_the_extra(module: str, client: str) -> None:
    """The error says what to install; the rest of the package does without."""
    code = (
        f"import sys; sys.modules[{client!r}] = None; import sensors_app; "
        f"import sensors_app.integrations.{module}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ModuleNotFoundError: sensors_app.integrations.{module} needs ")
    assert last.endswith(f"pip install 'sensors-app[{module}]'")
