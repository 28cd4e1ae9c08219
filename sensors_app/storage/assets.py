"""What runs brought about, and the sensors that wait for it."""

from collections.abc import Iterable

from sensors_app.model.assets import AssetKey
from sensors_app.model.events import EventLogEntry
from sensors_app.ports import Materialized
from sensors_app.storage import codec
from sensors_app.storage.base import StoreContext
from sensors_app.storage.scripts import Call


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
