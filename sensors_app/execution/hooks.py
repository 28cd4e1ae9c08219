"""Calls the hooks of a step that has ended."""

from sensors_app.errors import DagsterExecutionInterruptedError
from sensors_app.execution.context import StepContext
from sensors_app.execution.journal import Journal, error_info
from sensors_app.execution.plan import Step
from sensors_app.model.events import DagsterEventType, EventSpecificData
from sensors_app.ports import RunClaimLost


def call_hooks(
    journal: Journal, step: Step, context: StepContext, error: BaseException | None
) -> None:
    """Call the hooks that are for such an end; what they raise is recorded and fails nothing.

    Args:
        journal: Where events go.
        step: The step.
        context: That of its last attempt.
        error: What it raised; None if it succeeded.

    Raises:
        RunClaimLost: The run is no longer ours.
        DagsterExecutionInterruptedError: It is to end.
    """
    for hook in step.hooks:
        journal.recorder.check()
        if hook.on_success is not (error is None):
            text = (
                f'Skipped the execution of hook "{hook.name}". It did not meet its triggering '
                f'condition during the execution of "{step.key}".'
            )
            journal.tell(DagsterEventType.HOOK_SKIPPED, text, step.key)
            continue
        try:
            with journal.recorder.user_code():
                hook.call(context, error)
        except (RunClaimLost, KeyboardInterrupt, DagsterExecutionInterruptedError):
            raise
        except BaseException as raised:  # noqa: BLE001 -- a hook cannot fail the run
            journal.recorder.check()
            text = f'Hook "{hook.name}" raised when it was triggered for "{step.key}".'
            data = EventSpecificData(error=error_info(raised))
            journal.tell(DagsterEventType.HOOK_ERRORED, text, step.key, data)
        else:
            text = f'Finished the execution of hook "{hook.name}" triggered for "{step.key}".'
            journal.tell(DagsterEventType.HOOK_COMPLETED, text, step.key)
