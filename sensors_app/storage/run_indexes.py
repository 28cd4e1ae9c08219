"""Indexes of runs, by when these were created: read from a place on, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sensors_app.storage.base import StoreContext

Place = tuple[int, str]
"""When a run was created, ms since the epoch, and its id: no two runs have the same."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index of runs of one code location.

    Args:
        location: The code location.
        key: Of the sorted set: ids of runs, by when they were created, ms since the epoch.
    """

    location: str
    key: str


def newest(
    context: StoreContext, indexes: Sequence[Index], before: Place | None, limit: int
) -> list[tuple[Place, str]]:
    """Return the places and locations of the newest runs before a place, newest first.

    Args:
        context: The store.
        indexes: Where they are looked for; a run that is in several is told once.
        before: The place; None for the newest of all. New runs do not move it, as they do ranks.
        limit: How many at most; if there are fewer, these are all.
    """
    with context.reading() as pipe:
        for index in indexes:
            if before is None:
                pipe.zrange(index.key, 0, limit - 1, desc=True, withscores=True)
                continue
            at, _ = before
            # Those of the very same ms all at once: where the part ended among them is told by
            # their ids, which no command of the server goes by here.
            pipe.zrangebyscore(index.key, at, at, withscores=True)
            pipe.zrevrangebyscore(index.key, f"({at}", "-inf", start=0, num=limit, withscores=True)
        replies = pipe.execute()
    per_index = 1 if before is None else 2
    found = {
        ((int(at), run_id), indexes[n // per_index].location)
        for n, reply in enumerate(replies)
        for run_id, at in reply
    }
    wanted = [each for each in found if before is None or each[0] < before]
    return sorted(wanted, reverse=True)[:limit]
