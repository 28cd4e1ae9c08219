"""Errors as pages show them: the frames of the user's own code, the others folded away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sensors_app.model.errors import SerializableErrorInfo

_NOT_OWN = re.compile(
    r"[\\/](site-packages|dist-packages|sensors_app|lib[\\/]python[\d.]+)[\\/]|<frozen "
)
_FILE = re.compile(r'^\s*File "([^"]*)"')


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames that follow one another.

    Args:
        own: Whether they are of the user's own code, and of no library.
        texts: As Python prints them.
    """

    own: bool
    texts: Sequence[str]

    @property
    def text(self) -> str:
        """All of them."""
        return "".join(self.texts).rstrip("\n")


@dataclass(frozen=True, slots=True)
class ShownError:
    """One error of a chain of causes.

    Args:
        message: As Python prints it last.
        frames: Outermost first.
    """

    message: str
    frames: Sequence[Frames]


def chain_of(error: SerializableErrorInfo | None) -> list[ShownError]:
    """Return an error and what caused it, each as it is shown; none for no error."""
    found = []
    while error is not None:
        parts = [Frames(own, tuple(texts)) for own, texts in groupby(error.stack, key=is_own_frame)]
        if not any(part.own for part in parts):
            # Nothing of the user's is in it: what there is, is better than a folded nothing.
            parts = [Frames(True, error.stack)] if error.stack else []
        found.append(ShownError(error.message.strip() or error.cls_name or "", parts))
        error = error.cause
    return found


def is_own_frame(frame: str) -> bool:
    """Tell whether a frame is of the user's own code, by its file."""
    file = _FILE.match(frame)
    return file is None or _NOT_OWN.search(file[1]) is None
