"""A run for each new object in an S3 bucket.

It needs ``pip install 'sensors-app[s3]'`` and a bucket. A stand-in for S3 on this machine will do;
``moto_server`` comes with ``pip install 'moto[s3]' flask flask-cors``::

    moto_server --port 9000 &
    export AWS_ENDPOINT_URL_S3=http://127.0.0.1:9000 AWS_DEFAULT_REGION=us-east-1
    export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
    curl -X PUT http://127.0.0.1:9000/incoming
    echo 'hello big world' > hello.txt && curl -T hello.txt http://127.0.0.1:9000/incoming/
    sensors dev -m examples.s3_watcher

Try: put more objects, then ``sensors runs``. Put the first one again: its key has had its run, but
``recent_object_sensor`` sees that it was modified after the last one.
"""

import os

import boto3

from sensors_app import (
    Config,
    DefaultSensorStatus,
    Definitions,
    RunConfig,
    RunRequest,
    SkipReason,
    job,
    op,
    sensor,
)
from sensors_app.integrations.s3 import get_s3_keys

BUCKET = os.environ.get("S3_BUCKET", "incoming")


class ObjectConfig(Config):
    key: str


@op
def read_object(context, config: ObjectConfig):
    """Read the object that the run was launched for."""
    found = boto3.client("s3").get_object(Bucket=BUCKET, Key=config.key)
    content = found["Body"].read()
    context.log.info("%s has %d bytes", config.key, len(content))
    return len(content)


@job
def new_object_job():
    read_object()


@job
def recent_object_job():
    read_object()


def config_for(key):
    return RunConfig(ops={"read_object": ObjectConfig(key=key)})


@sensor(
    job=new_object_job,
    minimum_interval_seconds=2,
    default_status=DefaultSensorStatus.RUNNING,
    description="A run for each key, once: all keys are asked for, those that had a run drop out.",
)
def new_object_sensor():
    keys = get_s3_keys(BUCKET)
    for key in keys:
        yield RunRequest(run_key=key, run_config=config_for(key))
    if not keys:
        yield SkipReason(f"Nothing in s3://{BUCKET}.")


@sensor(
    job=recent_object_job,
    minimum_interval_seconds=2,
    default_status=DefaultSensorStatus.RUNNING,
    description="A run for what came last: the cursor is the last key. For large buckets.",
)
def recent_object_sensor(context):
    keys = get_s3_keys(BUCKET, since_key=context.cursor)
    if not keys:
        return SkipReason(f"Nothing new in s3://{BUCKET}.")
    context.update_cursor(keys[-1])
    return [RunRequest(run_config=config_for(key)) for key in keys]


defs = Definitions(
    jobs=[new_object_job, recent_object_job], sensors=[new_object_sensor, recent_object_sensor]
)
