"""What is new in an S3 bucket, for sensors. Needs the extra ``s3``."""

from typing import Any

from sensors_app.errors import DagsterInvariantViolationError
from sensors_app.model import checks

try:
    import boto3
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "sensors_app.integrations.s3 needs the AWS client. "
        "Install it: pip install 'sensors-app[s3]'",
        name=missing.name,
    ) from missing


def get_s3_keys(
    bucket: str,
    prefix: str = "",
    since_key: str | None = None,
    s3_session: Any = None,
) -> list[str]:
    """Return the keys of a bucket's objects, those that were modified first before the others.

    S3 gives whole seconds, and objects of the same second come in the order of their keys: one that
    comes into a second after its last key was taken is before that key and so is not seen, and one
    that is overwritten moves to the end. Where every object counts, request a run for each key
    without ``since_key`` (run keys drop those that had one), or list by names that only grow.

    Args:
        bucket: The bucket.
        prefix: What the keys begin with.
        since_key: Only those after this one, such as the last one of the call before; None or
            empty for all.
        s3_session: A client of ``boto3.client("s3")``; None for one made from the environment.

    Raises:
        ParameterCheckError: An argument has the wrong type.
        DagsterInvariantViolationError: There is no ``since_key`` in the bucket, or not under the
            prefix: it was deleted.
        botocore.exceptions.ClientError: The bucket does not exist, or must not be read.
    """
    checks.instance_of("bucket", bucket, str)
    checks.instance_of("prefix", prefix, str)
    checks.optional("since_key", since_key, str)
    client = boto3.client("s3") if s3_session is None else s3_session
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    objects = [each for page in pages for each in page.get("Contents", ())]
    keys: list[str] = [each["Key"] for each in sorted(objects, key=_modified)]
    if not since_key:
        return keys
    if since_key not in keys:
        raise DagsterInvariantViolationError(
            f"Provided `since_key` is not present in list of objects: there is no {since_key!r} in "
            f"s3://{bucket}/{prefix}. If it was deleted, set the cursor that it came from to "
            "another key, or reset it."
        )
    return keys[keys.index(since_key) + 1 :]


def _modified(listed: dict[str, Any]) -> Any:
    return listed["LastModified"]
