"""Signatures of pushed events: they say that the sender may, and that nothing was changed."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Final

HEADER: Final = "X-Sensors-Signature"
TOLERANCE_S: Final = 300
"""How far the clocks of a sender and of this server may be apart."""

_FORM = re.compile(r"t=(?P<at>\d{1,12})(?P<rest>(,v\d+=[0-9A-Za-z]{1,128}){1,10})")


def signature(secret: str, body: bytes, at: int) -> str:
    """Return what the header is to say of a body.

    Args:
        secret: One of ``SENSORS_PUSH_SECRET``.
        body: Just as it is sent.
        at: The time, in seconds since the epoch.
    """
    return f"t={at},v1={_digest(secret, body, at)}"


def fault_of(header: str, body: bytes, secrets: Iterable[str], now: float) -> str | None:
    """Return why a signature is not accepted; None if it is.

    Args:
        header: The header.
        body: What was sent.
        secrets: Any of them will do: an old one and a new one, while senders change over.
        now: The time, in seconds since the epoch.
    """
    found = _FORM.fullmatch(header.replace(" ", ""))
    if found is None:
        return f"{HEADER} is not of the form t=UNIX_TIME,v1=HEX_OF_HMAC_SHA256."
    at = int(found["at"])
    signed = [part[3:] for part in found["rest"].split(",") if part.startswith("v1=")]
    # All are compared, each in constant time, so that the time it takes tells nothing.
    matches = [
        hmac.compare_digest(each.lower(), _digest(secret, body, at))
        for secret in secrets
        for each in signed
    ]
    if not any(matches):
        return f"{HEADER} does not go with the body: sign '<t>.' and the bytes of the body."
    if abs(now - at) > TOLERANCE_S:
        return (
            f"The signature is {abs(now - at):.0f} s off this server's clock, of {TOLERANCE_S} s "
            "at most: sign each event when it is sent."
        )
    return None


def _digest(secret: str, body: bytes, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
