"""What people build from Celery alone: its own beat, and a task in the place of each sensor.

Nothing of what the store promises: no cursor, no run key, nothing kept of a tick.
"""

import os
import time
from pathlib import Path

from celery.schedules import schedule

from benchmarks.notes import Notebook
from benchmarks.raw import QUEUE, START_TASK, app
from workers.app import queue_named

FOLDER = Path(os.environ["BENCH_FOLDER"])
INTERVAL = float(os.environ["BENCH_INTERVAL"])
NOTING = int(os.environ.get("BENCH_SENSORS", "0"))
"""How many tasks note that they have started; if none do, one looks for files."""

NOTE_TASK, LOOK_TASK = "bench.note", "bench.look"

notebook = Notebook(FOLDER)


@app.task(name=NOTE_TASK)  # type: ignore[untyped-decorator]
def note(number: int) -> None:
    """Note that it has started."""
    notebook.note(number)


@app.task(name=LOOK_TASK)  # type: ignore[untyped-decorator]
def look() -> None:
    """Send a task for each file, and move the file away, lest it be seen again."""
    for path in (FOLDER / "inbox").iterdir():
        path.rename(FOLDER / "taken" / path.name)
        app.send_task(START_TASK, args=[path.name], queue=queue_named(QUEUE))


@app.task(name=START_TASK)  # type: ignore[untyped-decorator]
def start(name: str) -> None:
    """Keep the time at which the user's code runs."""
    (FOLDER / "started" / name).write_text(str(time.time()))


def _entry(task: str, *args: int) -> dict[str, object]:
    options = {"queue": queue_named(QUEUE)}
    return {"task": task, "schedule": schedule(INTERVAL), "args": args, "options": options}


app.conf.beat_scheduler = "celery.beat:PersistentScheduler"
app.conf.beat_schedule = (
    {f"note_{number}": _entry(NOTE_TASK, number) for number in range(NOTING)}
    if NOTING
    else {"look": _entry(LOOK_TASK)}
)
