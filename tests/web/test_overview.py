"""One reading of all sensors for everybody who looks."""

from collections.abc import Sequence

import pytest

from sensors_app.web.overview import Overview
from sensors_app.web.rows import SensorRow
from tests.support.site import Site, request, sensor


class Heard:
    """What an overview tells of changes."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.registered = 0

    def __call__(self, rows: Sequence[SensorRow], registered: bool) -> None:
        self.rows += [row.label for row in rows]
        self.registered += registered


@pytest.fixture
def now_site(site: Site) -> Site:
    """With the sensors ``a`` and ``b``, at the present time."""
    site.now = site.store.now_ms()
    site.register(sensor("a"), sensor("b"))
    return site


def test_only_what_changed_is_told(now_site: Site) -> None:
    """A tick, a switch; nothing if nothing happened."""
    heard = Heard()
    overview = Overview(now_site.store, heard)
    overview.refresh()
    assert (heard.rows, heard.registered) == ([], 1)
    now_site.commit(now_site.begun("a"), request("r1"))
    overview.refresh()
    assert heard.rows == ["loc/a"]
    now_site.switch(False, "b")
    overview.refresh()
    overview.refresh()
    assert (heard.rows, heard.registered) == (["loc/a", "loc/b"], 1)


def test_a_row_is_as_the_last_tick_left_it(now_site: Site) -> None:
    """Result, reason, strip and last run."""
    overview = Overview(now_site.store)
    now_site.commit(now_site.begun("a"), request("r1"), request("r2"))
    overview.refresh()
    row = overview.row("loc", "a")
    assert row is not None
    assert (row.result, row.why, row.state.strip) == ("requested", "2 runs requested", "r")
    assert row.last_run == "r1"
    now_site.now += 1000
    now_site.fail(now_site.begun("a"))
    overview.refresh()
    row = overview.row("loc", "a")
    assert row is not None
    assert (row.result, row.why, row.state.strip) == ("failed", "ValueError: boom", "rf")


def test_sensors_come_and_go_with_a_registration(now_site: Site) -> None:
    """Those that the code has no more are shown no more."""
    heard = Heard()
    overview = Overview(now_site.store, heard)
    overview.refresh()
    now_site.register(sensor("b"), sensor("c"), version="2")
    overview.refresh()
    assert sorted(row.name for row in overview.rows()) == ["b", "c"]
    assert heard.registered == 2


def test_what_time_alone_makes_late_is_told_once(now_site: Site) -> None:
    """And that it is late no more."""
    heard = Heard()
    overview = Overview(now_site.store, heard)
    now_site.now -= 1_000_000
    now_site.commit(now_site.begun("a"), skip_reason="long ago")
    overview.refresh()
    overview.refresh()
    assert heard.rows == ["loc/a"]
    now_site.now += 1_000_000
    now_site.commit(now_site.begun("a"), skip_reason="now")
    overview.refresh()
    overview.refresh()
    assert heard.rows == ["loc/a", "loc/a"]


def test_a_strip_is_of_thirty_ticks(now_site: Site) -> None:
    """The oldest goes when one more comes."""
    now_site.fail(now_site.begun("a"))
    for _ in range(30):
        now_site.now += 10
        now_site.commit(now_site.begun("a"), skip_reason="nothing")
    assert now_site.state("a").strip == "s" * 30
