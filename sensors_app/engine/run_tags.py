"""The tags of a run that a sensor requests, and a look at those that steer the run."""

import math
from collections.abc import Callable, Mapping

from sensors_app.errors import DagsterError
from sensors_app.model.runs import (
    MAX_RETRIES_TAG,
    MAX_RUNTIME_TAG,
    PRIORITY_TAG,
    RETRY_DELAY_TAG,
)


def _is_integer(text: str) -> bool:
    return text.strip().removeprefix("-").removeprefix("+").isdecimal() and text.isascii()


def _is_count(text: str) -> bool:
    return text.strip().isdecimal() and text.isascii()


def _is_seconds(text: str) -> bool:
    try:
        return math.isfinite(float(text)) and float(text) >= 0
    except ValueError:
        return False


_STEERING: Mapping[str, tuple[Callable[[str], bool], str]] = {
    PRIORITY_TAG: (_is_integer, "an integer such as 10; runs with a higher one start first"),
    MAX_RETRIES_TAG: (_is_count, "how often to run it again, such as 3"),
    RETRY_DELAY_TAG: (_is_seconds, "a number of seconds such as 60"),
    MAX_RUNTIME_TAG: (_is_seconds, "a number of seconds such as 3600"),
}


def run_tags(
    job_tags: Mapping[str, str], request_tags: Mapping[str, str], who: str
) -> Mapping[str, str]:
    """Return the tags of a run: its job's, and those of its request, which win.

    Args:
        job_tags: The job's.
        request_tags: The request's.
        who: Who asks, for an error.

    Raises:
        DagsterError: A tag that steers the run has a value that says nothing.
    """
    tags = {**job_tags, **request_tags} if job_tags else request_tags
    # Requests come by the ten thousand, and most have no such tag.
    for name in _STEERING.keys() & tags.keys():
        is_right, what = _STEERING[name]
        if not is_right(tags[name]):
            raise DagsterError(
                f"{who} asks for a run with tag {name!r} = {tags[name]!r}. Its value is {what}; "
                "set it in the request, or in the tags of the job."
            )
    return tags
