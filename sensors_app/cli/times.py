"""Times on the command line: of day, ago, or as ids of events."""

import re
from datetime import UTC, datetime

import click

from sensors_app.operating.times import EVENT_ID

AGO = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([smhd])")
UNIT_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class When(click.ParamType[int]):
    """A time, in ms since the epoch: ``2026-11-24T22:12:00Z``, without a zone in UTC.

    Or a length of time before now, negative: ``90s``, ``30m``, ``2h``, ``1d``.
    """

    name = "time"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read a time."""
        if isinstance(value, int):
            return value
        if ago := AGO.fullmatch(value):
            return -round(float(ago[1]) * UNIT_MS[ago[2]])
        try:
            when = datetime.fromisoformat(value)
        except ValueError:
            remedy = "write 2026-11-24T22:12:00Z, or 30m, 2h, 1d"
            self.fail(f"{value!r} is no time: {remedy}.", param, ctx)
        return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)


class EventId(click.ParamType[str]):
    """The id of an event, as ``sensors events`` shows it."""

    name = "event"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what can be no event's id."""
        if not EVENT_ID.fullmatch(value):
            self.fail(f"{value!r} is no event's id, as 'sensors events' shows them.", param, ctx)
        return value


def absolute(when: int, now_ms: int) -> int:
    """Return a time that may be one before now."""
    return now_ms + when if when < 0 else when
