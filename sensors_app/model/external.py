"""Reports of runs that are not ours: what another system says of a job of its own."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from sensors_app.errors import CheckError, DagsterInvalidDefinitionError, ExternalEventError
from sensors_app.model import checks
from sensors_app.model.errors import SerializableErrorInfo, describe_exception
from sensors_app.model.events import DagsterEvent, DagsterEventType, EventSpecificData
from sensors_app.model.runs import DagsterRunStatus

LOCATION_NAME = re.compile(r"[A-Za-z0-9_.-]+")
MAX_NAME_CHARS = 200
MAX_MESSAGE_CHARS = 10_000
MAX_FRAMES = 100
MAX_FRAME_CHARS = 1000
MAX_CAUSES = 5
MAX_TAGS = 100
MAX_TAG_CHARS = 2000
MAX_TIMESTAMP = 100_000_000_000
"""In seconds that is the year 5138; in ms, which are sent by mistake, it was 1973."""

_KINDS = {
    DagsterRunStatus.QUEUED: (DagsterEventType.RUN_ENQUEUED, 'Enqueued a run of "{}".'),
    DagsterRunStatus.STARTING: (DagsterEventType.RUN_STARTING, 'Starting a run of "{}".'),
    DagsterRunStatus.STARTED: (DagsterEventType.RUN_START, 'Started execution of run for "{}".'),
    DagsterRunStatus.SUCCESS: (
        DagsterEventType.RUN_SUCCESS,
        'Finished execution of run for "{}".',
    ),
    DagsterRunStatus.FAILURE: (
        DagsterEventType.RUN_FAILURE,
        'Execution of run for "{}" failed.',
    ),
    DagsterRunStatus.CANCELED: (DagsterEventType.RUN_CANCELED, 'Run of "{}" was canceled.'),
}
"""What may be reported, the event that it is, and what the event says if the report does not."""


def events_queue(key_prefix: str) -> str:
    """Return the name of the broker's queue that reports are sent to."""
    return f"{key_prefix}.events"


@dataclass(frozen=True, slots=True)
class ExternalRunEvent:
    """What another system reports of a run of its own.

    What names things is refused if it cannot be kept as it is. What is written for people (the
    message, the error) is cut to a length that can be shown, and never refused for what it says.

    Args:
        location: The system, under a name that is no code location's.
        job_name: The job.
        run_id: The run's id there.
        status: What became of it: QUEUED, STARTING, STARTED, SUCCESS, FAILURE or CANCELED.
        message: One line for people; None for a usual one.
        error: For a failure, the exception behind it: as data, as text, or the exception itself.
        tags: Text by name; other values become their JSON. Those of later reports are added.
        timestamp: When it happened, in seconds since the epoch; None for when the report arrives.

    Raises:
        ExternalEventError: Something of it is wrong; the message names it and what it should be.
    """

    location: str
    job_name: str
    run_id: str
    status: DagsterRunStatus
    message: str | None = None
    error: SerializableErrorInfo | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    timestamp: float | None = None

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, _CHECKS[each.name](getattr(self, each.name)))

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """Read a report from data as JSON has it, the fields by their names.

        Raises:
            ExternalEventError: It is none.
        """
        names = [each.name for each in fields(cls)]
        if not isinstance(data, Mapping):
            raise ExternalEventError(
                f"A report is a JSON object with {', '.join(names)}; this is {_shown(data)}."
            )
        if unknown := [name for name in data if name not in names]:
            raise ExternalEventError(
                f"A report has no {_shown(unknown[0])}: its fields are {', '.join(names)}. "
                "Whatever else is known of a run may go into its tags."
            )
        if missing := [name for name in names[:4] if name not in data]:
            raise ExternalEventError(f"A report needs {', '.join(missing)}, which this lacks.")
        return cls(**data)

    def to_data(self) -> dict[str, Any]:
        """Return the report as :meth:`from_data` reads it."""
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        data |= {"status": self.status.value, "error": _error_data(self.error)}
        return {name: value for name, value in data.items() if value not in (None, {})}

    @property
    def event(self) -> DagsterEvent:
        """The event that such a move is, as one of our own runs would have it."""
        kind, usual = _KINDS[self.status]
        message = self.message or usual.format(self.job_name)
        if self.message is None and self.error is not None:
            message = f"{message} {self.error.message.strip()}"
        data = None if self.error is None else EventSpecificData(error=self.error)
        return DagsterEvent(kind.value, self.job_name, None, message, data)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= MAX_NAME_CHARS else f"{text[:MAX_NAME_CHARS]}…"


def _refusal(name: str, value: Any, wanted: str) -> ExternalEventError:
    return ExternalEventError(f"{name} is {_shown(value)}; it must be {wanted}.")


def _check_location(value: Any) -> str:
    if isinstance(value, str) and len(value) <= MAX_NAME_CHARS and LOCATION_NAME.fullmatch(value):
        return value
    raise _refusal("location", value, f"1 to {MAX_NAME_CHARS} letters, digits and _ . -")


def _check_job_name(value: Any) -> str:
    if isinstance(value, str) and 0 < len(value) <= MAX_NAME_CHARS and value.isprintable():
        return value
    raise _refusal("job_name", value, f"a text of 1 to {MAX_NAME_CHARS} printable characters")


def _check_run_id(value: Any) -> str:
    # It becomes part of keys, where braces have a meaning, and of lines that people copy from.
    if (
        isinstance(value, str)
        and 0 < len(value) <= MAX_NAME_CHARS
        and value.isprintable()
        and not any(character in " {}" for character in value)
    ):
        return value
    raise _refusal(
        "run_id",
        value,
        f"a text of 1 to {MAX_NAME_CHARS} printable characters without spaces and braces",
    )


def _check_status(value: Any) -> DagsterRunStatus:
    for status in _KINDS:
        if value is status or value == status.value:
            return status
    raise _refusal("status", value, f"one of {', '.join(status.value for status in _KINDS)}")


def _for_people(value: str, most: int) -> str:
    # Half a surrogate pair comes from file names that are no Unicode; no JSON can carry it.
    text = value.encode("utf-8", "replace").decode()
    return text if len(text) <= most else f"{text[:most]}…"


def _check_message(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _refusal("message", value, "a text, or absent")
    return _for_people(value, MAX_MESSAGE_CHARS)


def _check_error(value: Any, causes: int = MAX_CAUSES) -> SerializableErrorInfo | None:
    if isinstance(value, BaseException):
        value = describe_exception(value)
    if isinstance(value, SerializableErrorInfo):
        value = _error_data(value)
    if isinstance(value, str):
        value = {"message": value}
    if value is None or not causes:
        return None
    wanted = "a text, or an object with message, and maybe stack (texts), cls_name (text) and cause"
    if not isinstance(value, Mapping) or not isinstance(value.get("message"), str):
        raise _refusal("error", value, wanted)
    stack, cls_name = value.get("stack") or (), value.get("cls_name")
    is_stack = isinstance(stack, list | tuple) and all(isinstance(each, str) for each in stack)
    if not is_stack or not isinstance(cls_name, str | None):
        raise _refusal("error", value, wanted)
    return SerializableErrorInfo(
        message=_for_people(value["message"], MAX_MESSAGE_CHARS),
        # The innermost frames are the last; what called them a hundred deep is the less telling.
        stack=tuple(_for_people(frame, MAX_FRAME_CHARS) for frame in stack[-MAX_FRAMES:]),
        cls_name=None if cls_name is None else _for_people(cls_name, MAX_NAME_CHARS),
        cause=_check_error(value.get("cause"), causes - 1),
    )


def _error_data(error: SerializableErrorInfo | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "message": error.message,
        "stack": list(error.stack),
        "cls_name": error.cls_name,
        "cause": _error_data(error.cause),
    }


def _check_tags(value: Any) -> Mapping[str, str]:
    try:
        tags = checks.tags("tags", value)
    except (CheckError, DagsterInvalidDefinitionError) as error:
        raise ExternalEventError(str(error)) from error
    if len(tags) > MAX_TAGS:
        raise ExternalEventError(f"tags are {len(tags)}; at most {MAX_TAGS} are kept of a run.")
    for name, text in tags.items():
        if max(len(name), len(text)) > MAX_TAG_CHARS or _for_people(text, MAX_TAG_CHARS) != text:
            wanted = f"at most {MAX_TAG_CHARS} characters long, and Unicode"
            raise _refusal(f"tag {_shown(name)}", text, wanted)
        if _for_people(name, MAX_TAG_CHARS) != name:
            raise _refusal("a tag's name", name, "Unicode")
    return tags


def _check_timestamp(value: Any) -> float | None:
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 < value < MAX_TIMESTAMP:
        return float(value)
    raise _refusal("timestamp", value, "seconds (not ms) since the epoch, or absent")


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "location": _check_location,
    "job_name": _check_job_name,
    "run_id": _check_run_id,
    "status": _check_status,
    "message": _check_message,
    "error": _check_error,
    "tags": _check_tags,
    "timestamp": _check_timestamp,
}
