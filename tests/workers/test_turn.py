"""One message's turn: everything is handed over once, and nobody waits for a slow neighbour."""

import threading

import pytest

from workers.turn import Handover, Turn

LONG = 60.0


def take_part(turn: Turn[str, str], *, until: str = "") -> None:
    """Work off the items, up to one; the result of each is its name in capitals."""
    for item in turn:
        if item == until:
            break
        turn.keep(item.upper())


def test_all_results_are_handed_over_at_the_end() -> None:
    """Together, in order."""
    parts: list[Handover[str, str]] = []
    with Turn("abc", LONG, parts.append) as turn:
        take_part(turn)
        assert parts == []
    assert parts == [Handover(["A", "B", "C"], [])]


def test_what_is_left_when_an_error_ends_it_is_given_back() -> None:
    """With what was finished, and which item it was that failed."""
    parts: list[Handover[str, str]] = []

    def fail() -> None:
        with Turn("abcd", LONG, parts.append) as turn:
            take_part(turn, until="b")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert parts == [Handover(["A"], ["c", "d"], "b")]


def test_a_slow_item_does_not_keep_the_others() -> None:
    """When the time is over they are handed over while it goes on; its own result follows."""
    parts: list[Handover[str, str]] = []
    handed_over = threading.Event()

    def hand_over(part: Handover[str, str]) -> None:
        parts.append(part)
        handed_over.set()

    with Turn("abcd", 0.02, hand_over) as turn:
        for item in turn:
            if item == "b":
                assert handed_over.wait(10)
            turn.keep(item.upper())
    assert parts == [Handover(["A"], ["c", "d"], "b"), Handover(["B"], [])]


def test_one_alone_has_all_the_time() -> None:
    """There is nobody whom it keeps waiting, so no thread is started."""
    parts: list[Handover[str, str]] = []
    before = threading.active_count()
    with Turn("a", 0.0, parts.append) as turn:
        for item in turn:
            assert threading.active_count() == before
            turn.keep(item.upper())
    assert parts == [Handover(["A"], [])]


def test_that_it_could_not_be_handed_over_in_time_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The turn goes on; whoever looks after claims finds what was lost."""
    failed = threading.Event()

    def hand_over(_part: Handover[str, str]) -> None:
        if threading.current_thread() is not threading.main_thread():
            failed.set()
            raise ConnectionError("away")

    with Turn("ab", 0.01, hand_over) as turn:
        for item in turn:
            assert failed.wait(10)
            turn.keep(item)
    assert "could not be handed over" in caplog.text
