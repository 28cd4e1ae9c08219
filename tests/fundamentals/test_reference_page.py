"""The examples of Dagster's page on sensors: those that look at the outside world.

Each is as it is on that page, but for the import and for bodies that it leaves out. What each is
there to show is tested below it.
"""

import os
from types import SimpleNamespace

import pytest

from sensors_app import (
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    SkipReason,
    asset,
    build_resources,
    build_sensor_context,
    define_asset_job,
    job,
    op,
    resource,
    sensor,
    validate_run_config,
)
from sensors_app.integrations import s3
from sensors_app.integrations.s3 import get_s3_keys

MY_DIRECTORY = "set by a fixture"


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    """A directory with two files and one directory, which is none."""
    monkeypatch.setitem(globals(), "MY_DIRECTORY", str(tmp_path))
    for n, name in enumerate(["a.txt", "b.txt"], 1):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (n, n))
    (tmp_path / "folder").mkdir()
    return tmp_path


def keys(data):
    return sorted(request.run_key for request in data.run_requests)


# ---- Defining a sensor


@op(config_schema={"filename": str})
def process_file(context):
    filename = context.op_config["filename"]
    context.log.info(filename)


@job
def log_file_job():
    process_file()


@sensor(job=log_file_job)
def my_directory_sensor():
    for filename in os.listdir(MY_DIRECTORY):
        filepath = os.path.join(MY_DIRECTORY, filename)
        if os.path.isfile(filepath):
            yield RunRequest(
                run_key=filename,
                run_config={"ops": {"process_file": {"config": {"filename": filename}}}},
            )


def test_each_file_is_a_run():
    """The job runs with what the sensor asks for."""
    data = my_directory_sensor.evaluate_tick(build_sensor_context())
    assert keys(data) == ["a.txt", "b.txt"]
    for request in data.run_requests:
        assert log_file_job.execute_in_process(run_config=request.run_config).success


@asset
def some_asset():
    return 1


asset_job = define_asset_job("asset_job", "*")


@sensor(job=asset_job)
def materializes_asset_sensor():
    yield RunRequest(...)


@sensor(job=asset_job, default_status=DefaultSensorStatus.RUNNING)
def my_running_sensor(): ...


def test_a_sensor_of_an_asset_job():
    """The Definitions know the job; the page leaves out what the run request says."""
    defs = Definitions(assets=[some_asset], sensors=[materializes_asset_sensor, my_running_sensor])
    assert defs.get_sensor_def("materializes_asset_sensor").job_name == "asset_job"
    assert defs.get_job_def("asset_job").execute_in_process().asset_value("some_asset") == 1
    with pytest.raises(Exception, match="Ellipsis"):
        materializes_asset_sensor.evaluate_tick(build_sensor_context())


def test_a_sensor_that_runs_by_default():
    """Without anybody starting it."""
    assert my_running_sensor.default_status is DefaultSensorStatus.RUNNING


# ---- Idempotence and cursors


@sensor(job=log_file_job)
def my_directory_sensor_cursor(context):
    last_mtime = float(context.cursor) if context.cursor else 0

    max_mtime = last_mtime
    for filename in os.listdir(MY_DIRECTORY):
        filepath = os.path.join(MY_DIRECTORY, filename)
        if os.path.isfile(filepath):
            fstats = os.stat(filepath)
            file_mtime = fstats.st_mtime
            if file_mtime <= last_mtime:
                continue

            # the run key should include mtime if we want to kick off new runs based on
            # file modifications
            run_key = f"{filename}:{file_mtime!s}"
            run_config = {"ops": {"process_file": {"config": {"filename": filename}}}}
            yield RunRequest(run_key=run_key, run_config=run_config)
            max_mtime = max(max_mtime, file_mtime)

    context.update_cursor(str(max_mtime))


def test_a_cursor_is_where_the_next_evaluation_goes_on(directory):
    """A file is seen once, and again when it was modified."""
    data = my_directory_sensor_cursor.evaluate_tick(build_sensor_context())
    assert (keys(data), data.cursor) == (["a.txt:1.0", "b.txt:2.0"], "2.0")
    os.utime(directory / "a.txt", (3, 3))
    data = my_directory_sensor_cursor.evaluate_tick(build_sensor_context(cursor=data.cursor))
    assert (keys(data), data.cursor) == (["a.txt:3.0"], "3.0")


# ---- Evaluation interval


@job
def my_job(): ...


@sensor(job=my_job, minimum_interval_seconds=30)
def sensor_A():  # noqa: N802
    yield RunRequest(run_key=None, run_config={})


@sensor(job=my_job, minimum_interval_seconds=45)
def sensor_B():  # noqa: N802
    yield RunRequest(run_key=None, run_config={})


def test_intervals():
    """Each rests as long as it says."""
    assert [each.minimum_interval_seconds for each in (sensor_A, sensor_B)] == [30, 45]
    assert keys(sensor_A.evaluate_tick(build_sensor_context())) == [None]


# ---- Skipping sensor evaluations


@sensor(job=log_file_job)
def my_directory_sensor_with_skip_reasons():
    has_files = False
    for filename in os.listdir(MY_DIRECTORY):
        filepath = os.path.join(MY_DIRECTORY, filename)
        if os.path.isfile(filepath):
            yield RunRequest(
                run_key=filename,
                run_config={"ops": {"process_file": {"config": {"filename": filename}}}},
            )
            has_files = True
    if not has_files:
        yield SkipReason(f"No files found in {MY_DIRECTORY}.")


def test_a_skip_reason(directory):
    """Only where there is nothing to do."""
    evaluate = my_directory_sensor_with_skip_reasons.evaluate_tick
    assert evaluate(build_sensor_context()).skip_message is None
    for name in ("a.txt", "b.txt"):
        (directory / name).unlink()
    assert evaluate(build_sensor_context()).skip_message == f"No files found in {directory}."


# ---- Testing sensors


@sensor(job=log_file_job)
def sensor_to_test():
    yield RunRequest(
        run_key="foo",
        run_config={"ops": {"process_file": {"config": {"filename": "foo"}}}},
    )


def test_sensor():
    """As on the page."""
    for run_request in sensor_to_test():
        assert validate_run_config(log_file_job, run_request.run_config)


def test_my_directory_sensor_cursor():
    """As on the page."""
    context = build_sensor_context(cursor="0")
    for run_request in my_directory_sensor_cursor(context):
        assert validate_run_config(log_file_job, run_request.run_config)


# ---- Logging in sensors


@job
def the_job(): ...


@sensor(job=the_job)
def logs_then_skips(context):
    context.log.info("Logging from a sensor!")
    return SkipReason("Nothing to do")


def test_a_sensor_logs(capfd):
    """In a test, to stderr."""
    data = logs_then_skips.evaluate_tick(build_sensor_context())
    assert data.skip_message == "Nothing to do"
    assert "Logging from a sensor!" in capfd.readouterr().err


# ---- S3 sensors


@sensor(job=my_job)
def my_s3_sensor(context):
    since_key = context.cursor or None
    new_s3_keys = get_s3_keys("my_s3_bucket", since_key=since_key)
    if not new_s3_keys:
        return SkipReason("No new s3 files found for bucket my_s3_bucket.")
    last_key = new_s3_keys[-1]
    run_requests = [RunRequest(run_key=s3_key, run_config={}) for s3_key in new_s3_keys]
    context.update_cursor(last_key)
    return run_requests


def test_an_s3_sensor(monkeypatch):
    """The bucket's new objects; the client is tried against a server in tests/integrations."""
    pages = [{"Contents": [{"Key": key, "LastModified": n}]} for n, key in enumerate("xyz")]
    paginator = SimpleNamespace(paginate=lambda **_: pages)
    client = SimpleNamespace(get_paginator=lambda name: paginator)
    monkeypatch.setattr(s3.boto3, "client", lambda name: client)
    data = my_s3_sensor.evaluate_tick(build_sensor_context(cursor="x"))
    assert (keys(data), data.cursor) == (["y", "z"], "z")
    data = my_s3_sensor.evaluate_tick(build_sensor_context(cursor=data.cursor))
    assert data.skip_message == "No new s3 files found for bucket my_s3_bucket."


# ---- Using resources in sensors


@resource
def the_credentials(): ...


def get_the_db_connection(credentials):
    assert credentials is None
    return "a connection"


@resource(required_resource_keys={"credentials"})
def the_db_connection(init_context):
    get_the_db_connection(init_context.resources.credentials)


@sensor(job=the_job)
def uses_db_connection():
    with build_resources(
        {"db_connection": the_db_connection, "credentials": the_credentials}
    ) as resources:
        conn = resources.db_connection
        assert conn is None  # for the page's resource returns nothing
        ...


def test_resources_in_a_sensor():
    """They live as long as the with statement."""
    data = uses_db_connection.evaluate_tick(build_sensor_context())
    assert data.skip_message == "Sensor function returned an empty result"
