"""What type checkers are to know of sensors' functions: what they may return."""

from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from sensors_app.model.requests import RunRequest, SensorResult, SkipReason

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    Returned = TypeVar("Returned", default=Any)
else:
    from typing import TypeVar

    Returned = TypeVar("Returned")
"""What the function of a sensor returns; a sensor of which it is not said returns anything."""

Answer = RunRequest | SkipReason | SensorResult
Answers = Answer | list[RunRequest] | list[SkipReason] | list[RunRequest | SkipReason] | None
SensorReturn = (
    Answers
    | Iterator[Answer]
    | Iterator[Answer | None]
    | Coroutine[Any, Any, Answers]
    | AsyncIterator[Answer]
)
"""What the function of a sensor may return; of iterators, generators alone will do."""

S = TypeVar("S", bound=SensorReturn)
