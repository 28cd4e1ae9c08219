"""Lists of runs over many code locations, read a part at a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.storage.run_indexes import Index, Place, newest
from sensors_app.storage.run_reads import RunReads

EXAMINED_MAX = 5000
"""How many runs one call looks at: a filter that hardly any meets must not hold up a server."""

MORE = 500
"""How many runs are looked at in one go once the first few did not do."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """A part of a list of runs.

    Args:
        runs: The runs, newest first.
        after: Where the next part begins; None if there is none.
        searched_to: When the last run was created that was looked at, ms since the epoch, if the
            search was given up with less than was asked for; the next part goes on from there.
    """

    runs: Sequence[DagsterRun]
    after: str | None = None
    searched_to: int | None = None


class RunPages(RunReads):
    """Reads of runs of several code locations, and of other systems, as one list."""

    def page(
        self,
        locations: Sequence[str],
        *,
        sensor: str | None = None,
        statuses: Sequence[DagsterRunStatus] = (),
        accepts: Callable[[DagsterRun], bool] = lambda _run: True,
        after: str | None = None,
        limit: int = 100,
        examined_max: int = EXAMINED_MAX,
    ) -> RunPage:
        """Return runs that meet all criteria, newest first.

        Args:
            locations: Where they are to be found.
            sensor: Only runs that a sensor of this name requested.
            statuses: Only runs in one of these states.
            accepts: Tells of a run whether it is wanted.
            after: What the part before said; None for the newest.
            limit: How many at most.
            examined_max: How many runs are looked at for them.
        """
        indexes = self._indexes(locations, sensor, statuses)
        place = None if after is None else place_of(after)
        found: list[DagsterRun] = []
        examined = 0
        while True:
            step = limit + 1 if examined == 0 else MORE
            part = newest(self._context, indexes, place, min(step, examined_max - examined))
            runs = self._runs(part)
            for run_place, location in part:
                run = runs.get((location, run_place[1]))
                if run is not None and (not statuses or run.status in statuses) and accepts(run):
                    if len(found) == limit:
                        # There is one more: the next part begins before it.
                        return RunPage(found, _written(place))
                    found.append(run)
                place = run_place
            examined += len(part)
            if not part:
                return RunPage(found)
            if examined >= examined_max:
                assert place is not None, "something was looked at"
                return RunPage(found, _written(place), place[0])

    def homes(self, run_id: str, locations: Sequence[str]) -> list[DagsterRun]:
        """Return the runs of this id: one, unless other systems happen to use the same ids."""
        keys = [self._context.keys(location).run(run_id) for location in locations]
        with self._context.reading() as pipe:
            for key in keys:
                pipe.exists(key)
            known = pipe.execute()
        found = [
            self.run(location, run_id)
            for location, is_there in zip(locations, known, strict=True)
            if is_there
        ]
        return [run for run in found if run is not None]

    def _indexes(
        self, locations: Iterable[str], sensor: str | None, statuses: Sequence[DagsterRunStatus]
    ) -> list[Index]:
        found = []
        for location in locations:
            keys = self._context.keys(location)
            if sensor is not None:
                found.append(Index(location, keys.runs_of(sensor)))
            elif statuses:
                found += [Index(location, keys.runs_in(status.value)) for status in statuses]
            else:
                found.append(Index(location, keys.runs))
        return found

    def _runs(self, part: Sequence[tuple[Place, str]]) -> dict[tuple[str, str], DagsterRun]:
        by_location: dict[str, list[str]] = {}
        for (_, run_id), location in part:
            by_location.setdefault(location, []).append(run_id)
        return {
            (location, run.run_id): run
            for location, ids in by_location.items()
            for run in self._read(location, ids)
        }


def place_of(text: str) -> Place | None:
    """Read where a part of a list begins; None, which is the newest, for what is no such place."""
    at, dash, run_id = text.partition("-")
    return (int(at), run_id) if at.isdecimal() and dash else None


def _written(place: Place | None) -> str | None:
    return None if place is None else f"{place[0]}-{place[1]}"
