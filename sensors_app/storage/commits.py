"""What the commit of a tick, or of a call for events, is told and answers."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from sensors_app.model.reactions import ReactionEnd
from sensors_app.model.ticks import (
    Claim,
    DroppedRequest,
    RunToCreate,
    TickFailure,
    TickResult,
    Timing,
)
from sensors_app.storage import codec
from sensors_app.storage.base import StoreLimits, given
from sensors_app.storage.keys import LocationKeys
from sensors_app.storage.scripts import Argument
from sensors_app.storage.sensor_events import told_of

CALL_REMAINS_MS = 120_000
"""For how long a reaction that is done answers who lost the reply of its commit."""

MERGED_MAX_CHARS = 1000
"""Ticks that say more are kept each by itself: what is compared is kept twice."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What became of a commit.

    Args:
        accepted: False if the claim was no longer current: nothing was changed.
        created: How many runs the tick made.
        run_ids: The first of them.
        dropped: The first of the requests that run keys dropped.
        held: Whether it made none so far since somebody is to say yes or no.
    """

    accepted: bool
    created: int = 0
    run_ids: Sequence[str] = ()
    dropped: Sequence[DroppedRequest] = ()
    held: bool = False


def result_data(result: TickResult, most: int) -> str:
    """Write the part of a result that no script looks into, with at most so many run keys."""
    if not (result.runs or result.dropped or result.logs):
        return _skip_data(result.skip_reason)
    requested: Iterable[DroppedRequest | RunToCreate] = chain(result.dropped, result.runs)
    run_keys = (each.run_key for each in requested if each.run_key is not None)
    return codec.tick_data(
        skip_reason=result.skip_reason, run_keys=list(islice(run_keys, most)), logs=result.logs
    )


@lru_cache(maxsize=256)
def _skip_data(reason: str | None) -> str:
    """Write what most ticks say; a sensor that has nothing to do says the same each time."""
    return codec.tick_data(skip_reason=reason)


def dropped_data(result: TickResult, most: int) -> str:
    """Write the first of the requests that were dropped before the commit."""
    listed = [[each.run_key, each.run_id] for each in result.dropped[:most]]
    return codec.dumps(listed) if listed else "[]"


def timing_arguments(timing: Timing | None) -> tuple[Argument, Argument]:
    """Write when an evaluation took place."""
    if timing is None:
        return "", ""
    return f"{timing.offset_ms:.3f}", f"{timing.took_ms:.3f}"


def request_arguments(runs: Iterable[RunToCreate]) -> list[str]:
    """Write requests for runs as the scripts take them that create the runs, five texts each."""
    return [
        text
        for run in runs
        for text in (run.run_id, codec.wrap(run.run_key), run.job_name, run.run_config, run.tags)
    ]


def result_arguments(claim: Claim, result: TickResult, most: int) -> tuple[Argument, ...]:
    """Write the end of a tick that went well as ``finish_ticks`` takes it."""
    data = result_data(result, most)
    return (
        "ok",
        claim.sensor,
        claim.token,
        *timing_arguments(result.timing),
        data,
        codec.wrap(result.cursor),
        int(not result.logs and len(data) <= MERGED_MAX_CHARS),
        len(result.dropped) + len(result.runs),
        dropped_data(result, most),
        result.trace,
        len(result.runs),
        *request_arguments(result.runs),
    )


def failure_arguments(claim: Claim, failure: TickFailure, kind: str) -> tuple[Argument, ...]:
    """Write the end of a tick that failed, or was lost, as ``finish_ticks`` takes it."""
    return (
        kind,
        claim.sensor,
        claim.token,
        *timing_arguments(failure.timing),
        codec.tick_data(error=failure.error, logs=failure.logs),
        told_of(failure.error),
    )


def call_keys(keys: LocationKeys, end: ReactionEnd) -> list[str]:
    """Return the keys that the commit of a call for events begins with."""
    return [
        keys.reaction(end.ident),
        keys.sensor(end.sensor),
        keys.ticks(end.sensor),
        *keys.requested_runs(end.sensor),
        keys.reacting,
        keys.reactions_of(end.sensor),
        keys.tally,
    ]


def call_arguments(
    end: ReactionEnd, result: TickResult, holder: str, now_ms: int | None, limits: StoreLimits
) -> list[Argument]:
    """Write the end of a call for events that went well, but for its requests."""
    return [
        given(now_ms),
        end.ident,
        holder,
        end.sensor,
        limits.tick_max_count,
        limits.tick_max_age_ms,
        limits.tick_max_listed,
        result_data(result, limits.tick_max_listed),
        len(result.dropped) + len(result.runs),
        CALL_REMAINS_MS,
        end.lineage,
        int(result.acted),
        result.trace,
        *timing_arguments(result.timing),
        limits.quick_ms,
    ]


def commit_from_reply(reply: Sequence[Any]) -> Commit:
    """Read what a commit, of a tick or of a call for events, came to."""
    verdict, *rest = reply
    if verdict not in {"ok", "done"}:
        return Commit(accepted=False)
    if not rest:
        return Commit(accepted=True)
    created, run_ids, dropped = rest
    return Commit(
        True,
        created,
        json.loads(run_ids) if created else [],
        codec.dropped_from_json(dropped) if dropped != "[]" else (),
    )
