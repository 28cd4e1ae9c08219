"""What a listener does with the events it reads, against a store in memory of the test's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from sensors_app.engine.listening import Listening, deliveries_of, read_by_all, sources
from sensors_app.model.events import StreamedEvent
from sensors_app.model.joins import HEARD, JoinRules
from sensors_app.model.reactions import Delivery, LocationRules, ReactionRules, ReadState, Replay
from sensors_app.model.selectors import CodeLocationSelector, JobSelector, MonitoredRuns
from sensors_app.ports import RulesChanged

SUCCESS = "PIPELINE_SUCCESS"


def event(number: int, location: str = "home", job: str = "j", kind: str = SUCCESS):
    fields = {"type": kind, "at": str(number), "run": f"r{number}", "job": job}
    return StreamedEvent(location, f"{number}-0", kind, number, fields)


def rules(**runs: MonitoredRuns) -> LocationRules:
    return LocationRules(
        "1", {name: ReactionRules((SUCCESS,), each) for name, each in runs.items()}
    )


@dataclass
class Streams:
    """Streams of events, and a log of what was delivered."""

    events_of: Mapping[str, Sequence[StreamedEvent]]
    rules_of: dict[str, LocationRules]
    positions: dict[tuple[str, str], str] = field(default_factory=dict)
    replays: list[Replay] = field(default_factory=list)
    waiting: int = 0
    delivered: list[Delivery] = field(default_factory=list)
    changed: int = 0
    timed_out: list[tuple[str, Sequence[str], int]] = field(default_factory=list)

    def events(self, location, *, after="", until="", limit=1000):
        first = int(after.partition("-")[0] or 0)
        last = int(until.partition("-")[0] or 10**9)
        found = [e for e in self.events_of.get(location, ()) if first < e.at <= last]
        return found[:limit]

    def rules(self, locations):
        return {name: each for name, each in self.rules_of.items() if name in locations}

    def read_states(self, locations):
        return {
            home: ReadState(
                {source: at for (h, source), at in self.positions.items() if h == home},
                list(self.replays),
                self.waiting,
            )
            for home in locations
        }

    def deliver(self, location, source, after, read, deliveries, registration):
        if registration != self.rules_of[location].registration:
            raise RulesChanged(location)
        if self.positions.get((location, source), "") != after:
            return None
        self.positions[location, source] = read
        self.delivered += deliveries
        return len(deliveries)

    def replay(self, location, replay, read, deliveries, registration):
        self.replays.remove(replay)
        if read is not None:
            self.replays.append(replace(replay, after=read))
        self.delivered += deliveries
        return len(deliveries)

    def tags_of(self, events):
        return {(each.location, each.run_id): {"number": str(each.at)} for each in events}

    def close_joins(self, location, sensors, upto, registration):
        self.timed_out.append(("join", sensors, upto))
        return False

    def tell_absences(self, location, sensors, upto, registration):
        self.timed_out.append(("absence", sensors, upto))
        return 0


def listening(streams: Streams, window: int = 1000) -> Listening:
    made = Listening(streams, streams, window, streams)
    made.refresh(sorted({*streams.events_of, *streams.rules_of}))
    return made


@pytest.mark.parametrize(
    ("monitored", "accepted"),
    [
        (MonitoredRuns(), [1, 2]),
        (MonitoredRuns(job_names=("j",)), [1]),
        (MonitoredRuns(selectors=(CodeLocationSelector("there"),)), [3]),
        (MonitoredRuns(selectors=(JobSelector("there", job_name="no"),)), []),
        (MonitoredRuns(everywhere=True), [1, 2, 3]),
    ],
)
def test_which_events_are_whose(monitored: MonitoredRuns, accepted: Sequence[int]) -> None:
    """By status, code location and job, without reading the runs."""
    events = [
        event(1),
        event(2, job="k"),
        event(3, location="there"),
        event(4, kind="PIPELINE_FAILURE"),
    ]
    found = deliveries_of(rules(s=monitored), "home", events, Streams({}, {}).tags_of)
    assert [each.event.at for each in found] == accepted


def test_only_streams_that_matter_are_read() -> None:
    """Those that some sensor of the location watches."""
    own, other = MonitoredRuns(), MonitoredRuns(selectors=(CodeLocationSelector("there"),))
    known = ["home", "there", "elsewhere"]
    assert sources(rules(a=own), "home", known) == ["home"]
    assert sources(rules(a=own, b=other), "home", known) == ["home", "there"]
    assert sources(rules(a=MonitoredRuns(everywhere=True)), "home", known) == sorted(known)


def test_a_look_reads_on_where_the_last_one_ended() -> None:
    """Each event once, in order; a location without such sensors gets none."""
    streams = Streams(
        {"home": [event(n) for n in range(1, 301)]}, {"home": rules(s=MonitoredRuns())}
    )
    listener = listening(streams)
    first = listener.look()
    assert (first.more, first.delivered) == (True, {"home"})
    assert not listener.look().more
    assert not listener.look().delivered
    assert [each.event.at for each in streams.delivered] == list(range(1, 301))


def test_a_location_whose_workers_are_behind_is_left_alone() -> None:
    """Its events stay in the stream, where they cost least, and nobody else waits for it."""
    streams = Streams({"home": [event(1)]}, {"home": rules(s=MonitoredRuns())}, waiting=5)
    seen = listening(streams, window=5).look()
    assert (seen.full, seen.more, streams.delivered) == ({"home"}, False, [])


def test_rules_that_changed_meanwhile_are_read_again() -> None:
    """A sensor that was registered a moment ago gets its events."""
    streams = Streams({"home": [event(1)]}, {"home": rules(old=MonitoredRuns())})
    listener = listening(streams)
    streams.rules_of["home"] = replace(rules(new=MonitoredRuns()), registration="2")
    assert listener.look().more
    listener.look()
    assert [each.sensor for each in streams.delivered] == ["new"]


def test_a_replay_goes_on_to_its_end() -> None:
    """It delivers to its sensor alone, and what it does not accept is passed by."""
    events = [event(n, job="j" if n % 2 else "k") for n in range(1, 501)]
    streams = Streams(
        {"home": events},
        {"home": rules(s=MonitoredRuns(job_names=("j",)), t=MonitoredRuns())},
        positions={("home", "home"): "500-0"},
        replays=[Replay("s", "home", "100-0", "400-0")],
    )
    listener = listening(streams)
    while listener.look().more:
        pass
    assert streams.replays == []
    assert [each.event.at for each in streams.delivered] == list(range(101, 400, 2))
    assert {each.sensor for each in streams.delivered} == {"s"}


def test_a_replay_of_a_sensor_that_is_gone_ends() -> None:
    """There is nobody to deliver to."""
    streams = Streams(
        {"home": [event(1)]},
        {"home": rules(s=MonitoredRuns())},
        positions={("home", "home"): "1-0"},
        replays=[Replay("gone", "home", "0-0", "1-0")],
    )
    listening(streams).look()
    assert (streams.replays, streams.delivered) == ([], [])


def test_what_everybody_has_read() -> None:
    """The least position of those who read a stream; replays count; no reader, no position."""
    found = {
        "a": rules(s=MonitoredRuns(everywhere=True)),
        "b": rules(s=MonitoredRuns()),
    }
    states = {
        "a": ReadState({"a": "9-0", "b": "10-0"}, [Replay("s", "b", "3-1", "9-0")], 0),
        "b": ReadState({"b": "10-1"}, [], 0),
    }
    assert read_by_all("a", found, states) == "9-0"
    assert read_by_all("b", found, states) == "3-1"
    assert read_by_all("new", found, states) == "0-0"
    assert read_by_all("b", {}, {}) is None


def test_a_replay_for_a_sensor_that_is_gone_keeps_nothing():
    """Its return may never come, and a stream must not grow for ever."""
    found = {"home": rules(s=MonitoredRuns(everywhere=True))}
    replays = [Replay("gone", "a", "2-0", "5-0"), Replay("s", "a", "4-0", "5-0")]
    states = {"home": ReadState({"a": "9-0"}, replays, 0)}
    assert read_by_all("a", found, states) == "4-0"


def joined(by: str = "") -> LocationRules:
    """The rules of a join of two jobs, one of another code location."""
    runs = MonitoredRuns(job_names=("j",), selectors=(JobSelector("there", job_name="j"),))
    join = JoinRules(("/j", "there/j"), by, 1000)
    return LocationRules("1", {"s": ReactionRules((SUCCESS,), runs, join=join)})


def silent() -> LocationRules:
    return LocationRules("1", {"s": ReactionRules((SUCCESS,), absent_after_ms=1000)})


def test_events_of_a_join_come_with_their_side() -> None:
    """And with the value of the tag by which they are joined; without it they do not come."""
    events = [event(1), event(2, location="there"), event(3)]

    def tags_of(read):
        return {(each.location, each.run_id): {"day": "mon"} for each in read if each.at < 3}

    found = deliveries_of(joined("day"), "home", events, tags_of)
    assert [(each.side, each.value) for each in found] == [("/j", "mon"), ("there/j", "mon")]


def test_tags_are_read_for_joins_by_a_tag_alone() -> None:
    """Nobody else pays for it."""
    asked = []

    def tags_of(read):
        asked.append(list(read))
        return {}

    found = deliveries_of(joined(), "home", [event(1)], tags_of)
    found += deliveries_of(silent(), "home", [event(1)], tags_of)
    found += deliveries_of(rules(s=MonitoredRuns()), "home", [event(1)], tags_of)
    assert [(each.side, each.value) for each in found] == [("/j", ""), (HEARD, ""), ("", "")]
    assert asked == []


@pytest.mark.parametrize(("made", "kind"), [(joined(), "join"), (silent(), "absence")])
def test_time_counts_once_everything_is_delivered(made: LocationRules, kind: str) -> None:
    """Up to the last event, while there are more; then up to the time before the look."""
    streams = Streams({"home": [event(n) for n in range(1, 301)]}, {"home": made})
    listener = listening(streams)
    listener.look(now_ms=1000)
    listener.look()
    listener.look(now_ms=2000)
    assert streams.timed_out == [(kind, ["s"], 200), (kind, ["s"], 2000)]


def test_time_does_not_count_by_what_somebody_else_delivers() -> None:
    """Who knows how far that listener has come."""
    streams = Streams({"home": [event(1)]}, {"home": joined()})
    listener = listening(streams)
    streams.deliver = lambda *_arguments: None  # type: ignore[method-assign]
    listener.look(now_ms=1000)
    assert streams.timed_out == [("join", ["s"], 0)]
