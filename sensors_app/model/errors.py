"""An exception as data: what is kept of it once the process that raised it is gone."""

import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SerializableErrorInfo:
    """An exception as text, with the chain of what caused it.

    Args:
        message: The exception as Python prints it last, for example ``"ValueError: boom\\n"``.
        stack: Formatted frames, outermost first.
        cls_name: Name of the exception's class.
        cause: The exception it was raised from, if any.
    """

    message: str
    stack: tuple[str, ...] = ()
    cls_name: str | None = None
    cause: "SerializableErrorInfo | None" = None

    def to_string(self) -> str:
        """Return message, stack and causes as one text, as a traceback reads."""
        text = (
            f"{self.message}\nStack Trace:\n{''.join(self.stack)}" if self.stack else self.message
        )
        if self.cause is None:
            return text
        return (
            f"{text}\nThe above exception was caused by the following exception:\n"
            f"{self.cause.to_string()}"
        )


def describe_exception(
    error: BaseException, *, keep_frame: Callable[[str], bool] = lambda _filename: True
) -> SerializableErrorInfo:
    """Return ``error`` as data.

    Args:
        error: The exception; its ``__cause__``, or its ``__context__`` unless suppressed, is kept.
        keep_frame: Called with each frame's file name; frames it refuses are left out.
    """
    cause = error.__cause__
    if cause is None and not error.__suppress_context__:
        cause = error.__context__
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if keep_frame(frame.filename)
    ]
    return SerializableErrorInfo(
        message="".join(traceback.format_exception_only(error)),
        stack=tuple(traceback.format_list(frames)),
        cls_name=type(error).__name__,
        cause=None if cause is None else describe_exception(cause, keep_frame=keep_frame),
    )


_PACKAGE = Path(__file__).resolve().parents[1]
_OURS = (f"{_PACKAGE}{os.sep}", f"{_PACKAGE.parent / 'workers'}{os.sep}")


def is_ours(filename: str) -> bool:
    """Tell whether a frame's file belongs to this package rather than to its user."""
    return filename.startswith(_OURS)
