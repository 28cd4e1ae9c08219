"""Each failure of a sensor is in the stream of events, for the sensors that are about sensors."""

import json
from dataclasses import replace

import pytest

from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import StreamedEvent
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.watched_sensors import (
    MOST_IN_A_ROW,
    SENSOR_FAILURE,
    SENSOR_LATE,
    SensorSelector,
    WatchedSensors,
)
from tests.support.reacting import SUCCESS, Reacting, fed
from tests.support.site import BOOM, LOST, Site, sensor

TIMEOUT = SerializableErrorInfo("SensorTimeoutError: too long\n", (), "SensorTimeoutError")


@pytest.fixture
def reacting(site: Site) -> Reacting:
    """The location ``loc`` with one sensor ``s`` that is called for each success upstream."""
    site.register(fed())
    return Reacting(site)


def failures(site: Site) -> list[StreamedEvent]:
    """Return what the location's stream says of failures."""
    events = site.store.events.events(site.name)
    return [event for event in events if event.kind == SENSOR_FAILURE]


def fields(site: Site, *names: str) -> list[tuple[str, ...]]:
    """Return some fields of each."""
    return [tuple(event.fields[name] for name in names) for event in failures(site)]


def watching(name: str, *names: str) -> ReactionRules:
    """Return rules of a sensor about sensors."""
    return ReactionRules((SENSOR_FAILURE,), sensors=WatchedSensors(name, names=names))


def test_a_tick_that_fails_is_told(site: Site):
    """Which, how often in a row, and why."""
    claim = site.begun()
    site.fail(claim)
    assert fields(site, "sensor", "tick", "failures", "timeouts", "message", "cls") == [
        ("s", str(claim.token), "1", "0", "ValueError: boom", "ValueError")
    ]
    (event,) = failures(site)
    data = site.store.runs.event_of(event).event_specific_data
    assert data is not None
    assert data.error == BOOM
    assert (event.at, event.run_id) == (site.now, None)


def test_failing_again_for_the_same_claim_tells_nothing(site: Site):
    """Nor does one who has lost the claim."""
    claim = site.begun()
    site.fail(claim)
    site.fail(claim)
    site.fail(claim, holder="task/other@host/9")
    assert len(failures(site)) == 1


def test_a_tick_that_goes_well_begins_the_count_anew(site: Site):
    """Of failures, and of timeouts."""
    for error in (TIMEOUT, TIMEOUT):
        site.fail(site.begun(), error)
    site.tick()
    site.fail(site.begun(), TIMEOUT)
    assert fields(site, "failures", "timeouts") == [("1", "1"), ("2", "2"), ("1", "1")]


def test_timeouts_are_counted_by_themselves(site: Site):
    """Any other failure begins their count anew."""
    for error in (BOOM, TIMEOUT, TIMEOUT, BOOM, TIMEOUT):
        site.fail(site.begun(), error)
    assert fields(site, "failures", "timeouts") == [
        ("1", "0"),
        ("2", "1"),
        ("3", "2"),
        ("4", "0"),
        ("5", "1"),
    ]


def test_a_sensor_that_fails_without_end_says_so_a_number_of_times(site: Site):
    """Nobody can ask for more in a row; a timeout is told all the same."""
    for _ in range(MOST_IN_A_ROW + 5):
        site.fail(site.begun())
    assert len(failures(site)) == MOST_IN_A_ROW
    site.fail(site.begun(), TIMEOUT)
    assert fields(site, "timeouts")[-1] == ("1",)


def test_a_tick_whose_worker_is_lost_is_told(site: Site):
    """As a failure like any other."""
    claim = site.begun()
    site.expire_claims(dead=["worker@host"])
    assert fields(site, "sensor", "tick", "failures", "message") == [
        ("s", str(claim.token), "1", "worker lost")
    ]


def test_a_call_for_events_that_fails_is_told(reacting: Reacting):
    """By its holder or when its worker is lost; its retries count."""
    ident = reacting.begun()
    reacting.fail(ident)
    reacting.again(ident)
    reacting.expire("worker@host")
    ticks = [tick.tick_id for tick in reacting.site.store.ticks.ticks("loc", "s")]
    assert fields(reacting.site, "tick", "failures", "message") == [
        (ticks[1], "1", "ValueError: boom"),
        (ticks[0], "2", LOST.message),
    ]
    assert "through" not in failures(reacting.site)[0].fields


def test_a_call_that_goes_well_begins_the_count_anew(reacting: Reacting):
    """Also that of a retry."""
    for _ in range(2):
        ident = reacting.begun()
        reacting.fail(ident)
        reacting.again(ident)
        reacting.commit(ident)
    assert fields(reacting.site, "failures") == [("1",), ("1",)]


def test_a_large_error_is_cut(site: Site):
    """The tick has the whole; the innermost frames tell most."""
    error = SerializableErrorInfo("m" * 9000, ("f" * 9000, "innermost"), "Wide", BOOM)
    claim = site.begun()
    site.fail(claim, error)
    (event,) = failures(site)
    assert sum(map(len, event.fields.values())) < 6000
    assert json.loads(event.fields["extra"])["error"]["stack"][0].endswith("innermost")
    kept = site.store.ticks.tick("loc", "s", str(claim.token))
    assert kept is not None
    assert kept.error == error


def test_text_that_is_no_unicode_survives(site: Site):
    """File names may hold it, and errors name files."""
    site.fail(site.begun(), replace(BOOM, message="no file \udcff"))
    assert fields(site, "message") == [("no file \udcff",)]


class TestSensorsAboutSensors:
    def called(self, site: Site) -> Reacting:
        """A location whose sensors ``a`` and ``b`` watch each other, and ``a`` ``s`` too."""
        a, b = watching("a", "s", "b"), watching("b", "a")
        site.register(sensor(), replace(fed("a"), reacts_to=a), replace(fed("b"), reacts_to=b))
        return Reacting(site)

    def fail(self, reacting: Reacting, name: str) -> None:
        """Fail the one call of a sensor that waits."""
        reacting.listen(reacting.site.name)
        reacting.take()
        (reaction,) = reacting.of(name)
        assert reacting.begin(reaction.ident, name=name) is not None
        assert reacting.fail(reaction.ident, name=name)

    def test_are_called_for_a_failure(self, site: Site):
        """Within the same code location."""
        reacting = self.called(site)
        site.fail(site.begun())
        reacting.listen(site.name)
        (reaction,) = reacting.of("a")
        assert reaction.events[0].fields["sensor"] == "s"

    def test_tell_what_led_to_their_own_failure(self, site: Site):
        """So that those which watch each other find an end."""
        reacting = self.called(site)
        site.fail(site.begun())
        self.fail(reacting, "a")
        self.fail(reacting, "b")
        through = [event.fields.get("through") for event in failures(site)]
        assert through == [None, "loc/a", "loc/b,loc/a"]
        reacting.listen(site.name)
        assert len(reacting.of("a")) == 1

    def test_tell_it_of_each_event_of_a_batch(self, site: Site):
        """Once each."""
        rules = replace(watching("a", "s", "b"), batch_size=3)
        site.register(sensor(), replace(fed("a"), reacts_to=rules))
        reacting = Reacting(site)
        for through in ("loc/b", "loc/b,loc/c"):
            told = {"type": SENSOR_FAILURE, "at": site.now, "sensor": "b", "failures": 1}
            site.store.client.xadd(site.keys.events, {**told, "through": through})
        self.fail(reacting, "a")
        assert failures(site)[-1].fields["through"] == "loc/a,loc/b,loc/c"


def test_rules_are_read_as_they_were_registered(site: Site):
    """Which sensors, what for, and how often."""
    watched = WatchedSensors(
        "w",
        names=("s",),
        selectors=(SensorSelector("there"), SensorSelector("there", "t")),
        failures_in_a_row=3,
        timeouts_only=True,
        late_intervals=4,
    )
    rules = ReactionRules((SENSOR_FAILURE, SENSOR_LATE), sensors=watched)
    site.register(sensor("w", reacts_to=rules))
    assert site.store.deliveries.rules([site.name])[site.name].sensors == {"w": rules}


def test_events_of_runs_are_as_before(reacting: Reacting):
    """A failure is no event of a run, and nobody who watches runs is called."""
    reacting.fail(reacting.begun())
    assert SUCCESS not in {event.kind for event in failures(reacting.site)}
    assert reacting.listen(reacting.site.name) == 0
