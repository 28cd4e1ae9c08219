"""The filter of the list of runs: words, and ``key:value`` pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.web.filters import words_of

KEYS = ("job", "sensor", "status", "tag", "location", "key")

_S = DagsterRunStatus
TABS: Mapping[str, Sequence[DagsterRunStatus]] = {
    "all": (),
    "queued": (_S.QUEUED, _S.NOT_STARTED, _S.MANAGED),
    "in progress": (_S.STARTING, _S.STARTED, _S.CANCELING),
    "failed": (_S.FAILURE,),
}


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are wanted.

    Args:
        text: As somebody wrote it: ``job:load sensor:orders status:failure tag:team=a``.
        words: Each must be in the run's id, job or run key.
        criteria: Values by key; of several for the same key one must hold, but every tag.
        problems: What of it is not understood, for people.
    """

    text: str
    words: tuple[str, ...]
    criteria: Mapping[str, tuple[str, ...]]
    problems: tuple[str, ...] = ()

    @property
    def sensor(self) -> str | None:
        """The one sensor that is asked for; None if there is none, or several."""
        return self._only("sensor")

    @property
    def location(self) -> str | None:
        """The one location that is asked for."""
        return self._only("location")

    def statuses(self, tab: str) -> Sequence[DagsterRunStatus] | None:
        """Return which states are wanted of a tab's; None for none at all, ``()`` for any."""
        named = [_S(value) for value in self.criteria.get("status", ())]
        if not named or not TABS[tab]:
            return named or TABS[tab]
        return [status for status in TABS[tab] if status in named] or None

    def accepts(self, run: DagsterRun) -> bool:
        """Tell whether a run is wanted, as far as its state and location do not say."""
        given = self.criteria
        return (
            all(_mentions(run, word) for word in self.words)
            and ("job" not in given or run.job_name in given["job"])
            and ("sensor" not in given or run.sensor_name in given["sensor"])
            and ("key" not in given or run.run_key in given["key"])
            and all(_has_tag(run, tag) for tag in given.get("tag", ()))
        )

    def _only(self, key: str) -> str | None:
        values = self.criteria.get(key, ())
        return values[0] if len(values) == 1 else None


def parse_run_filter(text: str) -> RunFilter:
    """Read a filter; nothing that anybody may write is an error."""
    words, problems = [], []
    criteria: dict[str, tuple[str, ...]] = {}
    for word in words_of(text):
        key, colon, value = word.partition(":")
        if not colon:
            words.append(word.lower())
        elif key not in KEYS:
            problems.append(f"there is no {key!r} to filter by; there are: {', '.join(KEYS)}")
        elif key == "status" and value.upper() not in _S.__members__:
            known = ", ".join(status.value.lower() for status in _S)
            problems.append(f"there is no status {value!r}; there are: {known}")
        else:
            criteria[key] = (*criteria.get(key, ()), value.upper() if key == "status" else value)
    return RunFilter(text, tuple(words), criteria, tuple(problems))


def _mentions(run: DagsterRun, word: str) -> bool:
    return any(word in (text or "").lower() for text in (run.run_id, run.job_name, run.run_key))


def _has_tag(run: DagsterRun, tag: str) -> bool:
    name, equals, value = tag.partition("=")
    return name in run.tags and (not equals or run.tags[name] == value)
