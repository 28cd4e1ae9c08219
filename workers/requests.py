"""What a worker's main process does when a process that executes a task dies.

The dead cannot report. Their parent knows at once that they died and what they were doing, so the
tick or the run ends with the reason, instead of waiting until its claim runs out.
"""

import os
from collections.abc import Sequence
from typing import Any

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery.worker.request import Request

from sensors_app.engine.obituary import tick_died
from sensors_app.model.ticks import Claim
from workers import parent
from workers.process import holder


class ReportingRequest(Request):
    """A request that tells :mod:`workers.parent` how its process ended, if it did not itself."""

    def on_failure(
        self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False
    ) -> Any:
        """Report a process that is gone: killed, exited, out of memory, terminated."""
        reply = super().on_failure(exc_info, send_failed_event, return_ok)
        self._report(exc_info.exception)
        return reply

    def on_timeout(self, soft: bool, timeout: float) -> None:
        """Report a process that is killed because it is past its hard limit."""
        super().on_timeout(soft, timeout)
        if not soft:
            self._report(TimeLimitExceeded(timeout))

    def _report(self, error: BaseException) -> None:
        overdue = isinstance(_inner(error), TimeLimitExceeded)
        self.report(why_gone(error), overdue=overdue)

    def report(self, why: str, *, overdue: bool) -> None:
        """Hand the report on; storing it may take a while, and this is the main loop.

        Args:
            why: How the process ended.
            overdue: Whether it had to be killed since its time was over.
        """
        raise NotImplementedError

    @property
    def arguments(self) -> dict[str, Any]:
        """The task's keyword arguments."""
        arguments: dict[str, Any] = self._kwargs
        return arguments

    @property
    def holder(self) -> str:
        """Who held the claim."""
        return holder(self.id, self.hostname, os.getpid(), self.worker_pid or 0)


class EvaluateRequest(ReportingRequest):
    """A request to evaluate sensors."""

    def report(self, why: str, *, overdue: bool) -> None:
        """Fail the tick; if there were several, have them claimed again."""
        claims = [Claim(*claim) for claim in self.arguments.get("claims", ())]
        died = tick_died(why, overdue=overdue)
        parent.report_ticks(self.arguments["location"], claims, self.holder, died)


class ReactRequest(ReportingRequest):
    """A request to call sensors for events."""

    def report(self, why: str, *, overdue: bool) -> None:
        """Fail the call, which is tried again; if there were several, have them made again."""
        arguments, died = self.arguments, tick_died(why, overdue=overdue)
        if "reactions" in arguments:
            named = [(sensor, ident) for sensor, ident in arguments["reactions"]]
        else:
            named = [(arguments["sensor"], arguments["reaction"])]
        parent.report_reactions(arguments["location"], named, self.holder, died)


class LaunchRequest(ReportingRequest):
    """A request to execute runs."""

    def on_accepted(self, pid: int, time_accepted: float) -> None:
        """Have the runs kept alive from now on, each from when it is begun."""
        super().on_accepted(pid, time_accepted)
        location, holder = self.arguments["location"], self.holder
        parent.watch_runs(
            self.id,
            [parent.WatchedRun(location, run_id, holder, pid) for run_id in self.run_ids],
        )

    def on_success(self, failed__retval__runtime: Any, **kwargs: Any) -> Any:
        """Leave the runs: their process has ended or returned them, or they are another's."""
        if not failed__retval__runtime[0]:
            parent.leave_runs(self.id)
        return super().on_success(failed__retval__runtime, **kwargs)

    def report(self, why: str, *, overdue: bool) -> None:  # noqa: ARG002 -- not a sensor
        """End the run that was under way, and have those sent again that had not begun."""
        parent.report_runs(self.id, self.arguments["location"], self.run_ids, self.holder, why)

    @property
    def run_ids(self) -> Sequence[str]:
        """The runs that the message names."""
        arguments = self.arguments
        return arguments["runs"] if "runs" in arguments else [arguments["run_id"]]


def why_gone(error: BaseException) -> str:
    """Say in words for people how a process ended."""
    inner = _inner(error)
    if isinstance(inner, TimeLimitExceeded):
        return f"it went on for {inner.args[0]:g} s, past its time limit, and had to be killed"
    if isinstance(inner, WorkerLostError):
        return str(inner).partition(" Job:")[0].rstrip(".")
    return f"{type(inner).__name__}: {inner}"


def _inner(error: BaseException) -> BaseException:
    """Return what the pool saw: it wraps some errors, to carry them between processes."""
    inner: BaseException = getattr(error, "exc", error)
    return inner
