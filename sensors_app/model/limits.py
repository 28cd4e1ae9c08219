"""How many runs of a code location may be under way at the same time."""

from dataclasses import dataclass

from sensors_app.errors import CheckError
from sensors_app.model import checks


@dataclass(frozen=True)
class ConcurrencyLimit:
    """How many runs may be under way at once: of a code location, of a job, or with a tag.

    A run counts from when it is sent to the workers until it has ended. Those that find no room
    wait, and start by priority (the tag ``dagster/priority``) and age.

    Args:
        limit: How many; 0 holds them all back.
        job_name: Only runs of this job count.
        tag: Only runs with this tag count; without a ``value``, those of each value by themselves.
        value: Only runs whose tag has this value count. For these it takes the place of a limit
            for each value of the tag.

    Without a job and a tag, all runs of the code location count.

    Raises:
        ParameterCheckError: An argument has the wrong type.
        CheckError: The limit is negative, or the arguments do not go together.
    """

    limit: int
    job_name: str | None = None
    tag: str | None = None
    value: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.limit, bool):
            raise CheckError(f"A concurrency limit is a number of runs. Got {self.limit}.")
        if checks.instance_of("limit", self.limit, int) < 0:
            raise CheckError(
                f"A concurrency limit cannot be negative. Got {self.limit}. Leave the limit out "
                "for none; 0 holds all runs back."
            )
        checks.optional("job_name", self.job_name, str)
        checks.optional("tag", self.tag, str)
        checks.optional("value", self.value, str)
        if self.job_name is not None and self.tag is not None:
            raise CheckError(
                f"A concurrency limit is for a job or for a tag. Got job_name={self.job_name!r} "
                f"and tag={self.tag!r}: make two limits, or give its runs a tag of their own."
            )
        if self.value is not None and self.tag is None:
            raise CheckError(
                f"A concurrency limit for value={self.value!r} needs the tag that has this value."
            )
        if self.tag is not None and "=" in self.tag:
            raise CheckError(
                f"A concurrency limit's tag is a name alone. Got {self.tag!r}; write "
                "ConcurrencyLimit(1, tag='name', value='value')."
            )

    @property
    def scope(self) -> tuple[str | None, str | None, str | None]:
        """What it limits; no two limits of a code location have the same."""
        return self.job_name, self.tag, self.value
