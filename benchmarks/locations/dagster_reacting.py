"""The sensor of ``reacting``, as Dagster has it. Needs the ``bench`` extra.

As a program it writes ended runs into the instance, one after the other with a pause, then many
at once, as if there were jobs; it notes when each had ended. Nothing is executed.
"""

import os
import sys
import time
from pathlib import Path

import dagster

from benchmarks.notes import Notebook

FOLDER = Path(os.environ["BENCH_FOLDER"])
REPORTED = FOLDER / "reported"

handled = Notebook(FOLDER)


@dagster.run_status_sensor(
    run_status=dagster.DagsterRunStatus.SUCCESS,
    monitor_all_code_locations=True,
    minimum_interval_seconds=1,
    default_status=dagster.DefaultSensorStatus.RUNNING,
)
def single(context: dagster.RunStatusSensorContext) -> None:
    """Called for one run at a time."""
    handled.note(int(context.dagster_run.run_id))


defs = dagster.Definitions(sensors=[single])


def main(paced: int, pause: float, together: int) -> None:
    """Have so many runs end, each after a pause, then so many at once."""
    REPORTED.mkdir()
    reported = Notebook(REPORTED)
    with dagster.DagsterInstance.get() as instance:
        for number in range(paced + together):
            time.sleep(pause if number < paced else 0)
            run = dagster.DagsterRun("shop", str(number), status=dagster.DagsterRunStatus.STARTED)
            instance.add_run(run)
            reported.note(number)
            succeeded = dagster.DagsterEventType.PIPELINE_SUCCESS.value
            instance.report_dagster_event(dagster.DagsterEvent(succeeded, "shop"), run.run_id)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
