"""What is new in a bucket, asked of moto's server with a real client."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from sensors_app import (
    DagsterInvariantViolationError,
    ParameterCheckError,
    RunRequest,
    SkipReason,
    build_sensor_context,
    job,
    op,
    sensor,
)
from sensors_app.integrations.s3 import get_s3_keys

BUCKET = "incoming"
START = datetime(2026, 1, 1, tzinfo=UTC)
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def client(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, and an environment from which another one would be made."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL_S3": url}.items():
        monkeypatch.setenv(name, value)
    made = boto3.client("s3")
    made.create_bucket(Bucket=BUCKET)
    yield made
    made.close()
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].reset()


def put(keys: Sequence[str], *, seconds: int = 0) -> None:
    """Put objects that were modified so long after the start, straight into moto's store."""
    store = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for key in keys:
        store.put_object(BUCKET, key, b"").last_modified = START + timedelta(seconds=seconds)


def test_in_the_order_in_which_they_were_modified(client: Any) -> None:
    """Within a second, in the order of the keys."""
    put(["d"], seconds=1)
    put(["c", "b", "e"], seconds=2)
    put(["a"], seconds=3)
    assert get_s3_keys(BUCKET) == ["d", "b", "c", "e", "a"]


@pytest.mark.parametrize(
    ("since_key", "found"),
    [
        (None, ["d", "b", "c", "e", "a"]),
        ("", ["d", "b", "c", "e", "a"]),
        ("d", ["b", "c", "e", "a"]),
        ("c", ["e", "a"]),
        ("a", []),
    ],
)
def test_those_after_a_key(client: Any, since_key: str | None, found: list[str]) -> None:
    put(["d"], seconds=1)
    put(["c", "b", "e"], seconds=2)
    put(["a"], seconds=3)
    assert get_s3_keys(BUCKET, since_key=since_key) == found


def test_with_a_prefix(client: Any) -> None:
    """As deep as it goes: a slash means nothing."""
    put(["in/a", "in/deep/b", "out/c", "in"])
    assert get_s3_keys(BUCKET, "in/") == ["in/a", "in/deep/b"]
    assert get_s3_keys(BUCKET, prefix="in/", since_key="in/a") == ["in/deep/b"]
    assert get_s3_keys(BUCKET, prefix="other") == []


def test_more_than_a_page(client: Any) -> None:
    """S3 lists a thousand at a time, by key; the last one may be on the first page."""
    put([f"{number:05}" for number in range(1100)], seconds=1)
    put(["00000"], seconds=2)
    put(["01050"], seconds=0)
    found = get_s3_keys(BUCKET)
    assert len(found) == 1100
    assert (found[0], found[-1]) == ("01050", "00000")
    assert get_s3_keys(BUCKET, since_key="01099") == ["00000"]


def test_an_object_that_is_overwritten_moves_to_the_end(client: Any) -> None:
    put(["a", "b"], seconds=1)
    put(["a"], seconds=2)
    assert get_s3_keys(BUCKET, since_key="b") == ["a"]


@pytest.mark.parametrize("there", [[], ["a"]])
def test_an_unknown_key(client: Any, there: list[str]) -> None:
    """As in Dagster, an error: what came after it is not known."""
    put(there)
    with pytest.raises(
        DagsterInvariantViolationError,
        match=r"^Provided `since_key` is not present in list of objects: .*'z' in s3://incoming/",
    ):
        get_s3_keys(BUCKET, since_key="z")


def test_a_client_of_ones_own(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the environment is not looked at."""
    put(["a"])
    for name in ENVIRONMENT:
        monkeypatch.delenv(name)
    assert get_s3_keys(BUCKET, s3_session=client) == ["a"]


def test_a_bucket_that_is_not_there(client: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        get_s3_keys("other-bucket")


def test_arguments_of_the_wrong_type() -> None:
    for name, arguments in {"bucket": (3,), "prefix": ("b", 3), "since_key": ("b", "", 3)}.items():
        with pytest.raises(ParameterCheckError, match=f'Param "{name}" is not a str'):
            get_s3_keys(*arguments)  # type: ignore[arg-type]


def test_the_sensor_of_the_reference(client: Any) -> None:
    """The cursor is the last key; what came since is requested once."""

    @op
    def works():
        pass

    @job
    def my_job():
        works()

    @sensor(job=my_job)
    def my_s3_sensor(context):
        since_key = context.cursor or None
        new_s3_keys = get_s3_keys(BUCKET, since_key=since_key)
        if not new_s3_keys:
            return SkipReason("No new s3 files found for bucket my_s3_bucket.")
        last_key = new_s3_keys[-1]
        run_requests = [RunRequest(run_key=s3_key, run_config={}) for s3_key in new_s3_keys]
        context.update_cursor(last_key)
        return run_requests

    put(["b"], seconds=1)
    put(["a"], seconds=2)
    data = my_s3_sensor.evaluate_tick(build_sensor_context())
    assert [each.run_key for each in data.run_requests] == ["b", "a"]
    assert data.cursor == "a"
    put(["c"], seconds=3)
    data = my_s3_sensor.evaluate_tick(build_sensor_context(cursor=data.cursor))
    assert [each.run_key for each in data.run_requests] == ["c"]
    data = my_s3_sensor.evaluate_tick(build_sensor_context(cursor=data.cursor))
    assert data.skip_message == "No new s3 files found for bucket my_s3_bucket."
