"""Who did what to a code location and its sensors and runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice

from sensors_app.model.audit import AuditEntry
from sensors_app.storage.base import StoreContext

PART = 500


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A part of the audit trail of several code locations.

    Args:
        entries: What was done, newest first.
        after: Where the next part begins; None if there is none.
    """

    entries: Sequence[AuditEntry]
    after: str | None = None


class AuditStore:
    """Writes and reads of the audit trail."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def record(self, location: str, actor: str, action: str, target: str, detail: str = "") -> None:
        """Note what somebody did.

        Args:
            location: The code location.
            actor: Who.
            action: What, such as ``start`` or ``set cursor``.
            target: To which sensor or run.
            detail: More, for people; no secret.
        """
        with self._context.reading() as pipe:
            pipe.xadd(
                self._context.keys(location).audit,
                {"actor": actor, "action": action, "target": target, "detail": detail},
                maxlen=self._context.limits.of(location).audit_max_count,
            )
            pipe.execute()

    def entries(
        self, location: str, *, target: str | None = None, limit: int = 100
    ) -> list[AuditEntry]:
        """Return what was done, newest first.

        Args:
            location: The code location.
            target: Only what was done to this sensor or run.
            limit: How many at most.
        """
        wanted = (lambda _: True) if target is None else (lambda each: each.target == target)
        return list(islice(filter(wanted, self._from_newest(location, "+")), limit))

    def page(
        self,
        locations: Sequence[str],
        *,
        accepts: Callable[[AuditEntry], bool] = lambda _entry: True,
        after: str | None = None,
        limit: int = 100,
    ) -> AuditPage:
        """Return what was done in several code locations, newest first.

        Args:
            locations: The code locations.
            accepts: Tells of an entry whether it is wanted.
            after: What the part before said; None for the newest.
            limit: How many at most.
        """
        place = place_of(after or "")
        streams = [
            self._from_newest(name, "+" if place is None else _below(name, place))
            for name in locations
        ]
        entries = filter(accepts, merge(*streams, key=_place, reverse=True))
        found = list(islice(entries, limit + 1))
        if len(found) <= limit:
            return AuditPage(found)
        last = found[limit - 1]
        return AuditPage(found[:limit], f"{last.ident}-{last.location}")

    def _from_newest(self, location: str, last: str) -> Iterator[AuditEntry]:
        while True:
            with self._context.reading() as pipe:
                pipe.xrevrange(self._context.keys(location).audit, last, count=PART)
                (found,) = pipe.execute()
            for ident, fields in found:
                at = int(ident.partition("-")[0])
                yield AuditEntry(location=location, at=at, ident=ident, **fields)
            if len(found) < PART:
                return
            last = f"({found[-1][0]}"


_Place = tuple[int, int, str]
"""Where an entry is among those of all code locations."""


def _place(entry: AuditEntry) -> _Place:
    at, _, number = entry.ident.partition("-")
    return int(at), int(number), entry.location


def place_of(text: str) -> _Place | None:
    """Read where a part of a list begins; None, which is the newest, for what is no such place."""
    at, number, location = (*text.split("-", 2), "", "")[:3]
    return (int(at), int(number), location) if at.isdecimal() and number.isdecimal() else None


def _below(location: str, place: _Place) -> str:
    """Return the last id of a location's entries that come after a place, newest first."""
    at, number, of = place
    return f"{at}-{number}" if location < of else f"({at}-{number}"
