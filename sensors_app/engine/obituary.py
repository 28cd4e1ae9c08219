"""What is recorded of a tick or a run whose process died before it could say anything."""

from sensors_app.errors import SensorTimeoutError
from sensors_app.model.cancellation import overdue_message
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import DagsterEvent, DagsterEventType
from sensors_app.model.runs import DagsterRun
from sensors_app.model.ticks import TickFailure

TICK_WORKER_LOST = SerializableErrorInfo(
    "The worker that evaluated it gave no sign of life any more: it was killed, or lost its "
    "machine. Nothing of the tick was kept.\n"
)


def tick_died(why: str, *, overdue: bool = False) -> TickFailure:
    """Return the outcome of an evaluation whose process died.

    Args:
        why: How it died.
        overdue: Whether it had to be killed since its time was over.
    """
    return TickFailure(
        SerializableErrorInfo(
            f"The process that evaluated it is gone: {why}. Nothing of the tick was kept.\n",
            cls_name=SensorTimeoutError.__name__ if overdue else "WorkerLostError",
        )
    )


def run_died(why: str, overdue: DagsterRun | None = None) -> DagsterEvent:
    """Return the last event of a run whose process died.

    Args:
        why: How it died.
        overdue: The run, if its process had to be killed since it was past its maximum runtime.
    """
    text = f"The process that executed the run is gone: {why}."
    if overdue is not None:
        text = f"{overdue_message(overdue.tags)} {text}"
    return DagsterEvent(DagsterEventType.RUN_FAILURE.value, "", message=text)
