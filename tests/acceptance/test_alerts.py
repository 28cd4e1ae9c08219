"""Slack and e-mail sensors at work: in one location, for what fails in another."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import trustme

from tests.acceptance.cluster import Cluster, write_events
from tests.integrations.test_email import Server, running
from tests.integrations.test_slack import TOKEN, FakeSlack

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as made:
        thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def mail(authority: trustme.CA) -> Iterator[Server]:
    security = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(security)
    with running("STARTTLS", security) as server:
        yield server


@pytest.fixture
def cluster(
    tmp_path: Path, slack: FakeSlack, mail: Server, authority: trustme.CA
) -> Iterator[Cluster]:
    certificates = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(certificates))
    env = {
        "ALERTS_SLACK_TOKEN": TOKEN,
        "ALERTS_SLACK_URL": slack.url,
        "ALERTS_SMTP_PORT": str(mail.arguments["smtp_port"]),
        "SSL_CERT_FILE": str(certificates),
        "NO_PROXY": "*",
    }
    made = Cluster(tmp_path, "chain=chain,alerts=alerts", env)
    yield made
    made.close()


def test_people_are_told_of_a_run_that_fails_in_another_location(
    cluster: Cluster, slack: FakeSlack, mail: Server
) -> None:
    """Once each, with the job and the reason."""
    cluster.beat()
    cluster.listener()
    cluster.worker("evaluate+launch", location="chain")
    cluster.worker("react", location="alerts")
    cluster.wait_served("chain")
    cluster.wait_served("alerts", roles={"react"})
    write_events(cluster, "bad", "good")
    runs = cluster.wait_finished("events", 2)
    cluster.wait_until(lambda: slack.messages and mail.mailbox.envelopes, "both alerts")
    (failed,) = [run for run in runs if run.is_failure]
    (message,) = slack.messages
    assert "Steps failed: ['work']" in message["text"]
    assert mail.mailbox.mail()["Subject"] == "Dagster Run Failed: work_job"
    # The sensor is noted in the run's log when its call has ended, which is after the mail.
    (entry,) = cluster.wait_until(
        lambda: [
            entry
            for entry in cluster.store.runs.run_log("chain", failed)
            if "email_on_run_failure" in entry.user_message
        ],
        "the note",
    )
    assert entry.user_message == (
        f'Sensor "email_on_run_failure" acted on run status FAILURE of run {failed.run_id}.'
    )
