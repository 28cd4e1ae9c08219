"""Ticks that are held since they request too much: which they are, and what becomes of them."""

import json
from collections.abc import Mapping
from uuid import uuid4

from sensors_app.model.held import HeldTick
from sensors_app.model.ticks import RunToCreate
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given


class HeldStore:
    """Intents and reads around held ticks. ``now_ms`` is for tests; else the server's clock."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def held(self, location: str) -> dict[str, HeldTick]:
        """Return the ticks that are held, by their sensors, the longest held first."""
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            pipe.zrange(keys.held, 0, -1)
            (names,) = pipe.execute()
            for name in names:
                pipe.hget(keys.sensor(name), "held")
            found = pipe.execute()
        return {name: held_from_json(text) for name, text in zip(names, found, strict=True) if text}

    def first_requests(self, location: str, sensor: str) -> list[RunToCreate]:
        """Return the first of the requests of a tick that is held, some tens."""
        with self._context.reading() as pipe:
            pipe.hget(self._context.keys(location).staged(sensor), "1")
            (text,) = pipe.execute()
        texts = json.loads(text or "[]")
        return [
            RunToCreate(run_id, job_name, codec.unwrap(run_key), run_config, tags)
            for run_id, run_key, job_name, run_config, tags in zip(*[iter(texts)] * 5, strict=True)
        ]

    def release(
        self,
        location: str,
        sensor: str,
        tick_id: str,
        *,
        request_id: str | None = None,
        now_ms: int | None = None,
    ) -> bool:
        """Have the runs of a held tick created; False if this tick is not held (any more).

        Args:
            location: The code location.
            sensor: The sensor.
            tick_id: The tick.
            request_id: Tells a repeat of this call from another request; None for a new one.
            now_ms: The time to go by.
        """
        keys = self._context.keys(location)
        return bool(
            self._context.run(
                "release_held",
                [keys.sensor(sensor), keys.staged(sensor), keys.held, keys.unfolding],
                [given(now_ms), sensor, tick_id, request_id or uuid4().hex],
            )
        )

    def discard(
        self,
        location: str,
        sensor: str,
        tick_id: str,
        reason: str,
        *,
        move_on: bool = False,
        request_id: str | None = None,
        now_ms: int | None = None,
    ) -> bool:
        """Give the requests of a held tick up; False if this tick is not held (any more).

        Args:
            location: The code location.
            sensor: The sensor.
            tick_id: The tick.
            reason: Who gives them up, and why: what the tick says.
            move_on: Whether the sensor's cursor moves to where the tick left it, and pushed events
                that the tick saw go; else the next tick finds the same.
            request_id: Tells a repeat of this call from another request; None for a new one.
            now_ms: The time to go by.
        """
        keys, limits = self._context.keys(location), self._context.limits.of(location)
        return bool(
            self._context.run(
                "discard_held",
                [
                    keys.sensor(sensor),
                    keys.due,
                    keys.claimed,
                    keys.running,
                    keys.ticks(sensor),
                    keys.inbox(sensor),
                    keys.tally,
                    keys.staged(sensor),
                    keys.held,
                ],
                [
                    given(now_ms),
                    sensor,
                    tick_id,
                    limits.tick_max_count,
                    limits.tick_max_age_ms,
                    limits.quick_ms,
                    reason,
                    int(move_on),
                    request_id or uuid4().hex,
                ],
            )
        )


def held_from_json(text: str) -> HeldTick:
    """Read what a sensor's hash says of its tick that is held."""
    data: Mapping[str, str | int] = json.loads(text)
    return HeldTick(
        tick_id=str(data["tick"]),
        at=int(data["at"]),
        requests=int(data["requests"]),
        most=int(data["most"]) if "most" in data else None,
        usual=int(data["usual"]) if "usual" in data else None,
    )
