"""Requests that are made under a key, so that a repeat of one changes nothing."""

from dataclasses import dataclass
from enum import StrEnum

from sensors_app.storage.base import DAY_MS, StoreContext

RUNNING_MS = 60_000
"""For how long nobody else may do what somebody is at: who dies over it keeps it for so long."""


class RequestVerdict(StrEnum):
    """What is to become of a request."""

    NEW = "new"
    """It is to be done."""

    DONE = "done"
    """It was done: the answer is there."""

    RUNNING = "running"
    """Somebody is at it."""

    OTHER = "other"
    """The key was used for something else."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Whether a request is to be done.

    Args:
        verdict: What is to become of it.
        answer: The answer that it got before.
    """

    verdict: RequestVerdict
    answer: str = ""


class RequestStore:
    """Intents around requests with a key."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def begin(self, key: str, fingerprint: str, owner: str) -> Begun:
        """Begin a request, unless it was begun before.

        Args:
            key: Identity of the request: who makes it, of what, and under which key.
            fingerprint: Tells a repeat from something else under the same key.
            owner: Who is about to do it.
        """
        verdict, *answer = self._context.run(
            "begin_request",
            [self._context.global_keys.request(key)],
            [fingerprint, owner, RUNNING_MS],
        )
        return Begun(RequestVerdict(verdict), *answer)

    def keep(self, key: str, owner: str, answer: str | None) -> bool:
        """Keep the answer for a day; None: nothing was done, so that it may be tried again."""
        return bool(
            self._context.run(
                "keep_answer",
                [self._context.global_keys.request(key)],
                [owner, answer or "", DAY_MS],
            )
        )
