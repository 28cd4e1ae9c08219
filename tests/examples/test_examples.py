"""Each example does in one process what its first lines say."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

import examples
from sensors_app import (
    DagsterInstance,
    Definitions,
    build_sensor_context,
)

ROOT = Path(__file__).parents[2]
NAMES = sorted(
    each.stem
    for each in (ROOT / "examples").iterdir()
    if each.name != "__init__.py" and (each.suffix == ".py" or (each / "__init__.py").exists())
)
Load = Callable[..., ModuleType]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_listed_and_loads(load: Load, tmp_path: Path, name: str) -> None:
    """Its definitions fit together, and its first lines say what to try."""
    module = load(name, QUICKSTART_DIR=tmp_path)
    Definitions.validate_loadable(module.defs)
    assert f"``{name}``" in (examples.__doc__ or "")
    if name != "quickstart":  # its README says it
        assert "Try: " in (module.__doc__ or "")


def test_quickstart(load: Load, tmp_path: Path) -> None:
    """A file is counted once for its name, and noted for each change."""
    example = load("quickstart", QUICKSTART_DIR=tmp_path)
    skipped = example.new_file_sensor.evaluate_tick(build_sensor_context())
    assert skipped.skip_message == f"No file in {tmp_path / 'inbox'}."
    (tmp_path / "inbox" / "a.txt").write_text("one two")
    tick = example.new_file_sensor.evaluate_tick(build_sensor_context())
    assert [each.run_key for each in tick.run_requests] == ["a.txt"]
    for request in tick.run_requests:
        assert example.count_words_job.execute_in_process(request.run_config).success
    assert json.loads((tmp_path / "outbox" / "a.txt.json").read_text())["words"] == 2
    tick = example.changed_file_sensor.evaluate_tick(build_sensor_context())
    assert len(tick.run_requests) == 1
    later = example.changed_file_sensor.evaluate_tick(build_sensor_context(cursor=tick.cursor))
    assert later.run_requests == []


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="incoming")
        yield client


def test_s3_watcher(load: Load, bucket: Any) -> None:
    """One sensor asks for every key, the other for those after its cursor."""
    example = load("s3_watcher")
    every, recent = example.new_object_sensor, example.recent_object_sensor
    assert every.evaluate_tick(build_sensor_context()).skip_message == "Nothing in s3://incoming."
    bucket.put_object(Bucket="incoming", Key="a", Body=b"four")
    bucket.put_object(Bucket="incoming", Key="b", Body=b"seventy")
    (first, second) = every.evaluate_tick(build_sensor_context()).run_requests
    assert (first.run_key, second.run_key) == ("a", "b")
    result = example.new_object_job.execute_in_process(second.run_config)
    assert result.output_for_node("read_object") == 7
    tick = recent.evaluate_tick(build_sensor_context(cursor="a"))
    assert [each.run_config for each in tick.run_requests] == [second.run_config]
    assert tick.cursor == "b"
    tick = recent.evaluate_tick(build_sensor_context(cursor="b"))
    assert tick.skip_message == "Nothing new in s3://incoming."


def test_chain_on_success(load: Load) -> None:
    """A load is followed by its report; a report by nothing."""
    example = load("chain_on_success")
    (report,) = example.show("monday")
    assert (report["day"], report["sales"]) == ("monday", 20.0)
    instance = DagsterInstance.ephemeral()
    start = example.after_load.evaluate_tick(build_sensor_context(instance=instance)).cursor
    config = {"ops": {"report": {"config": {"day": "monday", "loaded_by": "me"}}}}
    example.report_sales.execute_in_process(config, instance)
    tick = example.after_load.evaluate_tick(build_sensor_context(instance=instance, cursor=start))
    assert tick.run_requests == []


def test_alert_on_failure(load: Load, tmp_path: Path) -> None:
    """The file gets what the op raised; without tokens there are no other alerts."""
    example = load("alert_on_failure", ALERTS_FILE=tmp_path / "alerts.log")
    assert [each.name for each in example.alerts] == ["alert_in_file"]
    assert example.show(example.alerts) == [None]
    assert (tmp_path / "alerts.log").read_text().splitlines() == [
        "nightly: Execution of run for \"nightly\" failed. Steps failed: ['divide'].",
        "  divide: ZeroDivisionError: division by zero",
    ]


def test_alerts_with_tokens(load: Load, tmp_path: Path) -> None:
    """They are among the definitions once there is something to log in with."""
    example = load(
        "alert_on_failure",
        ALERTS_FILE=tmp_path / "alerts.log",
        SLACK_TOKEN="xoxb",
        SMTP_PASSWORD="secret",
    )
    assert [each.name for each in example.alerts] == [
        "alert_in_file",
        "slack_on_run_failure",
        "email_on_run_failure",
    ]


def test_asset_watcher(load: Load, tmp_path: Path) -> None:
    """A change of the file brings the assets about; that is announced, once."""
    example = load("asset_watcher", PRICES_DIR=tmp_path)
    skipped = example.price_file_sensor.evaluate_tick(build_sensor_context())
    assert skipped.skip_message == f"There is no {tmp_path / 'prices.json'}."
    (tmp_path / "prices.json").write_text('{"tea": 3, "coffee": 4}')
    assert len(example.price_file_sensor.evaluate_tick(build_sensor_context()).run_requests) == 1
    example.show()
    assert (tmp_path / "announcements.txt").read_text() == "Now from 3!\n"
    instance = DagsterInstance.ephemeral()
    example.defs.get_job_def("price_job").execute_in_process(instance=instance)
    tick = example.cheapest_sensor.evaluate_tick(build_sensor_context(instance=instance))
    assert len(tick.run_requests) == 1
    again = build_sensor_context(instance=instance, cursor=tick.cursor)
    assert example.cheapest_sensor.evaluate_tick(again).run_requests == []


@pytest.fixture
def pipeline(load: Load, tmp_path: Path) -> Any:
    made = load("hacker_news.__main__", HN_DIR=tmp_path).Pipeline()
    made.tick("failure_sensor")
    return made


def add_item(folder: Path, **item: object) -> None:
    with (folder / "more.jsonl").open("a") as more:
        more.write(json.dumps(item) + "\n")


def test_hacker_news(pipeline: Any, tmp_path: Path) -> None:
    """From the feed to the front page, in batches, without a second run for any item."""
    ranges = [each.run_key for each in pipeline.tick("new_items_sensor").run_requests]
    assert ranges == ["1-10", "11-20", "21-25"]
    assert pipeline.tick("new_items_sensor").skip_message == "Nothing after item 25."
    assert len(list((tmp_path / "stories").iterdir())) == 3
    assert len(list((tmp_path / "comments").iterdir())) == 3
    assert len(pipeline.tick("stories_sensor").run_requests) == 1
    page = json.loads((tmp_path / "front_page" / "now.json").read_text())
    assert page[0] == "Our error handling met a real error"
    add_item(tmp_path, id=26, type="story", by="me", title="Hello", score=200, time=0)
    assert len(pipeline.tick("new_items_sensor").run_requests) == 1
    pipeline.tick("stories_sensor")
    assert json.loads((tmp_path / "front_page" / "now.json").read_text())[0] == "Hello"
    add_item(tmp_path, id=27, type="comment", by="me", text="Hello?", parent=26, time=0)
    pipeline.tick("new_items_sensor")
    assert pipeline.tick("stories_sensor").skip_message == "A batch without a story."
    assert pipeline.tick("failure_sensor").dagster_run_reactions == []


def test_hacker_news_notes_what_failed(pipeline: Any, tmp_path: Path) -> None:
    """An item that nobody can make sense of fails its batch."""
    pipeline.tick("new_items_sensor")
    add_item(tmp_path, id=26)
    pipeline.tick("new_items_sensor")
    (reaction,) = pipeline.tick("failure_sensor").dagster_run_reactions
    assert reaction.error is None
    (noted,) = json.loads(next((tmp_path / "failures").iterdir()).read_text())
    assert noted["job"] == "load_job"
    assert sorted(noted["steps"]) == ["comments", "stories"]
    assert noted["items"] == "26-26"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("chain_on_success", "'sales': 20.0"),
        ("alert_on_failure", "alert_in_file reacted"),
        ("asset_watcher", "Now from 3!"),
        ("hacker_news", "Our error handling met a real error"),
    ],
)
def test_examples_that_show_themselves(tmp_path: Path, name: str, says: str) -> None:
    """As their first lines have a newcomer start them."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", f"examples.{name}"],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert says in done.stdout
