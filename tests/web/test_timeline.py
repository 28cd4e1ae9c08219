"""The timeline of ticks: no failure is hidden, however many ticks share a bar."""

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors_app.web.history import TickMark
from sensors_app.web.results import ACTED, FAILED, REQUESTED, SKIPPED
from sensors_app.web.timeline import BARS, HEIGHT, HOUR_MS, SPANS, bars, timeline, window

NOW = 1_795_354_485_123
SVG = "{http://www.w3.org/2000/svg}"

marks_in_an_hour = st.lists(
    st.builds(
        TickMark,
        tick_id=st.integers(1, 10**12).map(str),
        result=st.sampled_from([FAILED, REQUESTED, ACTED, SKIPPED]),
        started_at=st.integers(NOW - 2 * HOUR_MS, NOW),
        duration_ms=st.integers(0, 10**6),
        why=st.text(max_size=20),
    ),
    max_size=60,
)


def mark(result: str = SKIPPED, ago_s: float = 60, why: str = "") -> TickMark:
    at = NOW - round(ago_s * 1000)
    return TickMark(str(at), result, at, 87, why)


def drawn(marks: Sequence[TickMark], hours: int = 1, until: int | None = None) -> str:
    return str(timeline(marks, window(NOW, hours, until), lambda mark: f"/t/{mark.tick_id}"))


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"'))


@settings(deadline=None)
@given(marks_in_an_hour)
def test_every_tick_of_the_window_is_in_a_bar_and_no_other(marks):
    """Nothing is left out, and nothing is drawn twice."""
    shown = window(NOW, 1)
    wanted = sorted(m.tick_id for m in marks if shown.start <= m.started_at < shown.end)
    assert sorted(m.tick_id for bar in bars(marks, shown) for m in bar.marks) == wanted


@settings(deadline=None)
@given(marks_in_an_hour)
def test_a_bar_has_the_colours_of_its_ticks_and_no_others(marks):
    """A bar is red, at its full height, if and only if a tick failed; green if one acted."""
    for bar in bars(marks, window(NOW, 1)):
        results = {m.result for m in bar.marks}
        colours = {letter: top for letter, _, top in bar.parts}
        assert ("f" in colours) == (FAILED in results)
        assert ("r" in colours) == bool(results & {REQUESTED, ACTED})
        assert ("s" in colours) == (SKIPPED in results)
        if FAILED in results:
            assert colours["f"] == HEIGHT
            assert bar.worst.result == FAILED


@settings(deadline=None)
@given(marks_in_an_hour)
def test_the_parts_of_a_bar_do_not_cover_each_other(marks):
    """Each colour begins where the one below it ends."""
    for bar in bars(marks, window(NOW, 1)):
        edges = [edge for _, floor, top in bar.parts for edge in (floor, top)]
        assert edges == sorted(edges)
        assert edges[0] == 0
        assert all(floor < top for _, floor, top in bar.parts)


@settings(deadline=None)
@given(marks_in_an_hour)
def test_failures_are_drawn_on_top(marks):
    """In a narrow window bars overlap: the one with a failure is drawn after the others."""
    failed = [bar.worst.result == FAILED for bar in bars(marks, window(NOW, 1))]
    assert failed == sorted(failed)


@settings(deadline=None)
@given(marks_in_an_hour)
def test_whatever_a_reason_says_the_picture_is_well_formed(marks):
    """What users write is escaped."""
    text = drawn([m for m in marks if not re.search("[\x00-\x1f\ud800-\udfff\ufffe\uffff]", m.why)])
    parsed(text)


def test_a_bar_links_to_the_last_of_its_worst_ticks():
    """Of two failures in one bar, the later one is a click away."""
    ticks = [mark(SKIPPED, 60.0), mark(FAILED, 60.1), mark(FAILED, 60.2), mark(REQUESTED, 60.3)]
    (link,) = parsed(drawn(ticks)).iter(f"{SVG}a")
    assert link.get("href") == f"/t/{ticks[1].tick_id}"


def test_a_title_tells_time_result_duration_and_reason():
    """What hovering shows."""
    text = drawn([mark(FAILED, 60.123, "ValueError: <b>")])
    title = next(parsed(text).iter(f"{SVG}title"))
    assert title.text == "13:33:45.000 UTC · failed · 87 ms\nValueError: <b>"


def test_a_title_counts_the_ticks_of_a_bar():
    """A bar that stands for several says for which."""
    text = drawn([mark(SKIPPED, 60), mark(SKIPPED, 60.1), mark(FAILED, 60.2)])
    assert "3 ticks here: 1 failed, 2 skipped" in text


def row(first_ago_s: float, last_ago_s: float, times: int) -> TickMark:
    """Skips in a row that are kept as one."""
    first = NOW - round(first_ago_s * 1000)
    return replace(mark(SKIPPED, last_ago_s, "Nothing."), times=times, first_at=first)


def widths(text: str) -> list[float]:
    """Return how wide the bands are, in percent of the picture."""
    found = (rect.get("width", "") for rect in parsed(text).iter(f"{SVG}rect"))
    return [float(width.removesuffix("%")) for width in found if width.endswith("%")]


def test_skips_kept_as_one_are_a_band_from_the_first_to_the_last():
    """Nothing looks as if the sensor had rested meanwhile; the last one has its bar as well."""
    ticks = [row(1860, 60, 61)]
    text = drawn(ticks)
    assert widths(text) == [50]
    assert [link.get("href") for link in parsed(text).iter(f"{SVG}a")] == [
        f"/t/{ticks[0].tick_id}"
    ] * 2
    assert "61 times since 13:03:45 UTC\nNothing." in text
    assert 'aria-label="61 ticks in 1 h"' in text


def test_a_band_is_cut_where_the_picture_ends():
    """Also if neither its first nor its last tick is in it."""
    now, past = window(NOW, 1), window(NOW, 1, window(NOW, 1).back)
    ticks = [row(4 * 3600, 60, 14341)]
    assert widths(drawn(ticks))[0] == pytest.approx(100 * 57 / 60, abs=2)
    assert widths(drawn(ticks, until=now.back)) == [100]
    assert 'aria-label="3,600 ticks in 1 h"' in drawn(ticks, until=now.back)
    assert widths(drawn([row(600, 60, 10)], until=past.end)) == []


def test_skips_kept_as_one_within_a_bar_are_counted():
    """As if each were there."""
    text = drawn([row(61, 60, 10), mark(FAILED, 62)])
    assert "11 ticks here: 1 failed, 10 skipped" in text


@pytest.mark.parametrize("hours", SPANS)
def test_the_present_is_marked_with_room_behind_it(hours):
    """The line of the present is in the picture, and not at its edge."""
    shown = window(NOW, hours)
    assert shown.start < NOW < shown.end - shown.step
    assert 'class="now"' in drawn([], hours)


def test_a_past_window_has_no_line_of_the_present():
    """Whoever went back sees no present."""
    assert 'class="now"' not in drawn([], until=window(NOW, 1).back)


@pytest.mark.parametrize("hours", SPANS)
def test_going_back_and_forward_leads_to_the_same_windows(hours):
    """Windows touch each other, and forward undoes back until the present is reached."""
    first = window(NOW, hours)
    back = window(NOW, hours, first.back)
    further = window(NOW, hours, back.back)
    assert back.end == first.start
    assert further.forward is not None
    assert window(NOW, hours, further.forward) == back
    assert back.forward is None


def test_a_picture_stays_as_it_is_while_little_time_passes():
    """A window begins at a whole number of bars: ticks do not move from bar to bar."""
    shown = window(NOW, 1)
    assert shown.start % shown.step == 0
    assert (shown.end - shown.start) // shown.step == BARS
