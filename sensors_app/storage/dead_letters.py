"""What is read of reactions; and what people do about those that failed for good."""

import json
from collections.abc import Sequence

from sensors_app.model.reactions import Reaction
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext, given


class DeadLetters:
    """Reads around reactions, and intents around dead letters. ``now_ms`` is for tests."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def retry_dead_letters(
        self, location: str, idents: Sequence[str], *, now_ms: int | None = None
    ) -> int:
        """Have dead letters tried anew, with all their attempts; return how many it were."""
        keys = self._context.keys(location)
        known: int = self._context.run(
            "retry_dead_letters",
            [keys.dead, keys.reaction(), keys.react_outbox],
            [given(now_ms), *idents],
        )
        return known

    def drop_dead_letters(self, location: str, idents: Sequence[str]) -> int:
        """Give dead letters up; return how many it were."""
        keys = self._context.keys(location)
        known: int = self._context.run(
            "drop_dead_letters", [keys.dead, keys.reaction(), keys.reactions_of()], list(idents)
        )
        return known

    def dead_letters(self, location: str, *, limit: int = 100) -> list[Reaction]:
        """Return dead letters, newest first."""
        with self._context.reading() as pipe:
            pipe.zrange(self._context.keys(location).dead, 0, limit - 1, desc=True)
            (idents,) = pipe.execute()
        return self._read(location, idents)

    def reactions(self, location: str, sensor: str, *, limit: int = 100) -> list[Reaction]:
        """Return the reactions of a sensor that are not done, oldest first."""
        with self._context.reading() as pipe:
            pipe.zrange(self._context.keys(location).reactions_of(sensor), 0, limit - 1)
            (idents,) = pipe.execute()
        return self._read(location, idents)

    def reaction(self, location: str, ident: str) -> Reaction | None:
        """Return one reaction that is not done."""
        found = self._read(location, [ident])
        return found[0] if found else None

    def count_reactions(self, location: str, sensors: Sequence[str]) -> dict[str, int]:
        """Return how many reactions of each of these sensors are not done."""
        with self._context.reading() as pipe:
            for sensor in sensors:
                pipe.zcard(self._context.keys(location).reactions_of(sensor))
            return dict(zip(sensors, pipe.execute(), strict=True))

    def _read(self, location: str, idents: Sequence[str]) -> list[Reaction]:
        keys = self._context.keys(location)
        with self._context.reading() as pipe:
            for ident in idents:
                pipe.hgetall(keys.reaction(ident))
            found = pipe.execute()
        return [
            _reaction(location, ident, fields)
            for ident, fields in zip(idents, found, strict=True)
            if "sensor" in fields
        ]


def _reaction(location: str, ident: str, fields: codec.Fields) -> Reaction:
    data = json.loads(fields.get("data", "{}"))
    return Reaction(
        ident=ident,
        location=location,
        sensor=fields["sensor"],
        state=fields["state"],
        attempt=int(fields["attempt"]),
        events=[codec.event_from_json(fields[f"e{n + 1}"]) for n in range(int(fields["n"]))],
        created_at=int(fields["created"]),
        error=codec.error_from_json(data.get("error")),
        died_at=int(fields["died"]) if "died" in fields else None,
    )
