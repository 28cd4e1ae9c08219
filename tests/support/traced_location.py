"""A location that traces lead through: a sensor, its job, a sensor of that job, and its own job."""

from sensors_app import (
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    RetryPolicy,
    RunRequest,
    SkipReason,
    job,
    op,
    run_status_sensor,
    sensor,
)

RUNNING = DefaultSensorStatus.RUNNING


@op
def fetch():
    return 1


@op(config_schema={"fails": bool}, retry_policy=RetryPolicy(max_retries=1))
def load(context, _number):
    if context.op_config["fails"]:
        raise ValueError("boom")


@job
def ingest():
    load(fetch())


@op
def tell():
    pass


@job
def report():
    tell()


@sensor(job=ingest, default_status=RUNNING)
def watch(context):
    """Does what its cursor says."""
    word = context.cursor or "nothing"
    if word == "nothing":
        return SkipReason("There is nothing.")
    if word == "raise":
        raise LookupError("no such thing")
    config = {"ops": {"load": {"config": {"fails": word == "bad"}}}}
    return [RunRequest(run_config=config) for _ in range(2 if word == "two" else 1)]


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitored_jobs=[ingest],
    request_job=report,
    default_status=RUNNING,
)
def when_ingested():
    return RunRequest()


@run_status_sensor(
    run_status=DagsterRunStatus.FAILURE, monitored_jobs=[ingest], default_status=RUNNING
)
def when_failed():
    raise ConnectionError("nobody answers")


defs = Definitions(jobs=[ingest, report], sensors=[watch, when_ingested, when_failed])
