"""Sensors: what is known of them, and what an operator does to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sensors_app.model.locations import SensorSnapshot, SensorState
from sensors_app.model.ticks import Tick
from sensors_app.storage import codec
from sensors_app.storage.base import given
from sensors_app.storage.held import held_from_json
from sensors_app.storage.locations import LocationStore
from sensors_app.storage.scripts import Argument
from sensors_app.storage.sensor_codec import sensor_from_json

SENSORS_BATCH = 1000
LAST_TICKS_BATCH = 500
"""A tick may hold some 100 KB: replies are fetched in parts."""


@dataclass(frozen=True, slots=True)
class CursorChange:
    """What became of a wish to set a cursor.

    Args:
        accepted: False if there is no such sensor, or its cursor had moved.
        before: The cursor as it was found.
    """

    accepted: bool
    before: str | None


class SensorStore(LocationStore):
    """Intents and reads around sensors, and around the locations that they belong to."""

    def sensors(self, location: str) -> list[SensorState]:
        """Return every sensor of a location, by name."""
        with self._context.reading() as pipe:
            pipe.hkeys(self._context.keys(location).sensors)
            (names,) = pipe.execute()
        return self.sensors_named(location, sorted(names))

    def sensors_named(self, location: str, names: Sequence[str]) -> list[SensorState]:
        """Return those of these sensors that a location has, in the same order."""
        keys = self._context.keys(location)
        found = []
        for first in range(0, len(names), SENSORS_BATCH):
            part = list(names[first : first + SENSORS_BATCH])
            with self._context.reading() as pipe:
                pipe.hmget(keys.sensors, part)
                pipe.zmscore(keys.due, part)
                pipe.zmscore(keys.due_slow, part)
                for name in part:
                    pipe.hgetall(keys.sensor(name))
                definitions, quick, slow, *states = pipe.execute()
            due = [slow[i] if at is None else at for i, at in enumerate(quick)]
            found += [
                _sensor_state(location, sensor_from_json(definition), state, at)
                for definition, state, at in zip(definitions, states, due, strict=True)
                if definition is not None
            ]
        return found

    def sensor(self, location: str, sensor: str) -> SensorState | None:
        """Return one sensor; None if its code location does not have it (any more)."""
        found = self.sensors_named(location, [sensor])
        return found[0] if found else None

    def marks(self, location: str, names: Sequence[str]) -> list[tuple[str | None, ...]]:
        """Return what changes with each tick and each switch of these sensors, and is small."""
        keys, found = self._context.keys(location), []
        for first in range(0, len(names), SENSORS_BATCH):
            with self._context.reading() as pipe:
                for name in names[first : first + SENSORS_BATCH]:
                    pipe.hmget(keys.sensor(name), ["last_end", "override", "switched_on", "held"])
                found += pipe.execute()
        return [tuple(each) for each in found]

    def last_ticks(self, location: str, sensors: Sequence[str]) -> dict[str, Tick]:
        """Return the last tick of each of these sensors that has one, by the sensor's name."""
        keys, found = self._context.keys(location), []
        for first in range(0, len(sensors), LAST_TICKS_BATCH):
            with self._context.reading() as pipe:
                for name in sensors[first : first + LAST_TICKS_BATCH]:
                    pipe.xrevrange(keys.ticks(name), count=1)
                found += pipe.execute()
        return {
            name: codec.tick_from_entry(name, *entries[0])
            for name, entries in zip(sensors, found, strict=True)
            if entries
        }

    def set_sensor_status(
        self,
        location: str,
        sensor: str,
        running: bool | None,
        *,
        resume: bool = False,
        now_ms: int | None = None,
    ) -> bool | None:
        """Start or stop a sensor; None gives it back to the default of its code.

        Args:
            location: The code location.
            sensor: The sensor.
            running: What is wanted.
            resume: With ``running``, for a sensor that is called for events: start it where it was
                stopped, so that it is called for what happened meanwhile too.
            now_ms: The time to go by.

        Returns:
            Whether it is running now; None if there is no such sensor.
        """
        keys = self._context.keys(location)
        wanted = "DEFAULT" if running is None else ("RUNNING" if running else "STOPPED")
        status = self._context.run(
            "set_sensor_status",
            [
                keys.sensor(sensor),
                keys.due,
                keys.positions,
                keys.replays,
                keys.reactions_of(sensor),
                keys.reaction(),
                keys.react_outbox,
            ],
            [given(now_ms), sensor, "RESUME" if resume and running else wanted],
        )
        return None if status == "unknown" else status == "RUNNING"

    def set_cursor(
        self, location: str, sensor: str, cursor: str | None, *, now_ms: int | None = None
    ) -> str | None:
        """Set a cursor (None: reset it), return the one before. A tick under way is discarded."""
        change = self._set_cursor(location, sensor, cursor, ["", ""], now_ms)
        return change.before if change.accepted else None

    def change_cursor(
        self,
        location: str,
        sensor: str,
        cursor: str | None,
        *,
        expected: str | None,
        now_ms: int | None = None,
    ) -> CursorChange:
        """Do the same, unless the cursor is not ``expected`` any more."""
        return self._set_cursor(location, sensor, cursor, [1, codec.wrap(expected)], now_ms)

    def _set_cursor(
        self,
        location: str,
        sensor: str,
        cursor: str | None,
        condition: list[Argument],
        now_ms: int | None,
    ) -> CursorChange:
        keys = self._context.keys(location)
        verdict, *before = self._context.run(
            "set_cursor",
            [keys.sensor(sensor), keys.due, keys.claimed, keys.running],
            [given(now_ms), sensor, codec.wrap(cursor), *condition],
        )
        return CursorChange(verdict == "ok", codec.unwrap(before[0]) if before else None)

    def poke(self, location: str, sensor: str, *, now_ms: int | None = None) -> int | None:
        """Have a sensor evaluated now, even if it is off.

        Returns:
            A token that the evaluation's own is not below; None if there is no such sensor.
        """
        keys = self._context.keys(location)
        token: int = self._context.run(
            "poke", [keys.sensor(sensor), keys.due], [given(now_ms), sensor]
        )
        return None if token < 0 else token


def _sensor_state(
    location: str, snapshot: SensorSnapshot, fields: codec.Fields, due: float | None
) -> SensorState:
    override = fields.get("override")
    last_end, switched_on = fields.get("last_end"), fields.get("switched_on")
    return SensorState(
        location=location,
        snapshot=snapshot,
        override=None if override is None else override == "RUNNING",
        cursor=fields.get("cursor"),
        last_run_key=fields.get("last_run_key"),
        next_due=None if due is None else int(due),
        activity=fields.get("activity", "idle"),
        failures=int(fields.get("failures", 0)),
        put_off_ms=int(fields.get("put_off", 0)),
        last_tick_at=None if last_end is None else int(last_end),
        switched_on=None if switched_on is None else int(switched_on),
        strip=fields.get("strip", ""),
        quick="quick" in fields,
        took_ms=float(fields["took"]) if "took" in fields else None,
        held=held_from_json(fields["held"]) if "held" in fields else None,
    )
