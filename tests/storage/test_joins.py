"""Joins and absences: what waits for what, and for how long."""

import pytest

from sensors_app.ports import RulesChanged
from tests.support.joining import MISSING, OTHER, WINDOW_MS, Group, Joining, joining, silence
from tests.support.reacting import UPSTREAM, fed
from tests.support.site import Site, sensor


@pytest.fixture
def joins(site: Site) -> Joining:
    """A join ``s`` of the jobs ``a`` and ``b``, which are in code locations of their own."""
    site.register(joining())
    return Joining(site)


class TestComplete:
    def test_one_of_each_makes_one_call(self, joins: Joining):
        """With the events of all."""
        joins.happened("a1", "b1")
        assert joins.groups() == [Group(["a1", "b1"])]
        assert joins.waiting() == {}

    def test_one_alone_waits(self, joins: Joining):
        """For the others."""
        joins.happened("a1")
        assert (joins.groups(), joins.waiting()) == ([], {"": 1})

    def test_the_oldest_goes_with_the_oldest(self, joins: Joining):
        """However often one side fires: each event is in one call."""
        joins.happened("a1", "a2", "a3")
        joins.happened("b1", "b2")
        assert joins.groups() == [Group(["a1", "b1"]), Group(["a2", "b2"])]
        assert joins.waiting() == {"": 1}

    def test_more_than_nine_of_one_ms_are_in_order_too(self, joins: Joining):
        """The ids of a stream are numbers, and not texts."""
        joins.happened(*(f"a{n}" for n in range(12)))
        joins.happened(*(f"b{n}" for n in range(12)))
        assert joins.groups() == [Group([f"a{n}", f"b{n}"]) for n in range(12)]

    def test_the_order_in_which_streams_are_read_is_of_no_account(self, joins: Joining):
        """A listener that was late at one stream finds the same pairs."""
        joins.happen("a1")
        joins.site.now += WINDOW_MS + 1
        joins.happen("b1")
        joins.site.now += 1
        joins.happen("a2")
        joins.listen(UPSTREAM)
        joins.listen(OTHER)
        assert joins.groups() == [Group(["a2", "b1"])]

    def test_at_the_end_of_the_window_is_in_time(self, joins: Joining):
        """One ms later is not."""
        joins.happened("a1", "a2")
        joins.site.now += WINDOW_MS
        joins.happened("b1")
        joins.site.now += 1
        joins.happened("b2")
        assert joins.groups() == [Group(["a1", "b1"])]

    def test_what_is_over_goes_without_a_call(self, joins: Joining):
        """And leaves nothing behind."""
        joins.happened("a1")
        joins.site.now += WINDOW_MS + 1
        joins.close()
        assert (joins.groups(), joins.waiting()) == ([], {})
        joins.happened("b1")
        assert (joins.groups(), joins.waiting()) == ([], {"": 1})

    def test_three_jobs(self, site: Site):
        """All of them are needed."""
        site.register(joining("abc"))
        joins = Joining(site)
        joins.happened("c1", "a1")
        assert joins.groups() == []
        joins.happened("b1")
        assert joins.groups() == [Group(["a1", "b1", "c1"])]

    def test_a_reading_delivered_twice_counts_once(self, joins: Joining):
        """Whichever listener is first."""
        joins.happen("a1")
        reading = joins.reacting.read()
        assert joins.reacting.deliver(reading) == 1
        assert joins.reacting.deliver(reading) is None
        assert joins.waiting() == {"": 1}


class TestCorrelation:
    @pytest.fixture
    def joins(self, site: Site) -> Joining:
        """Runs belong together by their tag ``day``."""
        site.register(joining(by="day"))
        return Joining(site)

    def test_runs_of_one_value_go_together(self, joins: Joining):
        """Others wait for their own."""
        joins.happened("a1", day="mon")
        joins.happened("b1", day="tue")
        joins.happened("b2", day="mon")
        assert joins.groups() == [Group(["a1", "b2"], value="mon")]
        assert joins.waiting() == {"tue": 1}

    def test_a_run_without_the_tag_goes_with_none(self, joins: Joining):
        """Nor does one that is gone already, whose tags nobody knows."""
        joins.happened("a1", other="x")
        joins.happened("a2")
        assert joins.waiting() == {}

    def test_any_text_may_be_a_value(self, joins: Joining):
        """Whatever stands in it."""
        for value in ("", "a:b", "x\ny z", "ü"):
            joins.happened("a1", day=value)
            joins.happened("b1", day=value)
        assert [each.value for each in joins.groups()] == ["", "a:b", "x\ny z", "ü"]


class TestMissing:
    @pytest.fixture
    def joins(self, site: Site) -> Joining:
        """The join is called for what is not complete."""
        site.register(joining("abc", outcome=MISSING))
        return Joining(site)

    def test_it_says_who_came_and_who_did_not(self, joins: Joining):
        """When the window is over, and not before; once."""
        joins.happened("a1", "b1")
        joins.site.now += WINDOW_MS
        joins.close()
        assert joins.groups() == []
        joins.site.now += 1
        joins.close()
        joins.close()
        assert joins.groups() == [Group(["a1", "b1"], "c")]

    def test_a_complete_group_is_no_call(self, joins: Joining):
        """Nothing is missing."""
        joins.happened("a1", "b1", "c1")
        joins.site.now += WINDOW_MS + 1
        joins.close()
        assert (joins.groups(), joins.waiting()) == ([], {})

    def test_a_later_event_begins_a_group_of_its_own(self, joins: Joining):
        """It was not in the window of the first."""
        joins.happened("a1")
        joins.site.now += WINDOW_MS + 1
        joins.happened("b1")
        joins.close()
        assert joins.groups() == [Group(["a1"], "bc")]
        assert joins.waiting() == {"": 1}

    def test_it_goes_by_how_far_streams_were_read(self, joins: Joining):
        """What is in a stream, and not delivered yet, is not missing."""
        joins.happened("a1")
        upto = joins.site.now
        joins.happen("b1", "c1")
        joins.site.now += 10 * WINDOW_MS
        joins.close(upto=upto)
        joins.listen()
        joins.close()
        assert joins.groups() == []

    def test_no_more_than_a_number_of_values_a_call(self, joins: Joining):
        """It says that there are more."""
        joins.site.register(joining(by="day", outcome=MISSING))
        for day in "123":
            joins.happened("a1", day=day)
        joins.site.now += WINDOW_MS + 1
        assert joins.close(limit=2)
        assert len(joins.groups()) == 2
        assert not joins.close(limit=2)
        assert len(joins.groups()) == 3

    def test_many_groups_of_one_value_are_ended_bit_by_bit(self, joins: Joining):
        """A call does a bounded part."""
        for _ in range(101):
            joins.happen("a1")
            joins.site.now += WINDOW_MS + 1
        joins.listen()
        assert joins.close()
        assert len(joins.groups()) == 100
        assert not joins.close()
        assert len(joins.groups()) == 101

    def test_rules_that_are_out_of_date_are_noticed(self, joins: Joining):
        """Nothing is ended by them."""
        joins.happened("a1")
        joins.site.now += WINDOW_MS + 1
        store, home = joins.site.store.joins, joins.site.name
        with pytest.raises(RulesChanged):
            store.close_joins(home, ["s"], joins.site.now, "0", now_ms=joins.site.now)
        with pytest.raises(RulesChanged):
            store.tell_absences(home, ["s"], joins.site.now, "0", now_ms=joins.site.now)
        assert joins.groups() == []


class TestSwitching:
    def test_one_that_is_off_collects_nothing(self, joins: Joining):
        """Started again, it begins with what happens from then on."""
        joins.happened("a1")
        joins.site.switch(False)
        joins.happened("a2")
        joins.site.now += 1
        joins.site.switch(True)
        joins.happened("b1")
        assert (joins.groups(), joins.waiting()) == ([], {"": 1})

    def test_resumed_it_goes_on_with_what_waited(self, joins: Joining):
        """And with what happened while it was off."""
        joins.happened("a1")
        joins.site.switch(False)
        joins.happened("b1")
        joins.reacting.resume()
        assert joins.reacting.listen_to_replays() == 1
        joins.close()
        assert joins.groups() == [Group(["a1", "b1"])]

    def test_nothing_is_missing_while_it_is_to_be_replayed(self, joins: Joining):
        """Nor while the sensor is off."""
        joins.site.register(joining(outcome=MISSING))
        joins.happened("a1")
        joins.site.switch(False)
        joins.happened("b1")
        joins.site.now += WINDOW_MS + 1
        joins.close()
        joins.reacting.resume()
        joins.close()
        assert joins.groups() == []
        joins.reacting.listen_to_replays()
        joins.close()
        assert (joins.groups(), joins.waiting()) == ([], {})

    def test_nothing_is_paired_before_older_events_are_replayed(self, joins: Joining):
        """The oldest goes with the oldest, also after a stop."""
        joins.site.switch(False)
        joins.happened("a1")
        joins.reacting.resume()
        joins.happened("a2", "b1")
        assert joins.groups() == []
        joins.reacting.listen_to_replays()
        joins.site.now += WINDOW_MS + 1
        joins.close()
        assert joins.groups() == [Group(["a1", "b1"])]

    def test_skipping_drops_what_waits(self, joins: Joining):
        """It is of the time that is skipped."""
        joins.happened("a1")
        joins.reacting.skip()
        joins.site.now += 1
        joins.happened("b1")
        assert (joins.groups(), joins.waiting()) == ([], {"": 1})


class TestChangedRules:
    def test_a_job_that_is_gone_takes_its_events_along(self, joins: Joining, site: Site):
        """The others wait on."""
        site.register(joining("abc"))
        joins.happened("a1", "c1")
        site.register(joining("bc"))
        joins.happened("b1")
        assert joins.groups() == [Group(["b1", "c1"])]
        assert joins.waiting() == {}

    def test_what_is_complete_without_the_job_is_a_call(self, joins: Joining, site: Site):
        """Though no further event comes."""
        site.register(joining("abc"))
        joins.happened("a1", "b1")
        site.register(joining("ab"))
        joins.close()
        assert joins.groups() == [Group(["a1", "b1"])]

    def test_another_window_holds_for_what_waits(self, joins: Joining, site: Site):
        """It is not kept with the events."""
        joins.happened("a1")
        site.register(joining(within=10))
        site.now += 11
        joins.close()
        assert joins.waiting() == {}

    def test_another_tag_drops_what_waits(self, joins: Joining, site: Site):
        """Nobody knows what would go together."""
        joins.happened("a1")
        site.register(joining(by="day"))
        joins.close()
        assert joins.waiting() == {}

    def test_a_sensor_that_is_no_join_any_more_forgets_what_waits(self, joins: Joining, site: Site):
        """With the first event that it is called for."""
        joins.happened("a1")
        site.register(fed())
        joins.happened("b1")
        assert (joins.reacting.runs(), joins.waiting()) == ([["b1"]], {})

    def test_the_same_rules_change_nothing(self, joins: Joining, site: Site):
        """A worker that starts registers anew."""
        joins.happened("a1")
        site.register(joining())
        joins.happened("b1")
        assert joins.groups() == [Group(["a1", "b1"])]


class TestAbsence:
    @pytest.fixture
    def joins(self, site: Site) -> Joining:
        """A sensor ``s`` that is to hear of the job ``a`` each minute."""
        site.register(sensor("other"))
        site.now += 1000
        site.register(silence())
        return Joining(site)

    def test_it_is_called_once_nothing_came_for_so_long(self, joins: Joining):
        """Since it was started; not twice."""
        started = joins.site.now
        joins.site.now += WINDOW_MS
        assert joins.tell() == 0
        joins.site.now += 1
        assert (joins.tell(), joins.tell()) == (1, 0)
        assert joins.absences() == [(started, [])]

    def test_an_event_arms_it_again(self, joins: Joining):
        """The time counts from there, and the call knows the run."""
        joins.site.now += WINDOW_MS + 1
        joins.tell()
        joins.happened("a1")
        heard = joins.site.now
        joins.site.now += WINDOW_MS + 1
        assert joins.tell() == 1
        assert joins.absences()[1] == (heard, ["a1"])

    def test_events_put_it_off(self, joins: Joining):
        """As long as they come."""
        for _ in range(3):
            joins.site.now += WINDOW_MS
            joins.happened("a1")
            assert joins.tell() == 0

    def test_it_goes_by_how_far_streams_were_read(self, joins: Joining):
        """What is not delivered yet may be the event."""
        upto = joins.site.now
        joins.site.now += WINDOW_MS + 1
        assert joins.tell(upto=upto) == 0

    def test_one_that_is_off_misses_nothing(self, joins: Joining):
        """Started again, it waits anew."""
        joins.site.switch(False)
        joins.site.now += WINDOW_MS + 1
        assert joins.tell() == 0
        joins.site.switch(True)
        assert joins.tell() == 0
        joins.site.now += WINDOW_MS + 1
        assert joins.tell() == 1

    def test_resumed_it_hears_first_what_there_was(self, joins: Joining):
        """And is called only if that is too old."""
        joins.site.switch(False)
        joins.site.now += WINDOW_MS
        joins.happened("a1")
        joins.site.now += WINDOW_MS
        joins.reacting.resume()
        assert joins.tell() == 0
        joins.reacting.listen_to_replays()
        assert joins.tell() == 0
        joins.site.now += 1
        assert joins.tell() == 1
