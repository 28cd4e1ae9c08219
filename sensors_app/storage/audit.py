"""Who did what to a code location and its sensors and runs."""

from sensors_app.model.audit import AuditEntry
from sensors_app.storage.base import StoreContext


class AuditStore:
    """Writes and reads of the audit trail."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def record(self, location: str, actor: str, action: str, target: str, detail: str = "") -> None:
        """Note what somebody did.

        Args:
            location: The code location.
            actor: Who.
            action: What, such as ``start`` or ``set cursor``.
            target: To which sensor or run.
            detail: More, for people; no secret.
        """
        with self._context.reading() as pipe:
            pipe.xadd(
                self._context.keys(location).audit,
                {"actor": actor, "action": action, "target": target, "detail": detail},
                maxlen=self._context.limits.audit_max_count,
            )
            pipe.execute()

    def entries(
        self, location: str, *, target: str | None = None, limit: int = 100
    ) -> list[AuditEntry]:
        """Return what was done, newest first.

        Args:
            location: The code location.
            target: Only what was done to this sensor or run.
            limit: How many at most.
        """
        with self._context.reading() as pipe:
            pipe.xrevrange(self._context.keys(location).audit)
            (found,) = pipe.execute()
        entries = (
            AuditEntry(location=location, at=int(ident.partition("-")[0]), **fields)
            for ident, fields in found
            if target is None or fields["target"] == target
        )
        return [each for each, _ in zip(entries, range(limit), strict=False)]
