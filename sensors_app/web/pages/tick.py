"""One tick: what it was told, what it asked for, and what became of that."""

import logging
import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from sensors_app.model.ticks import LogLine, Tick
from sensors_app.web.history import TickMark, mark_of
from sensors_app.web.pages.frame import find_row, sensor_page, under_way
from sensors_app.web.problems import Problem
from sensors_app.web.site import Site, ThisSite

router = APIRouter(include_in_schema=False)

TICK_ID: Final = re.compile(r"\d{1,15}(?:-\d{1,18})?")
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@router.get("/sensors/{location}/{sensor}/ticks/{tick_id}")
def tick(
    request: Request, site: ThisSite, location: str, sensor: str, tick_id: str, level: str = ""
) -> Response:
    """Show one tick."""
    row = find_row(site, location, sensor)
    found = _find(site, location, sensor, tick_id)
    marks = site.history.marks(location, sensor)
    runs = [*found.run_ids, *(each.run_id for each in found.dropped if each.run_id)]
    statuses = site.store.runs.statuses(location, runs)
    newer, older = _neighbours(marks, found.tick_id)
    level = level if level in LEVELS else LEVELS[0]
    return sensor_page(
        request,
        site,
        row,
        "tick.html",
        "ticks",
        tick=found,
        mark=mark_of(found),
        newer=newer,
        older=older,
        run_statuses=statuses,
        followed=under_way(statuses),
        level=level,
        levels=LEVELS,
        lines=leveled(_logged(found, level)),
        worker=_worker(site, found),
    )


def leveled(lines: Iterable[LogLine]) -> list[tuple[str, LogLine]]:
    """Return logged lines with the names of their levels."""
    return [(logging.getLevelName(line.level), line) for line in lines]


def _find(site: Site, location: str, sensor: str, tick_id: str) -> Tick:
    found = None
    if TICK_ID.fullmatch(tick_id):
        found = site.store.ticks.tick(location, sensor, tick_id)
    if found is None:
        days = site.settings.tick_max_age_days
        raise Problem(
            404,
            f"There is no tick {tick_id} of {location}/{sensor} any more, or never was: the last "
            f"{site.settings.tick_max_count:,} of each sensor are kept, for {days:g} days.",
        )
    return found


def _neighbours(marks: Sequence[TickMark], tick_id: str) -> tuple[str | None, str | None]:
    ids = [mark.tick_id for mark in marks]
    if tick_id not in ids:
        return None, None
    at = ids.index(tick_id)
    return ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None


def _logged(tick: Tick, level: str) -> list[LogLine]:
    lowest = logging.getLevelNamesMapping()[level] if level != LEVELS[0] else 0
    return [line for line in tick.logs if line.level >= lowest]


def _worker(site: Site, tick: Tick) -> dict[str, str] | None:
    """Return who evaluated a tick: the Celery task, the node, the process."""
    if not tick.worker:
        return None
    task, _, rest = tick.worker.partition("/")
    node, _, pid = rest.rpartition("/")
    base = site.settings.flower_url.rstrip("/")
    flower = f"{base}/task/{quote(task, '')}" if base and task else ""
    return {"task": task, "node": node, "pid": pid, "flower": flower}
