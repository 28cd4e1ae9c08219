"""Who started when: noted by the sensors themselves, for the store merges ticks that are alike.

A note is one short write to the end of a file, which all processes of a worker share.
"""

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from struct import Struct

from benchmarks.stats import PARTS

NOTES_NAME = "notes"
NOTE = Struct("<Id")
"""The number of the sensor or the run, and the time in seconds since the epoch."""

Note = tuple[int, float]


class Notebook:
    """Where sensors note that they have started.

    Args:
        folder: The folder of the site.
    """

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / NOTES_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, number: int) -> None:
        """Note that a sensor has started."""
        os.write(self._file, NOTE.pack(number, time.time()))


def read_notes(folder: Path) -> list[Note]:
    """Return what has been noted so far, oldest first."""
    path = folder / NOTES_NAME
    return list(NOTE.iter_unpack(path.read_bytes())) if path.exists() else []


def have_started(folder: Path, count: int) -> bool:
    """Tell whether so many sensors have started at least once."""
    return len({number for number, _ in read_notes(folder)}) == count


def intervals_by_part(
    notes: Sequence[Note], numbers: Sequence[int], since: float, until: float, asked: float
) -> list[list[float]]:
    """Return what :func:`intervals` does, of each part of a watch by itself."""
    part = (until - since) / PARTS
    return [
        intervals(notes, numbers, since + n * part, since + (n + 1) * part, asked)
        for n in range(PARTS)
    ]


def intervals(
    notes: Iterable[Note], numbers: Sequence[int], since: float, until: float, asked: float
) -> list[float]:
    """Return from start to start of these sensors, in seconds, where the later one is in a window.

    A sensor that is overdue at the end of the window counts with the time that it has waited so
    far: one that does not start at all must not pass for punctual.
    """
    found: list[float] = []
    last: dict[int, float] = {}
    wanted = frozenset(numbers)
    for number, at in notes:
        if number not in wanted or at >= until:
            continue
        if at >= since and number in last:
            found.append(at - last[number])
        last[number] = at
    waits = [until - last.get(number, since) for number in numbers]
    return found + [wait for wait in waits if wait > asked]
