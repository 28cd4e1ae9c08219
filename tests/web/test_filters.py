"""The filter of the list of sensors, its order and its counts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.locations import SensorState
from sensors_app.model.ticks import Tick, TickStatus
from sensors_app.web.filters import counts, in_order, page_of, parse_filter
from sensors_app.web.rows import SensorRow
from tests.support.site import sensor

NOW = 1_000_000.0


def row(
    name: str, status: TickStatus | None = None, *, ended: int = 990_000, **fields
) -> SensorRow:
    snapshot = sensor(name, interval_seconds=30, **fields)
    if status is None:
        return SensorRow(SensorState("loc", snapshot, switched_on=990_000), None)
    error = SerializableErrorInfo("ValueError: x\n") if status is TickStatus.FAILURE else None
    tick = Tick("1", name, status, ended - 10, ended, error=error, created=1)
    failures = 1 if error else 0
    return SensorRow(SensorState("loc", snapshot, last_tick_at=ended, failures=failures), tick)


ROWS = [
    row("orders_new", TickStatus.SUCCESS, tags={"team": "a"}),
    row("orders_old", TickStatus.FAILURE, tags={"team": "b"}),
    row("stock", TickStatus.SKIPPED, ended=100_000),
    row("off", TickStatus.FAILURE, running_by_default=False),
    row("fresh"),
]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["orders_new", "orders_old", "stock", "off", "fresh"]),
        ("orders", ["orders_new", "orders_old"]),
        ("ORDERS old", ["orders_old"]),
        ("name:stock", ["stock"]),
        ("location:loc job:job kind:sensor", ["orders_new", "orders_old", "stock", "off", "fresh"]),
        ("location:other", []),
        ("job:none", []),
        ("tag:team", ["orders_new", "orders_old"]),
        ("tag:team=b", ["orders_old"]),
        ("status:failed", ["orders_old", "off"]),
        ("status:failed status:running", ["orders_old"]),
        ("status:stopped", ["off"]),
        ("status:late", ["stock"]),
        ("status:never", ["fresh"]),
        ('"orders_new"', ["orders_new"]),
    ],
)
def test_what_a_filter_accepts(text: str, names: list[str]) -> None:
    """Words are parts of names; every criterion must hold."""
    wanted = parse_filter(text)
    assert wanted.problems == ()
    assert [each.name for each in ROWS if wanted.accepts(each, NOW)] == names


@pytest.mark.parametrize("text", ["colour:red", "status:purple"])
def test_what_is_not_understood_is_said(text: str) -> None:
    """With what there is instead."""
    (problem,) = parse_filter(text).problems
    assert "there are" in problem


@given(st.text(max_size=40))
def test_nothing_that_may_be_written_is_an_error(text: str) -> None:
    """An open quotation mark, a lonely colon, anything."""
    wanted = parse_filter(text)
    for each in ROWS:
        wanted.accepts(each, NOW)


def test_the_worst_come_first() -> None:
    """Failing, then late, then the others, then those that are off."""
    ordered = [each.name for each in in_order(ROWS, "worst", NOW)]
    assert ordered == ["orders_old", "stock", "fresh", "orders_new", "off"]
    many = replace(ROWS[1], state=replace(ROWS[1].state, failures=9))
    worse = SensorRow(replace(many.state, snapshot=sensor("worse")), many.tick)
    assert in_order([*ROWS, worse], "worst", NOW)[0].name == "worse"


def test_counts() -> None:
    """What is off does not fail."""
    found = {"running": 4, "stopped": 1, "failing": 1, "late": 1, "held": 0}
    assert counts(ROWS, NOW) == found


def test_pages_count_from_one() -> None:
    """The last one may be short."""
    assert [len(page_of(ROWS, number, 2)) for number in (1, 2, 3, 4)] == [2, 2, 1, 0]
