"""Events, and the sensors of a site that are called for them: arrange in few words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sensors_app.engine.listening import deliveries_of
from sensors_app.model.events import StreamedEvent
from sensors_app.model.locations import SensorSnapshot
from sensors_app.model.reactions import (
    Delivery,
    LocationRules,
    Reaction,
    ReactionEnd,
    ReactionMessage,
    ReactionRules,
    ReactionStart,
)
from sensors_app.model.selectors import MonitoredRuns
from sensors_app.model.ticks import RunToCreate, TickFailure, TickResult
from sensors_app.storage.commits import Commit
from sensors_app.storage.keys import LocationKeys
from tests.support.site import BOOM, HOLDER, LOST, Site, sensor

SUCCESS = "PIPELINE_SUCCESS"
FAILURE = "PIPELINE_FAILURE"
UPSTREAM = "upstream"
"""A code location whose runs are watched."""

PAUSE_MS = 1000


def fed(
    name: str = "s",
    *,
    kinds: Sequence[str] = (SUCCESS,),
    batch_size: int = 1,
    retry_delays_ms: Sequence[int] = (PAUSE_MS,),
    **fields: Any,
) -> SensorSnapshot:
    """Return a sensor that is called for each success anywhere, and tried twice."""
    rules = ReactionRules(
        tuple(kinds), MonitoredRuns(everywhere=True), batch_size, tuple(retry_delays_ms)
    )
    return sensor(name, reacts_to=rules, **fields)


@dataclass
class Reading:
    """What a listener has read of a stream, and may deliver now or much later."""

    source: str
    after: str
    events: Sequence[StreamedEvent]
    deliveries: Sequence[Delivery]
    registration: str


@dataclass
class Reacting:
    """What the listener and the react workers of a site do."""

    site: Site

    # ---- events

    def happen(
        self,
        run_id: str = "r",
        kind: str = SUCCESS,
        *,
        source: str = UPSTREAM,
        at: int = 0,
        job: str = "job",
    ) -> str:
        """Append an event to a stream, now unless said otherwise; return its id."""
        at = at or self.site.now
        client, key = self.site.store.client, LocationKeys(self.site.prefix, source).events
        last: Any = client.xrevrange(key, count=1)
        ms = max(at, int(last[0][0].split("-")[0]) if last else 0)
        event: Any = {
            "type": kind,
            "at": at,
            "run": run_id,
            "job": job,
            "message": "",
            "extra": "",
        }
        return str(client.xadd(key, event, id=f"{ms}-*"))

    def read(self, source: str = UPSTREAM, limit: int = 1000) -> Reading:
        """Read a stream on from where it was read, without delivering anything."""
        store, home = self.site.store, self.site.name
        (state,) = store.deliveries.read_states([home]).values()
        after = state.positions.get(source, "")
        events = store.events.events(source, after=after, limit=limit)
        rules = store.deliveries.rules([home])[home]
        found = deliveries_of(rules, home, events, store.joins.tags_of)
        return Reading(source, after, events, found, rules.registration)

    def deliver(self, reading: Reading) -> int | None:
        """Deliver what was read."""
        if not reading.events:
            return 0
        return self.site.store.deliveries.deliver(
            self.site.name,
            reading.source,
            reading.after,
            reading.events[-1].ident,
            reading.deliveries,
            reading.registration,
            now_ms=self.site.now,
        )

    def listen(self, *sources: str) -> int:
        """Read on and deliver; return how much it was."""
        return sum(self.deliver(self.read(source)) or 0 for source in sources or (UPSTREAM,))

    def replay(self, after: str, until: str, name: str = "s", *, source: str = UPSTREAM) -> bool:
        """Ask for events to be delivered once more."""
        return self.site.store.deliveries.replay_events(
            self.site.name, name, {source: (after, until)}
        )

    def listen_to_replays(self, limit: int = 1000) -> int:
        """Deliver the next events of each replay; return how much it was."""
        store, home, delivered = self.site.store, self.site.name, 0
        (state,) = store.deliveries.read_states([home]).values()
        for replay in state.replays:
            rules = store.deliveries.rules([home]).get(home)
            if rules is None:
                continue
            events = store.events.events(
                replay.source, after=replay.after, until=replay.until, limit=limit
            )
            own = {name: each for name, each in rules.sensors.items() if name == replay.sensor}
            found = deliveries_of(
                LocationRules(rules.registration, own), home, events, store.joins.tags_of
            )
            read = events[-1].ident if len(events) == limit else None
            delivered += (
                store.deliveries.replay(
                    home, replay, read, found, rules.registration, now_ms=self.site.now
                )
                or 0
            )
        return delivered

    def happened(self, *run_ids: str) -> list[str]:
        """Let runs succeed and deliver that; return the reactions that wait."""
        for run_id in run_ids or ("r",):
            self.happen(run_id)
        self.listen()
        return [each.ident for each in self.of()]

    # ---- reactions

    def messages(self, limit: int = 500) -> list[ReactionMessage]:
        """Send what is to be sent."""
        return self.site.store.reactions.take_reactions(
            self.site.name, limit=limit, now_ms=self.site.now
        )

    def take(self, limit: int = 500) -> list[str]:
        """Send what is to be sent; return the ids."""
        return [each.ident for each in self.messages(limit)]

    def requeue(self, sent_ms_ago: int = 0) -> int:
        """Have sent again what was sent too long ago."""
        return self.site.store.reactions.requeue_reactions(
            self.site.name, sent_ms_ago, now_ms=self.site.now
        )

    def begin(self, ident: str, holder: str = HOLDER, name: str = "s") -> ReactionStart | None:
        """Take a reaction up."""
        return next(iter(self.begin_together((name, ident), holder=holder)), None)

    def begin_together(
        self, *reactions: tuple[str, str], holder: str = HOLDER
    ) -> list[ReactionStart]:
        """Take up the reactions of one message, by sensor and id."""
        return self.site.store.reactions.begin_reactions(
            self.site.name, reactions, holder, now_ms=self.site.now
        )

    def begun(self, *run_ids: str, holder: str = HOLDER) -> str:
        """Let runs succeed, and begin the one call for that; return the reaction."""
        (ident,) = self.happened(*run_ids)
        self.take()
        assert self.begin(ident, holder) is not None
        return ident

    def again(self, ident: str, holder: str = HOLDER) -> ReactionStart | None:
        """Let the pause before a retry pass, and begin it."""
        self.site.now += PAUSE_MS
        self.take()
        return self.begin(ident, holder)

    def commit(
        self,
        ident: str,
        *runs: RunToCreate,
        holder: str = HOLDER,
        name: str = "s",
        lineage: str = "",
        **result: Any,
    ) -> Commit:
        """Keep what a call came to."""
        return self._finish(
            ReactionEnd(name, ident, TickResult(runs, **result), lineage=lineage), holder
        )

    def fail(
        self, ident: str, holder: str = HOLDER, name: str = "s", *, final: bool = False
    ) -> bool:
        """Keep that a call failed."""
        return self._finish(ReactionEnd(name, ident, TickFailure(BOOM), final), holder).accepted

    def _finish(self, end: ReactionEnd, holder: str) -> Commit:
        (commit,) = self.site.store.reactions.finish_reactions(
            self.site.name, [end], holder, now_ms=self.site.now
        )
        return commit

    def lose(self, *reactions: tuple[str, str], holder: str = HOLDER) -> None:
        """End the calls of a message whose process is gone."""
        self.site.store.reactions.lose_reactions(
            self.site.name, reactions, holder, TickFailure(BOOM), now_ms=self.site.now
        )

    def give_back(self, *idents: str, goes_on: str | None = None, holder: str = HOLDER) -> int:
        """Have reactions sent again that were not called."""
        return self.site.store.reactions.return_reactions(
            self.site.name, idents, holder, goes_on=goes_on, now_ms=self.site.now
        )

    def expire(self, *dead: str) -> list[tuple[str, str]]:
        """Fail the calls whose time is over or whose worker is dead."""
        return self.site.store.reactions.expire_reactions(
            self.site.name, LOST, dead, now_ms=self.site.now
        )

    def died(self) -> str:
        """Make a dead letter; return its id."""
        ident = self.begun()
        assert self.fail(ident, final=True)
        return ident

    def retry(self, *idents: str) -> int:
        """Have dead letters tried anew."""
        return self.site.store.reactions.retry_dead_letters(
            self.site.name, idents, now_ms=self.site.now
        )

    def drop(self, *idents: str) -> int:
        """Give dead letters up."""
        return self.site.store.reactions.drop_dead_letters(self.site.name, idents)

    def skip(self, name: str = "s") -> int | None:
        """Skip everything up to now."""
        return self.site.store.deliveries.skip_reactions(self.site.name, name, now_ms=self.site.now)

    def resume(self, name: str = "s") -> bool | None:
        """Start a sensor where it was stopped."""
        return self.site.store.sensors.set_sensor_status(
            self.site.name, name, True, resume=True, now_ms=self.site.now
        )

    # ---- what there is

    def of(self, name: str = "s") -> list[Reaction]:
        """Return the reactions of a sensor that are not done."""
        return self.site.store.reactions.reactions(self.site.name, name, limit=10_000)

    def runs(self, name: str = "s") -> list[list[str | None]]:
        """Return which runs each of its reactions is for."""
        return [[event.run_id for event in each.events] for each in self.of(name)]

    def states(self, name: str = "s") -> list[str]:
        """Return the states of its reactions."""
        return [each.state for each in self.of(name)]

    def places(self, ident: str) -> set[str]:
        """Return in which of the lists a reaction is."""
        keys, client = self.site.keys, self.site.store.client
        names = ("react_outbox", "react_sent", "react_later", "reacting", "dead")
        return {name for name in names if client.zscore(getattr(keys, name), ident) is not None}
