"""Slows down whoever tries passwords."""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5
"""Failures before one has to wait."""

FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0
FORGET_S = 900.0
MOST_ADDRESSES = 10_000

NETWORK_BITS = 64
"""What an address of IPv6 shares with all others that one subscriber has."""


class TooManyAttemptsError(Exception):
    """Somebody has to wait before their password is looked at.

    Args:
        wait_s: For how many seconds.
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Too many attempts: wait {wait_s} s.")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int = 0
    last_s: float = 0.0
    secrets: tuple[int, ...] = ()


class Attempts:
    """Counts failures by address; each one doubles the wait.

    Success does not undo them: whoever has one account could guess another's between two logins.

    Args:
        clock: Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def check(self, address: str) -> None:
        """Let somebody try.

        Raises:
            TooManyAttemptsError: They have to wait.
        """
        with self._lock:
            found = self._found(_network(address))
        if found.count < FREE:
            return
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(found.count - FREE, 20))
        left_s = found.last_s + wait_s - self._clock()
        if left_s > 0:
            raise TooManyAttemptsError(max(1, round(left_s)))

    def failed(self, address: str, secret: str) -> None:
        """Note what was wrong.

        The same again is no further guess: a program with an old token that tries it all day would
        shut out everybody who shares its address.
        """
        network, mark = _network(address), hash(secret)
        with self._lock:
            found = self._found(network)
            if mark in found.secrets:
                return
            self._failures[network] = _Failures(
                found.count + 1, self._clock(), (*found.secrets, mark)[-FREE:]
            )
            self._failures.move_to_end(network)
            if len(self._failures) > MOST_ADDRESSES:
                self._failures.popitem(last=False)

    def _found(self, network: str) -> _Failures:
        found = self._failures.get(network, _Failures())
        return found if self._clock() - found.last_s <= FORGET_S else _Failures()


def plain_address(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address as one, also if a socket of IPv6 wrote one of IPv4; None if it is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _network(address: str) -> str:
    found = plain_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, NETWORK_BITS), strict=False))
    return str(found or address)
