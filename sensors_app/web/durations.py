"""How long the last runs of a job took, as numbers and as a picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from markupsafe import Markup, escape

from sensors_app.model.runs import DagsterRun
from sensors_app.web.run_rows import took_ms
from sensors_app.web.shown import duration

HEIGHT, STEP, BAR = 72, 16, 12
LEAST_HEIGHT = 3


@dataclass(frozen=True, slots=True)
class Durations:
    """What there is to say of some runs that have ended. Times in ms.

    Args:
        ended: How many have.
        succeeded: How many of them went well.
        mean: How long they took.
        median: The same of the one in the middle.
        p95: Only one of twenty took longer.
        longest: The longest of all.
    """

    ended: int
    succeeded: int
    mean: float | None = None
    median: float | None = None
    p95: float | None = None
    longest: float | None = None

    @property
    def share(self) -> str:
        """The share of those that went well; 100 % is none that did not."""
        if not self.ended:
            return ""
        percent = 100 * self.succeeded / self.ended
        return f"{math.floor(percent)} %"


def durations_of(runs: Sequence[DagsterRun]) -> Durations:
    """Return what there is to say of the runs among these that have ended."""
    ended = [run for run in runs if run.is_finished]
    succeeded = sum(run.is_success for run in ended)
    took = sorted(ms for run in ended if (ms := took_ms(run, 0)) is not None)
    if not took:
        return Durations(len(ended), succeeded)
    p95 = took[min(len(took) - 1, math.ceil(0.95 * len(took)) - 1)]
    return Durations(len(ended), succeeded, mean(took), median(took), p95, took[-1])


def duration_bars(runs: Sequence[DagsterRun], root: str) -> Markup:
    """Return a picture of the runs among these that have ended, the last one on the right.

    Args:
        runs: The runs, newest first.
        root: What the path of every page begins with.
    """
    shown = [(run, took_ms(run, 0) or 0.0) for run in reversed(runs) if run.is_finished]
    longest = max((took for _, took in shown), default=0.0) or 1.0
    parts = []
    for n, (run, took) in enumerate(shown):
        height = max(LEAST_HEIGHT, round(HEIGHT * took / longest))
        x, y = STEP * n, HEIGHT - height
        title = f"{run.status.value.lower()} after {duration(took)}, {run.run_id}"
        parts.append(
            Markup(
                '<a href="{}/runs/{}"><rect class="hit" x="{}" y="0" width="{}" height="{}"/>'
                '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect></a>'
            ).format(root, run.run_id, x, STEP, HEIGHT, _letter(run), x + 2, y, BAR, height, title)
        )
    said = escape(f"How long the last {len(shown)} runs took, at most {duration(longest)}")
    return Markup(
        '<svg class="durations" width="{}" height="{}" role="img" aria-label="{}">{}</svg>'
    ).format(STEP * len(shown), HEIGHT, said, Markup("").join(parts))


def _letter(run: DagsterRun) -> str:
    return "r" if run.is_success else "f" if run.is_failure else "s"
