"""register_location: what workers say of their code, beside what its sensors have reached."""

from typing import Any

import pytest
from redis.client import Pipeline

from sensors_app.model.sensors import SensorOptions
from sensors_app.storage import definition_reads, registration
from sensors_app.storage.base import StoreContext
from tests.support.site import START, Site, request, sensor


class TestWhatIsKept:
    def test_the_location_is_listed_with_its_definitions(self, site: Site):
        """Whoever has no user code reads them here."""
        site.register(sensor("b", description="ü", tags={"k": "v"}), sensor("a"), version="2")
        (state,) = site.store.sensors.locations()
        assert (state.snapshot.name, state.snapshot.version) == ("loc", "2")
        assert state.snapshot.job_names == ["job"]
        assert state.registered_at == START
        assert [s.name for s in state.snapshot.sensors] == ["a", "b"]
        assert state.snapshot.sensors[1].description == "ü"

    def test_tells_whether_the_version_is_new(self, site: Site):
        """The same version again is nothing new; going back to an older one is."""
        assert not site.register(sensor())
        assert site.register(sensor(), version="2")
        assert site.register(sensor(), version="1")

    def test_what_a_sensor_has_reached_survives(self, site: Site):
        """Cursor, run keys, ticks and an operator's word outlast a deployment."""
        site.tick(request("r", "k"), cursor="c")
        site.switch(False)
        site.register(sensor(), version="2")
        state = site.state()
        assert (state.cursor, state.override, state.last_run_key) == ("c", False, "k")
        assert site.store.run_keys.some(site.name, "s") == {"k": "r"}
        assert len(site.store.ticks.ticks(site.name, "s")) == 1

    def test_what_scripts_are_to_know_of_options(self, site: Site):
        """It is in the sensor's hash as long as its code says so."""
        names = ["jitter", "max_requests", "key_ttl", "key_policy"]
        options = SensorOptions(0.5, 100, 60.0, "retry_failed")
        site.register(sensor(options=options), version="2")
        assert site.state().snapshot.options == options
        kept = site.store.client.hmget(site.keys.sensor("s"), names)
        assert kept == ["500", "100", "60000", "retry_failed"]
        site.register(sensor(), version="3")
        assert site.store.client.hmget(site.keys.sensor("s"), names) == [None] * 4

    def test_a_location_without_sensors_is_one(self, site: Site):
        """Its jobs may still be run."""
        site.register()
        assert site.store.sensors.sensors(site.name) == []
        assert site.store.sensors.location_names() == ["loc"]


class TestNewSensors:
    def test_one_that_runs_by_default_is_due_at_once(self, site: Site):
        """Nobody needs to start it."""
        site.register(sensor("new"))
        assert site.state("new").next_due == START

    def test_one_that_does_not_waits_to_be_started(self, site: Site):
        """It is known, and off."""
        site.register(sensor("new", running_by_default=False))
        assert not site.state("new").running
        assert site.places("new") == set()


class TestRemovedSensors:
    def test_is_shown_and_evaluated_no_more(self, site: Site):
        """What the code has no more is not due."""
        site.register(sensor("other"))
        assert [s.snapshot.name for s in site.store.sensors.sensors(site.name)] == ["other"]
        assert site.places("s") == set()
        assert site.poke() is None

    def test_comes_back_where_it_was(self, site: Site):
        """A sensor taken out by mistake goes on from its cursor."""
        site.tick(cursor="c")
        site.register()
        site.now += 40_000
        site.register(sensor())
        assert site.state().cursor == "c"
        assert site.places() == {"due"}

    def test_a_tick_under_way_may_commit_and_is_the_last(self, site: Site):
        """Its runs are kept; nothing follows."""
        claim = site.begun()
        site.register()
        assert site.commit(claim, request("r")).created == 1
        assert site.places() == set()

    def test_one_that_came_back_during_its_tick_goes_on(self, site: Site):
        """The end of the tick gives it its next due time."""
        claim = site.begun()
        site.register()
        site.register(sensor())
        assert site.places() == {"running"}
        site.commit(claim)
        assert site.places() == {"due"}


class TestRestarts:
    def test_do_not_change_the_due_time(self, site: Site):
        """Workers that restart often neither starve a sensor nor hurry it."""
        site.tick()
        for step in (1000, 10_000, 10_000):
            site.now += step
            site.register(sensor())
        assert site.state().next_due == START + 30_000

    @pytest.mark.parametrize("begin", [False, True])
    def test_leave_a_tick_under_way_alone(self, site: Site, begin: bool):
        """It is not claimed twice because a worker started."""
        claim = site.claim()
        if begin:
            site.begin(claim)
        before = site.places()
        site.register(sensor(), version="2")
        assert site.places() == before
        assert site.begin(claim) is not None
        assert site.commit(claim).accepted

    @pytest.mark.parametrize("running", [True, False])
    def test_do_not_lose_an_evaluation_asked_for(self, site: Site, running: bool):
        """A poke outlasts a restart, also of a sensor that is off."""
        site.tick()
        site.switch(running)
        site.now += 10
        site.poke()
        site.now += 10
        site.register(sensor(), version="2")
        assert site.state().next_due == START + 10

    def test_do_not_lose_one_asked_for_during_a_tick(self, site: Site):
        """It follows the tick under way."""
        claim = site.begun()
        site.poke()
        site.register(sensor(), version="2")
        site.commit(claim)
        assert site.state().next_due == site.now


class TestChangedInterval:
    def test_a_shorter_one_takes_effect_at_once(self, site: Site):
        """Nobody waits for the rest of the old interval."""
        site.tick()
        site.register(sensor(interval_seconds=5))
        assert site.state().next_due == START + 5000

    def test_a_longer_one_takes_effect_at_once(self, site: Site):
        """The next tick is put off."""
        site.tick()
        site.register(sensor(interval_seconds=500))
        assert site.state().next_due == START + 500_000

    def test_does_not_put_off_what_is_due(self, site: Site):
        """A sensor that is due stays so."""
        site.register(sensor(interval_seconds=500))
        assert site.state().next_due == START

    def test_counts_for_a_tick_under_way(self, site: Site):
        """The end of the tick goes by the new interval."""
        claim = site.begun()
        site.register(sensor(interval_seconds=5))
        site.commit(claim)
        assert site.state().next_due == START + 5000


class TestChangedDefault:
    def test_to_running_starts_the_sensor(self, site: Site):
        """Unless an operator has said otherwise, the code decides."""
        site.register(sensor(running_by_default=False))
        assert site.places() == set()
        site.now += 1000
        site.register(sensor())
        assert site.places() == {"due"}
        start = site.begin(site.claim())
        assert start is not None
        assert start.last_sensor_start_time == (START + 1000) / 1000

    def test_to_stopped_stops_it(self, site: Site):
        """A due sensor is due no more."""
        site.register(sensor(running_by_default=False))
        assert site.places() == set()
        assert not site.state().running

    @pytest.mark.parametrize("override", [True, False])
    def test_does_not_touch_what_an_operator_decided(self, site: Site, override: bool):
        """An operator's word stands; the sensor was not switched on or off by this."""
        site.switch(override)
        places = site.places()
        site.now += 1000
        site.register(sensor(running_by_default=False))
        site.register(sensor(running_by_default=True))
        assert site.state().override is override
        assert site.places() == places
        start = site.begin(site.claim())
        assert start is not None
        assert start.last_sensor_start_time == START / 1000


class TestManySensors:
    def test_they_are_registered_in_parts(self, site: Site, monkeypatch: pytest.MonkeyPatch):
        """However many there are: all are there in the end, and those that are gone are not."""
        monkeypatch.setattr(registration, "PART", 3)
        site.register(*(sensor(f"s{i}") for i in range(10)))
        assert [s.snapshot.name for s in site.store.sensors.sensors(site.name)] == [
            f"s{i}" for i in range(10)
        ]
        site.register(sensor("s4", interval_seconds=5), sensor("new"))
        (kept, new) = reversed(site.store.sensors.sensors(site.name))
        assert (kept.snapshot.interval_seconds, new.snapshot.name) == (5, "new")
        assert site.store.client.zcard(site.keys.due_slow) == 2

    def test_whoever_begins_later_takes_over(self, site: Site, monkeypatch: pytest.MonkeyPatch):
        """Of two workers with different code, the definitions of one are kept, not some of each."""
        monkeypatch.setattr(registration, "PART", 1)
        run, overtaken = StoreContext.run, []

        def overtake(self: StoreContext, script: str, *args: Any) -> Any:
            if script == "register_location" and not overtaken:
                overtaken.append(True)
                assert site.register(sensor("x"), sensor("y"), version="other")
            return run(self, script, *args)

        monkeypatch.setattr(StoreContext, "run", overtake)
        assert not site.register(sensor("a"), sensor("b"), version="late")
        (state,) = site.store.sensors.locations()
        assert state.snapshot.version == "other"
        assert [s.name for s in state.snapshot.sensors] == ["x", "y"]

    def test_they_are_read_in_parts_of_one_version(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ):
        """A registration meanwhile is noticed: never some of the code before and some of later."""
        monkeypatch.setattr(definition_reads, "PART", 1)
        site.register(*(sensor(f"s{i}", interval_seconds=1) for i in range(50)), version="old")
        hscan, parts = Pipeline.hscan, []

        def meanwhile(self: Pipeline, *args: Any, **options: Any) -> Any:
            parts.append(args)
            if len(parts) == 3:
                late = (sensor(f"s{i}", interval_seconds=2) for i in range(25, 75))
                site.register(*late, version="new")
            return hscan(self, *args, **options)

        monkeypatch.setattr(Pipeline, "hscan", meanwhile)
        (state,) = site.store.sensors.locations()
        assert len(parts) > 6
        assert state.snapshot.version == "new"
        assert [(s.name, s.interval_seconds) for s in state.snapshot.sensors] == [
            (f"s{i}", 2) for i in range(25, 75)
        ]

    def test_who_reads_them_does_not_wait_for_registrations_to_cease(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ):
        """Workers that start one after the other hold up nobody."""
        site.register(sensor())
        hscan = Pipeline.hscan

        def meanwhile(self: Pipeline, *args: Any, **options: Any) -> Any:
            site.register(sensor())
            return hscan(self, *args, **options)

        monkeypatch.setattr(Pipeline, "hscan", meanwhile)
        (state,) = site.store.sensors.locations()
        assert [s.name for s in state.snapshot.sensors] == ["s"]

    def test_a_start_of_many_is_smoothed(self, site: Site):
        """A hundred begin at once, the others one after the other, each within its interval."""
        site.register(*(sensor(f"s{i:04}", interval_seconds=1) for i in range(1000)))
        due = [s.next_due - START for s in site.store.sensors.sensors(site.name) if s.next_due]
        assert due[:100] == [0] * 100
        assert due[100:103] == [2, 4, 6]
        assert max(due) < 1000

    def test_another_worker_does_not_put_their_start_off(self, site: Site):
        """A sensor that waits for its first tick stays where it is."""
        many = [sensor(f"s{i:03}") for i in range(200)]
        site.register(*many)
        before = [s.next_due for s in site.store.sensors.sensors(site.name)]
        site.now += 50
        site.register(*many)
        assert [s.next_due for s in site.store.sensors.sensors(site.name)] == before
