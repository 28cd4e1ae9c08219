"""How far the events of code locations have been read, and what was delivered to sensors."""

import json
from collections.abc import Iterable, Mapping, Sequence

from sensors_app.model.reactions import Delivery, LocationRules, ReadState, Replay
from sensors_app.ports import RulesChanged
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given
from sensors_app.storage.rules_codec import rules_from_json
from sensors_app.storage.scripts import Argument


class DeliveryStore:
    """Intents and reads of listeners."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def rules(self, locations: Sequence[str]) -> dict[str, LocationRules]:
        """Return the rules of the code locations that have sensors to deliver events to."""
        with self._context.reading() as pipe:
            for location in locations:
                keys = self._context.keys(location)
                # In this order: rules that are newer than their number are found out of date.
                pipe.hget(keys.location, "registrations")
                pipe.hgetall(keys.rules)
            found = pipe.execute()
        return {
            location: LocationRules(
                registration or "",
                {name: rules_from_json(json.loads(text)) for name, text in sensors.items()},
            )
            for location, registration, sensors in zip(
                locations, found[::2], found[1::2], strict=True
            )
            if sensors
        }

    def read_states(self, locations: Iterable[str]) -> dict[str, ReadState]:
        """Return how far the events that concern these code locations have been read."""
        locations = list(locations)
        with self._context.reading() as pipe:
            for location in locations:
                keys = self._context.keys(location)
                pipe.hgetall(keys.positions)
                pipe.hgetall(keys.replays)
                pipe.zcard(keys.react_outbox)
                pipe.zcard(keys.react_sent)
            found = iter(pipe.execute())
        return {
            location: ReadState(positions, [_replay(*each) for each in replays.items()], a + b)
            for location, positions, replays, a, b in zip(
                locations, found, found, found, found, strict=True
            )
        }

    def deliver(
        self,
        location: str,
        source: str,
        after: str,
        read: str,
        deliveries: Sequence[Delivery],
        registration: str,
        *,
        now_ms: int | None = None,
    ) -> int | None:
        """Deliver events, and move the place up to which their stream is read.

        Sensors that are off, or were started after the event, get nothing.

        Args:
            location: The sensors' code location.
            source: The code location whose events they are.
            after: The position that was read from; ``""`` for the beginning.
            read: The last event that was read.
            deliveries: Which event is for which sensor.
            registration: Of the rules that were gone by.
            now_ms: The time to go by.

        Returns:
            How many were delivered; None if somebody was here before, and has moved the position.

        Raises:
            RulesChanged: The rules are out of date; nothing was changed.
        """
        keys = self._context.keys(location)
        return self._deliver(
            location, keys.positions, [source, after, read], registration, deliveries, None, now_ms
        )

    def replay(
        self,
        location: str,
        replay: Replay,
        read: str | None,
        deliveries: Sequence[Delivery],
        registration: str,
        *,
        now_ms: int | None = None,
    ) -> int | None:
        """Deliver old events of a replay, and note how far it is.

        Also to a sensor that is off: then they are held until it is started.

        Args:
            location: The sensor's code location.
            replay: As it was read.
            read: The last event that was read; None if it is over.
            deliveries: The events.
            registration: Of the rules that were gone by.
            now_ms: The time to go by.

        Returns:
            How many were delivered; None if somebody was here before, or the sensor is gone: then
            the replay waits.

        Raises:
            RulesChanged: The rules are out of date; nothing was changed.
        """
        position = [
            f"{replay.sensor} {replay.source} {replay.until}",
            f"{replay.after} {replay.since}",
            "" if read is None else f"{read} {replay.since}",
        ]
        replays = self._context.keys(location).replays
        return self._deliver(
            location, replays, position, registration, deliveries, replay.since, now_ms
        )

    def _deliver(
        self,
        location: str,
        positions: str,
        position: Sequence[str],
        registration: str,
        deliveries: Sequence[Delivery],
        since: int | None,
        now_ms: int | None,
    ) -> int | None:
        keys = self._context.keys(location)
        replayed = "" if since is None else since
        args: list[Argument] = [given(now_ms), *position, registration, replayed]
        for each in deliveries:
            event = codec.event_to_json(each.event)
            args += [each.sensor, each.event.at, event, each.side, each.value]
        verdict, *rest = self._context.run(
            "deliver_events",
            [
                positions,
                keys.sensor(),
                keys.reaction(),
                keys.react_outbox,
                keys.reactions_of(),
                keys.location,
                keys.rules,
                keys.replays,
                keys.join_values(),
                keys.join_events(),
            ],
            args,
        )
        if verdict == "rules":
            raise RulesChanged(location)
        return int(rest[0]) if verdict == "ok" else None

    def replay_events(
        self, location: str, sensor: str, ranges: Mapping[str, tuple[str, str]]
    ) -> bool:
        """Have old events delivered to a sensor once more.

        Args:
            location: Its code location.
            sensor: The sensor, which is called for events.
            ranges: For each code location it watches, after which event, and up to which.

        Returns:
            False if no such sensor is called for events.
        """
        keys = self._context.keys(location)
        args: list[Argument] = [sensor]
        for source, (after, until) in ranges.items():
            args += [source, after, until]
        return bool(self._context.run("replay_events", [keys.sensor(sensor), keys.replays], args))

    def skip_reactions(
        self, location: str, sensor: str, *, now_ms: int | None = None
    ) -> int | None:
        """Have a sensor skip all that happened up to now; return how many reactions went.

        None if no such sensor is called for events. Calls under way and dead letters stay.
        """
        keys = self._context.keys(location)
        gone: int = self._context.run(
            "skip_reactions",
            [
                keys.sensor(sensor),
                keys.reactions_of(sensor),
                keys.reaction(),
                keys.react_outbox,
                keys.react_sent,
                keys.react_later,
                keys.replays,
            ],
            [given(now_ms), sensor],
        )
        return None if gone < 0 else gone


def _replay(field: str, value: str) -> Replay:
    sensor, _, rest = field.partition(" ")
    source, _, until = rest.rpartition(" ")
    after, _, since = value.partition(" ")
    return Replay(sensor, source, after, until, int(since))
