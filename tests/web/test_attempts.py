"""How failures to log in are counted, by address."""

import pytest

from sensors_app.web.attempts import Attempts, TooManyAttemptsError


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(clock)


def wait(attempts: Attempts, address: str = "10.0.0.1") -> int:
    try:
        attempts.check(address)
    except TooManyAttemptsError as error:
        return error.wait_s
    return 0


def fail(attempts: Attempts, *secrets: str, address: str = "10.0.0.1") -> None:
    for secret in secrets:
        attempts.failed(address, secret)


def test_each_failure_doubles_the_wait(attempts: Attempts, clock: Clock):
    """Up to five minutes."""
    fail(attempts, *"abcd")
    assert wait(attempts) == 0
    waits = []
    for secret in "efghijklmnop":
        fail(attempts, secret)
        waits.append(wait(attempts))
        clock.now += waits[-1]
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 300


def test_one_has_waited_when_one_has_waited(attempts: Attempts, clock: Clock):
    """Not a moment longer."""
    fail(attempts, *"abcde")
    clock.now += 2
    assert wait(attempts) == 0


def test_the_same_again_is_no_guess(attempts: Attempts):
    """A program with an old token must not shut its neighbours out."""
    fail(attempts, *(["old"] * 100))
    assert wait(attempts) == 0


def test_failures_are_forgotten_in_time(attempts: Attempts, clock: Clock):
    """And by nothing else: whoever has one password could go on to guess another's."""
    fail(attempts, *"abcdefg")
    clock.now += 901
    fail(attempts, "h")
    assert wait(attempts) == 0


def test_a_network_of_ipv6_is_one(attempts: Attempts):
    """Everybody has as many addresses there as they like."""
    for number, secret in enumerate("abcde"):
        fail(attempts, secret, address=f"2001:db8::{number}")
    assert wait(attempts, "2001:db8::ffff") > 0
    assert wait(attempts, "2001:db8:1::1") == 0


def test_they_are_not_counted_without_end(attempts: Attempts, monkeypatch: pytest.MonkeyPatch):
    """The oldest are forgotten."""
    monkeypatch.setattr("sensors_app.web.attempts.MOST_ADDRESSES", 3)
    for number in range(4):
        fail(attempts, *"abcde", address=f"10.0.0.{number}")
    assert wait(attempts, "10.0.0.0") == 0
    assert wait(attempts, "10.0.0.1") > 0
