"""What the store has promised to send to the broker; and dry runs, which travel the same way."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sensors_app.model.ticks import Claim, Preview, TickStart, TickStatus
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.inbox import SEEN_BYTES, SEEN_EVENTS, tick_start

PREVIEW_LIFE_MS = 600_000


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One promise.

    Args:
        kind: ``launch`` or ``preview``.
        ident: The run's id, or the preview's.
        quick: Whether it is a run of a job that is known to be quick, so that it may share a
            message with others.
        took_ms: How long runs of its job take.
    """

    kind: str
    ident: str
    quick: bool = False
    took_ms: float = 0.0

    @property
    def timeout_seconds(self) -> float:
        """Celery limits none: it may take as long as it likes."""
        return 0.0


@dataclass(frozen=True, slots=True)
class AskedPreview:
    """A dry run that somebody asked for.

    Args:
        sensor: The sensor.
        cursor: The cursor to try, if ``use_cursor``.
        use_cursor: Whether that one is used rather than the sensor's own.
        answer: What was found; None as long as no worker has answered.
    """

    sensor: str
    cursor: str | None
    use_cursor: bool
    answer: Preview | None


class OutboxStore:
    """Intents around the outbox and around dry runs."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def take_outbox(
        self, location: str, *, limit: int = 500, now_ms: int | None = None
    ) -> list[OutboxEntry]:
        """Take what is to be sent now, as far as concurrency limits admit it, by priority and age.

        An entry stays noted until a worker takes it up.
        """
        keys = self._context.keys(location)
        flat = self._context.run(
            "take_outbox",
            [keys.run(), *keys.queue],
            [given(now_ms), limit, self._context.limits.sent_window],
        )
        quick_ms, taken = self._context.limits.quick_ms, []
        for entry, took in zip(flat[::2], flat[1::2], strict=True):
            kind, ident = entry.split(":", 1)
            quick = took != "" and float(took) < quick_ms
            taken.append(OutboxEntry(kind, ident, quick, float(took or 0)))
        return taken

    def requeue_outbox(
        self,
        location: str,
        sent_ms_ago: int | None,
        *,
        taken_ms_ago: int | None = None,
        now_ms: int | None = None,
    ) -> int:
        """Have sent again what must have been lost; return how much.

        Args:
            location: The code location.
            sent_ms_ago: What was sent so long ago and never taken up; None for nothing.
            taken_ms_ago: What a process got so long ago, with others, and neither began nor
                returned; None for nothing.
            now_ms: The time; None for the server's.
        """
        keys = self._context.keys(location)
        requeued: int = self._context.run(
            "requeue_outbox",
            [keys.run(), *keys.queue],
            [
                given(now_ms),
                "" if sent_ms_ago is None else sent_ms_ago,
                "" if taken_ms_ago is None else taken_ms_ago,
            ],
        )
        return requeued

    def return_runs(
        self,
        location: str,
        run_ids: Sequence[str],
        *,
        slow: str | None = None,
        now_ms: int | None = None,
    ) -> int:
        """Have runs of one message sent again that its process has not begun; return how many.

        Args:
            location: The code location.
            run_ids: The runs.
            slow: The run that goes on, if one does: its job counts as slow.
            now_ms: The time; None for the server's.
        """
        keys = self._context.keys(location)
        returned: int = self._context.run(
            "return_runs", [keys.run(), *keys.queue], [given(now_ms), slow or "", *run_ids]
        )
        return returned

    def oldest_sent_ms(self, location: str) -> int | None:
        """Return for how long, in ms, the oldest entry sent has not been taken up, if one is."""
        with self._context.reading() as pipe:
            pipe.time()
            pipe.zrange(self._context.keys(location).sent, 0, 0, withscores=True)
            (seconds, micros), first = pipe.execute()
        return seconds * 1000 + micros // 1000 - int(first[0][1]) if first else None

    def waiting(self, location: str) -> tuple[int, int]:
        """Return how many entries are to be sent, and how many were sent and not taken up."""
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            pipe.zcard(keys.outbox)
            pipe.zcard(keys.sent)
            pipe.zcard(keys.taken)
            unsent, *sent = pipe.execute()
        return unsent, sum(sent)

    # ---- dry runs

    def request_preview(
        self, location: str, sensor: str, *, cursor: str | None = None, use_cursor: bool = False
    ) -> str | None:
        """Ask for a dry run; return its id, or None if there is no such sensor.

        Args:
            location: The code location.
            sensor: The sensor.
            cursor: The cursor to try, if ``use_cursor``.
            use_cursor: Whether to use that one rather than the sensor's own.
        """
        keys, preview_id = self._context.keys(location), uuid4().hex
        known = self._context.run(
            "request_preview",
            [keys.sensor(sensor), keys.preview(preview_id), keys.outbox],
            ["", sensor, preview_id, codec.wrap(cursor), int(use_cursor), PREVIEW_LIFE_MS],
        )
        return preview_id if known else None

    def begin_preview(self, location: str, preview_id: str) -> TickStart | None:
        """Take a dry run up: what the sensor is to be told. None if nobody waits for it."""
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            pipe.hget(keys.preview(preview_id), "sensor")
            (sensor,) = pipe.execute()
        reply = self._context.run(
            "begin_preview",
            [
                keys.preview(preview_id),
                keys.sensor(sensor or ""),
                keys.outbox,
                keys.sent,
                keys.inbox(sensor or ""),
            ],
            [f"preview:{preview_id}", SEEN_EVENTS, SEEN_BYTES],
        )
        if not reply:
            return None
        sensor, *state = reply
        return tick_start(Claim(sensor, 0, 0), state)

    def answer_preview(self, location: str, preview_id: str, preview: Preview) -> None:
        """Leave the answer of a dry run for who asked."""
        key = self._context.keys(location).preview(preview_id)
        data = {
            "sensor": preview.sensor,
            "status": preview.status,
            "skip_reason": preview.skip_reason,
            "error": codec.error_to_json(preview.error),
            "cursor_before": preview.cursor_before,
            "cursor_after": preview.cursor_after,
            "requests": [dict(request) for request in preview.requests],
            "dropped": [[d.run_key, d.run_id] for d in preview.dropped],
            "logs": codec.logs_to_json(preview.logs),
        }
        with self._context.reading() as pipe:
            pipe.hset(key, "answer", codec.dumps(data))
            pipe.pexpire(key, PREVIEW_LIFE_MS)
            pipe.execute()

    def preview(self, location: str, preview_id: str) -> Preview | None:
        """Return the answer of a dry run; None as long as there is none."""
        asked = self.asked_preview(location, preview_id)
        return None if asked is None else asked.answer

    def asked_preview(self, location: str, preview_id: str) -> AskedPreview | None:
        """Return a dry run, answered or not; None if nobody asked for it, or too long ago."""
        with self._context.reading() as pipe:
            pipe.hgetall(self._context.keys(location).preview(preview_id))
            (fields,) = pipe.execute()
        if "sensor" not in fields:
            return None
        answer = fields.get("answer")
        return AskedPreview(
            fields["sensor"],
            codec.unwrap(fields["cursor"]),
            fields["given"] == "1",
            None if answer is None else _preview(json.loads(answer)),
        )


def _preview(data: Mapping[str, Any]) -> Preview:
    return Preview(
        sensor=data["sensor"],
        status=TickStatus(data["status"]),
        skip_reason=data["skip_reason"],
        error=codec.error_from_json(data["error"]),
        cursor_before=data["cursor_before"],
        cursor_after=data["cursor_after"],
        requests=tuple(data["requests"]),
        dropped=codec.dropped_from_json(json.dumps(data["dropped"])),
        logs=codec.logs_from_json(data["logs"]),
    )
