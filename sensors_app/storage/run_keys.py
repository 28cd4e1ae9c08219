"""Run keys: which of them have made a run, and forgetting them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.scripts import ENCODING_ERRORS, Argument, encoded

PREFILTER_FROM = 100
"""From this many requests on it pays to look for used keys before the commit, so that what is
dropped is neither encoded nor sent nor parsed."""

PART = 1000
"""How many keys one command or script is for, so that none holds the server for long."""

BUCKETS_A_LOOK = 100
"""A script that goes through all keys looks into some 6,000 of them at a time: a few ms."""

LOOKS = 40
"""How often a search goes on by itself: it ends after some 250,000 keys, and can be resumed."""

PLACE = re.compile(r"((\d{1,20}|old)\.\d{1,20})?")
"""Where a search may end; ``lib/walk_keys.lua`` says what it means."""


@dataclass(frozen=True, slots=True)
class _Generation:
    """Keys whose life ends at the same time; ``lib/key_book.lua`` says how they are kept."""

    prefix: str
    keys: int
    buckets: int

    def bucket_of(self, key: bytes) -> str:
        """Return the hash that has a key, if this generation has it."""
        half = 1 << (self.buckets.bit_length() - 1)
        number = int.from_bytes(sha1(key, usedforsecurity=False).digest()[:4]) % (2 * half)
        return f"{self.prefix}{number if number < self.buckets else number - half}"


class RunKeyStore:
    """The run keys that sensors have used, each with the run that it made."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def count(self, location: str, sensor: str) -> int:
        """Return how many run keys of a sensor are known."""
        name = self._context.keys(location).run_keys(sensor)
        generations, old = self._book(name)
        return sum((each.keys for each in generations), old)

    def used(self, location: str, sensor: str, run_keys: Sequence[str]) -> dict[str, str]:
        """Return those of these keys that have made a run, and the run."""
        name = self._context.keys(location).run_keys(sensor)
        generations, old = self._book(name)
        by_hash: dict[str, list[str]] = {}
        for key in run_keys:
            raw = key.encode("utf-8", ENCODING_ERRORS)
            for each in generations:
                by_hash.setdefault(each.bucket_of(raw), []).append(key)
        parts: list[tuple[str, Sequence[str]]] = list(by_hash.items())
        if old:
            parts += [(name, run_keys[i : i + PART]) for i in range(0, len(run_keys), PART)]
        with self._context.reading() as pipe:
            for hash_name, part in parts:
                pipe.hmget(hash_name, list(map(encoded, part)))
            found = pipe.execute()
        return {
            key: run_id
            for (_, part), values in zip(parts, found, strict=True)
            for key, run_id in zip(part, values, strict=True)
            if run_id is not None
        }

    def barred(self, location: str, sensor: str, run_keys: Sequence[str]) -> dict[str, str]:
        """Return those of these keys that make no run if they are requested now, and the run each
        made: the used ones, but for those whose run has failed if the sensor's policy says so."""
        used = self.used(location, sensor, run_keys)
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            pipe.hget(keys.sensor(sensor), "key_policy")
            (policy,) = pipe.execute()
        if policy is None:
            return used
        failed = self._failed(location, list(used.values()))
        return {key: run_id for key, run_id in used.items() if run_id not in failed}

    def known(self, location: str, sensor: str, run_keys: Sequence[str]) -> dict[str, str]:
        """Do the same if the keys are so many that it pays to look before the commit."""
        if len(run_keys) < PREFILTER_FROM:
            return {}
        return self.barred(location, sensor, run_keys)

    def some(
        self, location: str, sensor: str, pattern: str = "*", *, limit: int = 100
    ) -> dict[str, str]:
        """Return some of the run keys of a sensor that fit a pattern, sorted, and their runs."""
        found, place = self.find(location, sensor, pattern, limit=limit)
        while place and len(found) < limit:
            more, place = self.find(location, sensor, pattern, after=place, limit=limit)
            found.update(more)
        return dict(sorted(found.items())[:limit])

    def find(
        self,
        location: str,
        sensor: str,
        pattern: str,
        *,
        after: str = "",
        limit: int = 100,
        now_ms: int | None = None,
    ) -> tuple[dict[str, str], str]:
        """Return run keys of a sensor that fit a pattern, and the run each made, in no order.

        Args:
            location: The code location.
            sensor: The sensor.
            pattern: As Redis has it: ``*`` stands for anything, ``?`` for one character.
            after: Where an earlier search ended; ``""`` begins.
            limit: After how many the search ends; some more may be found.
            now_ms: The time to go by.

        Returns:
            What was found, and where the search ended: ``""`` if there is no more.
        """
        found: dict[str, str] = {}
        for _ in range(LOOKS):
            after, *flat = self._context.run(
                "find_run_keys",
                [self._context.keys(location).run_keys(sensor)],
                [given(now_ms), after, pattern, limit - len(found), BUCKETS_A_LOOK],
            )
            found.update(codec.pairs(flat))
            if not after or len(found) >= limit:
                break
        return found, after

    def forget(
        self,
        location: str,
        sensor: str,
        run_keys: Sequence[str],
        *,
        now_ms: int | None = None,
    ) -> int:
        """Forget run keys of a sensor, so that each can make a run again; return how many of them
        were known."""
        name = self._context.keys(location).run_keys(sensor)
        known = 0
        for first in range(0, len(run_keys), PART):
            args: list[Argument] = [given(now_ms), *run_keys[first : first + PART]]
            known += int(self._context.run("forget_run_keys", [name], args))
        return known

    def forget_matching(
        self, location: str, sensor: str, pattern: str, *, now_ms: int | None = None
    ) -> int:
        """Forget all run keys of a sensor that fit a pattern, and return how many; ``*``: all.

        They go bit by bit: what the sensor uses meanwhile may be among them or not.
        """
        name = self._context.keys(location).run_keys(sensor)
        known, place = 0, ""
        while True:
            place, forgotten = self._context.run(
                "forget_matching_keys", [name], [given(now_ms), place, pattern, BUCKETS_A_LOOK]
            )
            known += int(forgotten)
            if not place:
                return known

    def _book(self, name: str) -> tuple[list[_Generation], int]:
        """Return the generations of a sensor, and how many keys an earlier version has kept."""
        with self._context.reading() as pipe:
            pipe.hgetall(f"{name}/book")
            pipe.hlen(name)
            book, old = pipe.execute()
        return list(_generations(name, book)), old

    def _failed(self, location: str, run_ids: Sequence[str]) -> set[str]:
        """Return those of these runs that have failed for good, with all of their retries."""
        keys, failed = self._context.keys(location), set[str]()
        # The run to look at, by the one it stands for: its last automatic retry.
        latest = self._listed_as_failed(location, run_ids)
        while latest:
            with self._context.reading() as pipe:
                for run_id in latest.values():
                    pipe.hmget(keys.run(run_id), ["status", "tags"])
                found = dict(zip(latest, pipe.execute(), strict=True))
            latest = {}
            for run_id, (status, tags) in found.items():
                if status == DagsterRunStatus.FAILURE.value:
                    retry = codec.tags_from_json(tags).get("dagster/auto_retry_run_id")
                    if retry is None:
                        failed.add(run_id)
                    else:
                        latest[run_id] = retry
        return failed

    def _listed_as_failed(self, location: str, run_ids: Sequence[str]) -> dict[str, str]:
        """Return those of these runs, each by itself, that the index of failures has: most have
        not failed, and to read thousands of runs would take longer than the look for their keys."""
        index = self._context.keys(location).runs_in(DagsterRunStatus.FAILURE.value)
        parts = [run_ids[i : i + PART] for i in range(0, len(run_ids), PART)]
        with self._context.reading() as pipe:
            for part in parts:
                pipe.zmscore(index, list(part))
            scores = [score for found in pipe.execute() for score in found]
        pairs = zip(run_ids, scores, strict=True)
        return {run_id: run_id for run_id, score in pairs if score is not None}


def _generations(name: str, book: Mapping[str, str]) -> Iterator[_Generation]:
    for ends, text in book.items():
        keys, buckets = map(int, text.split())
        yield _Generation(f"{name}/{ends}/", keys, buckets)
