"""The audit trail: who did what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did.

    Args:
        location: The code location.
        at: When, ms since the epoch, by the store's clock.
        actor: Who: a name, or a system user and host for the command line.
        action: What, such as ``start`` or ``set cursor``.
        target: The sensor or run that it was done to.
        detail: More, for people.
        ident: Its id among those of its location: a later one's is greater.
    """

    location: str
    at: int
    actor: str
    action: str
    target: str
    detail: str = ""
    ident: str = ""
