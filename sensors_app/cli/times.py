"""Times on the command line: of day, ago, or as ids of events."""

import click

from sensors_app.operating.times import EVENT_ID, parse_time


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
        try:
            return parse_time(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class EventId(click.ParamType[str]):
    """The id of an event, as ``sensors events`` shows it."""

    name = "event"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what can be no event's id."""
        if not EVENT_ID.fullmatch(value):
            self.fail(f"{value!r} is no event's id, as 'sensors events' shows them.", param, ctx)
        return value
