"""What is told of sensors themselves, beside the events of runs: that one failed, or is late."""

from collections.abc import Sequence

from sensors_app.errors import SensorTimeoutError
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import EventSpecificData
from sensors_app.model.watched_sensors import MOST_IN_A_ROW
from sensors_app.ports import Told
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given

MESSAGE_MAX_CHARS = 500
ERROR_MAX_CHARS = 4000
"""How much of an error an event has: a stream keeps many. The tick has the whole."""

LOOKS = 500
"""Sensors looked at in one call: that holds the server for a few milliseconds."""


def told_of(error: SerializableErrorInfo) -> str:
    """Write what the event of a sensor's failure says of the error, as the scripts take it."""
    message = error.message.strip() or error.cls_name or "It failed."
    timed_out = error.cls_name == SensorTimeoutError.__name__
    extra = codec.dumps(codec.specific_to_json(EventSpecificData(error=_bounded(error))))
    return codec.dumps(
        [
            message[:MESSAGE_MAX_CHARS],
            error.cls_name or "",
            extra,
            int(timed_out),
            MOST_IN_A_ROW,
        ]
    )


def _bounded(error: SerializableErrorInfo) -> SerializableErrorInfo:
    if len(error.to_string()) <= ERROR_MAX_CHARS:
        return error
    half = ERROR_MAX_CHARS // 2
    # The innermost frames are those that tell.
    stack = "".join(error.stack)[-half:]
    return SerializableErrorInfo(error.message[:half], (f"…{stack}",), error.cls_name)


class SensorEventStore:
    """Intents of listeners about sensors. ``now_ms`` is for tests."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def tell_late(
        self,
        location: str,
        intervals: Sequence[int],
        *,
        limit: int = LOOKS,
        now_ms: int | None = None,
    ) -> Told:
        """Say which sensors of a code location have had no tick for too long, each once.

        Args:
            location: The code location.
            intervals: For how many of its intervals; each number is told by itself.
            limit: How many sensors are looked at, of those whose time has come.
            now_ms: The time to go by.
        """
        keys = self._context.keys(location)
        looked_at, told, unknown = self._context.run(
            "tell_late",
            [
                keys.location,
                keys.sensors,
                keys.looks,
                keys.running,
                keys.sensor(),
                keys.events,
            ],
            [given(now_ms), limit, ",".join(map(str, sorted(set(intervals))))],
        )
        return Told(told, more=looked_at == limit or bool(unknown))
