"""What an op raises on purpose: to fail, or to be tried again."""

from collections.abc import Mapping
from typing import Any

from sensors_app.model import checks


class Failure(Exception):  # noqa: N818 -- Dagster's name
    """Raised by an op to fail on purpose.

    Args:
        description: Why, for people.
        metadata: More about it, by name.
        allow_retries: Whether a retry policy may try again; None leaves it to the policy.

    Raises:
        CheckError: An argument has the wrong type.
    """

    def __init__(
        self,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        allow_retries: bool | None = None,
    ) -> None:
        super().__init__(description)
        self.description = checks.optional("description", description, str)
        self.metadata = checks.mapping("metadata", metadata)
        self.allow_retries = checks.optional("allow_retries", allow_retries, bool) is not False


class RetryRequested(Exception):  # noqa: N818 -- Dagster's name
    """Raised by an op to be run once more.

    Args:
        max_retries: How often it may be retried in all.
        seconds_to_wait: How long to wait before; None for not at all.

    Raises:
        CheckError: An argument has the wrong type.
    """

    def __init__(self, max_retries: int = 1, seconds_to_wait: float | None = None) -> None:
        super().__init__()
        self.max_retries = checks.instance_of("max_retries", max_retries, int)
        self.seconds_to_wait = checks.number("seconds_to_wait", seconds_to_wait)
