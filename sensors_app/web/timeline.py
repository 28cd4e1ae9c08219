"""The timeline of a sensor's ticks, as SVG: what happened by colour and by height.

Ticks that are too close for a bar each share one. It is as high as the worst of them, and has the
colour of each kind among them: a failure is never hidden, and skips stay grey under what was
requested. Skips in a row that are kept as one are a band, from the first of them to the last.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from sensors_app.web.history import TickMark
from sensors_app.web.results import ACTED, FAILED, RANK, REQUESTED, SKIPPED
from sensors_app.web.shown import clock, duration, iso

HOUR_MS = 3_600_000
SPANS: Final = (1, 6, 12, 24)
"""How many hours a timeline may show."""

GRID_MS: Final = {1: HOUR_MS // 6, 6: HOUR_MS, 12: 2 * HOUR_MS, 24: 4 * HOUR_MS}
BARS = 300
MARGIN_BARS = 6
"""So many bars' room is left for what comes."""

HEIGHT, AXIS = 84, 16
TOPS: Final = {"s": 30, "r": 58, "f": HEIGHT}
LETTERS: Final = {SKIPPED: "s", ACTED: "r", REQUESTED: "r", FAILED: "f"}


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a timeline shows, in ms since the epoch.

    Args:
        hours: How long it is.
        start: Its beginning.
        now: The time.
    """

    hours: int
    start: int
    now: int

    @property
    def step(self) -> int:
        """The time of one bar."""
        return self.hours * HOUR_MS // BARS

    @property
    def end(self) -> int:
        """Its end; that itself is not in it."""
        return self.start + self.step * BARS

    @property
    def has_now(self) -> bool:
        """Whether the present is in it."""
        return self.start <= self.now < self.end

    @property
    def back(self) -> int:
        """The end of the window before."""
        return self.start

    @property
    def forward(self) -> int | None:
        """The end of the window after; None if it would end after now."""
        after = self.end + self.step * BARS
        return None if self.has_now or after > self.now else after

    def share(self, at: int) -> str:
        """Return where a time is, as a length of SVG."""
        return f"{100 * (at - self.start) / (self.end - self.start):.2f}%"


@dataclass(frozen=True, slots=True)
class Bar:
    """The ticks of one bar.

    Args:
        start: When it begins, ms since the epoch.
        end: When it ends.
        marks: Its ticks, newest first; at least one.
    """

    start: int
    end: int
    marks: Sequence[TickMark]

    @property
    def worst(self) -> TickMark:
        """The tick that somebody should see: the last of the worst."""
        return max(self.marks, key=lambda mark: RANK[mark.result])

    @property
    def parts(self) -> list[tuple[str, int, int]]:
        """What is drawn from below: a letter for the colour, from which height, to which."""
        letters = {LETTERS[mark.result] for mark in self.marks}
        found, floor = [], 0
        for letter, top in TOPS.items():
            if letter in letters:
                found.append((letter, floor, top))
                floor = top
        return found


def window(now: int, hours: int, until: int | None = None) -> Window:
    """Return the window that ends at a time; without one, shortly after now."""
    step = hours * HOUR_MS // BARS
    end = now + MARGIN_BARS * step if until is None else until
    # At a whole number of bars: what is drawn must not flicker as time goes on.
    return Window(hours, (-(-end // step) - BARS) * step, now)


def bars(marks: Sequence[TickMark], shown: Window) -> list[Bar]:
    """Return the bars of a window, the worst last: what is drawn last is on top."""
    found: dict[int, list[TickMark]] = {}
    for mark in marks:
        if shown.start <= mark.started_at < shown.end:
            found.setdefault(mark.started_at // shown.step * shown.step, []).append(mark)
    made = [Bar(start, start + shown.step, own) for start, own in found.items()]
    return sorted(made, key=lambda bar: (RANK[bar.worst.result], bar.start))


def timeline(marks: Sequence[TickMark], shown: Window, href: Callable[[TickMark], str]) -> Markup:
    """Return the picture of the ticks of a window.

    Args:
        marks: The ticks, newest first.
        shown: The window.
        href: Returns the address of a tick's page.
    """
    number = sum(mark.times_in(shown.start, shown.end) for mark in marks)
    said = f"{number:,} ticks in {shown.hours} h"
    spread = [mark for mark in marks if shown.start <= mark.started_at and mark.since < shown.end]
    return Markup(
        '<svg class="timeline" width="100%" height="{}" role="group" aria-label="{}">{}{}{}{}</svg>'
    ).format(
        HEIGHT + AXIS,
        said,
        _grid(shown),
        Markup().join(_band(mark, shown, href(mark)) for mark in spread if mark.times > 1),
        Markup().join(_bar(bar, shown, href(bar.worst)) for bar in bars(marks, shown)),
        _now(shown),
    )


def title(bar: Bar) -> str:
    """Return what is said of a bar: its worst tick, and how many it stands for."""
    said = told(bar.worst)
    counts = Counter[str]()
    for mark in bar.marks:
        counts[mark.result] += max(1, mark.times_in(bar.start, bar.end))
    if counts.total() > 1:
        each = ", ".join(f"{counts[x]} {x}" for x in reversed(list(RANK)) if counts[x])
        said += f"\n{counts.total()} ticks here: {each}"
    return said


def told(mark: TickMark) -> str:
    """Return what is said of a tick, or of those in a row that it stands for."""
    said = f"{clock_ms(mark.started_at)} UTC · {mark.result} · {duration(mark.duration_ms)}"
    if mark.times > 1:
        said += f"\n{mark.times:,} times since {clock(mark.since)} UTC"
    return f"{said}\n{mark.why}" if mark.why else said


def clock_ms(at: int) -> str:
    """Write the time of day, in UTC, with milliseconds."""
    return f"{clock(at)}.{at % 1000:03}"


def _band(mark: TickMark, shown: Window, href: str) -> Markup:
    # From bar to bar, as these are: it ends where that of its last tick begins.
    start = max(shown.start, mark.since // shown.step * shown.step)
    end = min(shown.end, mark.started_at // shown.step * shown.step)
    return Markup(
        '<a href="{}" tabindex="-1"><title data-at="{}">{}</title>'
        '<rect class="{} band" x="{}" y="{}" width="{}" height="{}"/></a>'
    ).format(
        href,
        iso(mark.started_at),
        told(mark),
        LETTERS[mark.result],
        shown.share(start),
        HEIGHT - TOPS["s"],
        f"{100 * (end - start) / (shown.end - shown.start):.2f}%",
        TOPS["s"],
    )


def _bar(bar: Bar, shown: Window, href: str) -> Markup:
    x = shown.share(bar.start)
    rects = Markup().join(
        Markup('<rect class="{}" x="{}" y="{}" width="3" height="{}"/>').format(
            letter, x, HEIGHT - top, top - floor
        )
        for letter, floor, top in bar.parts
    )
    # No stop for the Tab key: there are hundreds, and the table has them too.
    return Markup('<a href="{}" tabindex="-1"><title data-at="{}">{}</title>{}</a>').format(
        href, iso(bar.worst.started_at), title(bar), rects
    )


def _grid(shown: Window) -> Markup:
    step = GRID_MS[shown.hours]
    first = -(-shown.start // step) * step
    lines = Markup().join(
        Markup(
            '<line class="axis" x1="{0}" x2="{0}" y1="0" y2="{1}"/>'
            '<text x="{0}" y="{2}" data-at="{3}">{4}</text>'
        ).format(shown.share(at), HEIGHT, HEIGHT + 12, iso(at), clock(at)[:5])
        for at in range(first, shown.end - step // 4, step)
    )
    return lines + Markup('<line class="axis" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(HEIGHT)


def _now(shown: Window) -> Markup:
    if not shown.has_now:
        return Markup()
    return Markup(
        '<line class="now" x1="{0}" x2="{0}" y1="0" y2="{1}"><title>now</title></line>'
    ).format(escape(shown.share(shown.now)), HEIGHT)
