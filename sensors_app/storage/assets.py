"""What runs brought about, and the sensors that wait for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sensors_app.model.assets import AssetKey
from sensors_app.model.events import EventLogEntry
from sensors_app.ports import Materialized
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext
from sensors_app.storage.scripts import Call


@dataclass(frozen=True, slots=True)
class KnownAsset:
    """An asset that somebody made or waits for.

    Args:
        name: Its key, with slashes.
        made_at: When it was made last, ms since the epoch; None if that is not known.
        watchers: The sensors that it wakes, as ``location/name``.
    """

    name: str
    made_at: int | None
    watchers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Made:
    """One materialization.

    Args:
        location: The code location it happened in.
        entry: The entry of the run's log.
    """

    location: str
    entry: EventLogEntry


class AssetStore:
    """Intents and reads around assets, which belong to no code location: any job may make any."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def latest_materialization(self, asset: AssetKey, after: str | None) -> Materialized | None:
        """Return an asset's latest materialization, in whatever code location.

        Args:
            asset: The asset.
            after: The id of one that is known: only a later one is returned.
        """
        name = asset.to_user_string()
        locations = self._locations()
        with self._context.reading() as pipe:
            for location in locations:
                pipe.xrevrange(self._context.keys(location).asset(name), count=1)
            found = [entry for entries in pipe.execute() for entry in entries]
        newest = max(found, key=lambda entry: _moment(entry[0]), default=None)
        if newest is None or (after is not None and _moment(newest[0]) <= _moment(after)):
            return None
        ident, fields = newest
        return Materialized(ident, codec.entry_from_fields(fields["run"], fields["job"], fields))

    def known(self) -> list[KnownAsset]:
        """Return every asset that was made or is watched, by name."""
        locations = self._locations()
        with self._context.reading() as pipe:
            for location in locations:
                keys = self._context.keys(location)
                pipe.zrange(keys.assets, 0, -1, withscores=True)
                pipe.hgetall(keys.watchers)
            replies = pipe.execute()
        made: dict[str, int] = {}
        watching: dict[str, list[str]] = {}
        for n, location in enumerate(locations):
            for name, at in replies[2 * n]:
                made[name] = max(int(at), made.get(name, 0))
            for name, sensors in replies[2 * n + 1].items():
                watching.setdefault(name, []).extend(f"{location}/{s}" for s in sensors.split(","))
        return [
            KnownAsset(name, made.get(name), tuple(watching.get(name, ())))
            for name in sorted({*made, *watching})
        ]

    def materializations(self, asset: AssetKey, *, limit: int = 50) -> list[Made]:
        """Return the materializations of an asset in whatever code location, newest first."""
        name, locations = asset.to_user_string(), self._locations()
        with self._context.reading() as pipe:
            for location in locations:
                pipe.xrevrange(self._context.keys(location).asset(name), count=limit)
            replies = pipe.execute()
        found = [
            (_moment(ident), location, fields)
            for location, entries in zip(locations, replies, strict=True)
            for ident, fields in entries
        ]
        newest = sorted(found, key=lambda each: each[:2], reverse=True)[:limit]
        return [
            Made(location, codec.entry_from_fields(fields["run"], fields["job"], fields))
            for _, location, fields in newest
        ]

    def wake_watchers(self, entries: Iterable[EventLogEntry]) -> None:
        """Have the sensors that watch what these entries brought about evaluated at once.

        This is no part of the step that keeps the entries: a sensor whose wake-up is lost finds
        them when it is due.
        """
        assets = sorted({name for entry in entries if (name := asset_of(entry)) is not None})
        if not assets:
            return
        calls = []
        for location in self._locations():
            keys = self._context.keys(location)
            names = [keys.watchers, keys.due, keys.sensor()]
            calls += [Call("wake_watchers", names, ["", asset]) for asset in assets]
        self._context.run_all(calls)

    def _locations(self) -> list[str]:
        with self._context.reading() as pipe:
            pipe.smembers(self._context.global_keys.locations)
            return sorted(pipe.execute()[0])


def asset_of(entry: EventLogEntry) -> str | None:
    """Return the asset that an entry says was brought about, if it says so."""
    key = None if entry.dagster_event is None else entry.dagster_event.asset_key
    return None if key is None else key.to_user_string()


def _moment(ident: str) -> tuple[int, int]:
    """Return the time of an entry of a stream, as its id has it; (0, 0) for what is no such id."""
    time, _, number = ident.partition("-")
    return (int(time), int(number or 0)) if f"{time}{number}".isdecimal() else (0, 0)
