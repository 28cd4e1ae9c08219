"""What somebody does to sensors and runs: done, and noted in the audit trail."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sensors_app.errors import UnknownNameError
from sensors_app.model.cancellation import CancelVerdict
from sensors_app.model.held import HeldTick, given_up_reason
from sensors_app.model.locations import SensorSnapshot
from sensors_app.operating.replays import count_replayed, replay_ranges
from sensors_app.operating.times import iso, parts_of
from sensors_app.storage.sensors import CursorChange
from sensors_app.storage.store import Store

SHOWN_CHARS = 200


class Operator:
    """Somebody at work; nothing of it is done without a note of who did it.

    Args:
        store: The state.
        actor: Who it is, for the audit trail.
    """

    def __init__(self, store: Store, actor: str) -> None:
        self._store = store
        self._actor = actor

    # ---- sensors

    def switch(
        self, location: str, sensor: str, running: bool | None, *, resume: bool = False
    ) -> bool:
        """Start or stop a sensor; None gives it back to the default of its code.

        Args:
            location: Its code location.
            sensor: The sensor.
            running: What is wanted.
            resume: Start a sensor that is called for events where it was stopped.

        Returns:
            Whether it is on now.

        Raises:
            UnknownNameError: There is no such sensor.
        """
        on = self._store.sensors.set_sensor_status(location, sensor, running, resume=resume)
        if on is None:
            raise _no_sensor(location, sensor)
        action = "reset" if running is None else "start" if running else "stop"
        self._note(location, action, sensor, "from where it was stopped" if resume else "")
        return on

    def evaluate(self, location: str, sensor: str) -> int:
        """Have a sensor evaluated now; return a token that its tick's id is not below.

        Raises:
            UnknownNameError: There is no such sensor that is polled.
        """
        token = self._store.sensors.poke(location, sensor)
        if token is None:
            raise _no_sensor(location, sensor)
        self._note(location, "evaluate", sensor)
        return token

    def set_cursor(
        self, location: str, sensor: str, cursor: str | None, *, expected: str | None
    ) -> CursorChange:
        """Set a cursor (None: reset it) if it is still what was seen."""
        change = self._store.sensors.change_cursor(location, sensor, cursor, expected=expected)
        if change.accepted:
            self._note_cursor(location, sensor, change.before, cursor)
        return change

    def overwrite_cursor(self, location: str, sensor: str, cursor: str | None) -> str | None:
        """Set a cursor (None: reset it), whatever it is; return the one before."""
        before = self._store.sensors.set_cursor(location, sensor, cursor)
        self._note_cursor(location, sensor, before, cursor)
        return before

    def forget_run_keys(self, location: str, sensor: str, keys: Sequence[str]) -> int:
        """Forget run keys of a sensor; return how many were known."""
        known = self._store.run_keys.forget(location, sensor, keys)
        what = ", ".join(keys)[:SHOWN_CHARS]
        self._note(location, "forget run keys", sensor, f"{known:,}: {what}")
        return known

    def forget_matching_run_keys(self, location: str, sensor: str, pattern: str) -> int:
        """Forget all run keys of a sensor that fit a pattern, and return how many; ``*``: all."""
        known = self._store.run_keys.forget_matching(location, sensor, pattern)
        what = "all" if pattern == "*" else pattern[:SHOWN_CHARS]
        self._note(location, "forget run keys", sensor, f"{known:,}: {what}")
        return known

    def release(self, location: str, sensor: str, tick_id: str) -> bool:
        """Have the runs of a held tick created; False if this tick is not held (any more)."""
        released = self._store.held.release(location, sensor, tick_id)
        if released:
            self._note(location, "release", sensor, f"tick {tick_id}")
        return released

    def discard(
        self, location: str, sensor: str, held: HeldTick, why: str = "", *, move_on: bool = False
    ) -> bool:
        """Give up what a held tick requests; False if this tick is not held (any more).

        Args:
            location: Its code location.
            sensor: The sensor.
            held: The tick.
            why: For people.
            move_on: Whether the sensor goes on from where the tick left off; else its next tick
                finds the same.
        """
        reason = given_up_reason(held.requests, self._actor, why)
        discarded = self._store.held.discard(
            location, sensor, held.tick_id, reason, move_on=move_on
        )
        if discarded:
            what = f"tick {held.tick_id}, {held.requests:,} requests"
            detail = [what, *(["the sensor moves on"] if move_on else []), *([why] if why else [])]
            self._note(location, "discard", sensor, "; ".join(detail)[:SHOWN_CHARS])
        return discarded

    def skip_to_latest(self, location: str, sensor: str) -> int:
        """Have a sensor skip all events up to now; return how many calls were dropped.

        Raises:
            UnknownNameError: No such sensor is called for events.
        """
        gone = self._store.deliveries.skip_reactions(location, sensor)
        if gone is None:
            raise _no_sensor(location, sensor)
        self._note(location, "skip to latest", sensor, f"{gone:,} calls dropped")
        return gone

    def replay(
        self, location: str, sensor: SensorSnapshot, after: str, upto: str
    ) -> tuple[int, bool]:
        """Have a sensor called once more for old events.

        Args:
            location: Its code location.
            sensor: The sensor, which events feed.
            after: The id of the event before the first.
            upto: The id of the last.

        Returns:
            For how many events, as far as they are counted, and whether for more.

        Raises:
            UnknownNameError: No such sensor is called for events.
        """
        ranges = replay_ranges(self._store, location, sensor, after, upto)
        found, more = count_replayed(self._store, location, sensor, ranges)
        if found and not self._store.deliveries.replay_events(location, sensor.name, ranges):
            raise _no_sensor(location, sensor.name)
        since = iso(parts_of(after)[0])
        self._note(
            location, "replay", sensor.name, f"{found:,}{'+' if more else ''} events since {since}"
        )
        return found, more

    def retry_dead_letters(
        self, location: str, idents: Sequence[str], *, sensor: str | None = None
    ) -> int:
        """Have dead letters, of one sensor if it is named, tried anew; return how many it were."""
        known = self._store.reactions.retry_dead_letters(location, idents)
        self._note_letters(location, "retry dead letters", idents, known, sensor)
        return known

    def drop_dead_letters(
        self, location: str, idents: Sequence[str], *, sensor: str | None = None
    ) -> int:
        """Give dead letters up, of one sensor if it is named; return how many it were."""
        known = self._store.reactions.drop_dead_letters(location, idents)
        self._note_letters(location, "drop dead letters", idents, known, sensor)
        return known

    # ---- runs

    def cancel(self, location: str, run_id: str) -> CancelVerdict:
        """Have a run ended."""
        verdict = self._store.runs.request_cancel(
            location, run_id, reason=f"{self._actor} asked for it to be canceled."
        )
        if verdict in {CancelVerdict.CANCELED, CancelVerdict.CANCELING}:
            self._note(location, "cancel", run_id)
        return verdict

    def reexecute(
        self,
        location: str,
        run_id: str,
        *,
        new_run_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        run_config: Mapping[str, Any] | None = None,
    ) -> str | None:
        """Have a run that has ended run once more; return the new run, None if it has not."""
        made = self._store.runs.reexecute_run(
            location, run_id, new_run_id or str(uuid4()), tags=tags, run_config=run_config
        )
        if made is not None:
            self._note(location, "re-execute", run_id, f"as {made}")
        return made

    def _note_cursor(
        self, location: str, sensor: str, before: str | None, after: str | None
    ) -> None:
        self._note(location, "set cursor", sensor, f"{_shown(before)} → {_shown(after)}")

    def _note_letters(
        self, location: str, action: str, idents: Sequence[str], known: int, sensor: str | None
    ) -> None:
        names = ", ".join(each.lstrip("0") for each in idents)[:SHOWN_CHARS]
        if sensor is None:
            self._note(location, action, names, f"{known:,}")
        else:
            self._note(location, action, sensor, f"{known:,}: {names}")

    def _note(self, location: str, action: str, target: str, detail: str = "") -> None:
        self._store.audit.record(location, self._actor, action, target, detail)


def _no_sensor(location: str, sensor: str) -> UnknownNameError:
    return UnknownNameError(f"There is no sensor {location}/{sensor} that this can be done to.")


def _shown(cursor: str | None) -> str:
    if cursor is None:
        return "none"
    return repr(cursor[:SHOWN_CHARS]) + ("…" if len(cursor) > SHOWN_CHARS else "")
