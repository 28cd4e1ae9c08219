"""Runs of many locations as one list, a part at a time."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from sensors_app.storage.store import Store
from tests.support.site import START, Site, request, sensor


def place(store: Store, prefix: str, name: str, *moments: int) -> Site:
    """Make a location with a run at each of these times, named after it."""
    site = Site(store, prefix, name)
    site.register(sensor(interval_seconds=0))
    for n, moment in enumerate(moments):
        site.now = START + moment
        site.tick(request(f"{name}{n}"))
    return site


def parts(store: Store, names: Sequence[str], size: int, **criteria: str) -> list[list[str]]:
    """Read a list to its end."""
    found, after = [], None
    while True:
        page = store.run_pages.page(names, after=after, limit=size, **criteria)  # type: ignore[arg-type]
        found.append([run.run_id for run in page.runs])
        if page.after is None:
            return found
        after = page.after


class TestTheList:
    """Over all locations, newest first."""

    def test_locations_are_merged_by_the_time_of_their_runs(self, store: Store, prefix: str):
        """Whatever location a run is of."""
        place(store, prefix, "a", 1000, 3000)
        place(store, prefix, "b", 2000, 4000)
        assert parts(store, ["a", "b"], 10) == [["b1", "a1", "b0", "a0"]]

    def test_full_parts_end_where_the_next_begins(self, store: Store, prefix: str):
        """No run is in two of them, and there is no empty one at the end."""
        place(store, prefix, "a", 1000, 2000, 3000, 4000)
        assert parts(store, ["a"], 2) == [["a3", "a2"], ["a1", "a0"]]

    def test_a_part_begins_after_the_last_run_of_the_one_before(self, store: Store, prefix: str):
        """Wherever that is by then: runs created meanwhile move none into two parts."""
        site = place(store, prefix, "a", 1000, 2000, 2000, 2000, 3000)
        first = store.run_pages.page(["a"], limit=3)
        site.tick(request("late"), request("a9"))
        rest = store.run_pages.page(["a"], after=first.after)
        told = [run.run_id for part in (first, rest) for run in part.runs]
        assert told == ["a4", "a3", "a2", "a1", "a0"]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
    @given(
        moments=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 3)), max_size=12),
        size=st.integers(1, 5),
    )
    def test_runs_of_the_same_moment_are_all_told_once(
        self, store: Store, prefix: str, moments: list[tuple[str, int]], size: int
    ):
        """A tick may make a thousand in one."""
        store.client.flushdb()
        for name in "ab":
            own = sorted(at for where, at in moments if where == name)
            place(store, prefix, name, *own)
        found = parts(store, ["a", "b"], size)
        whole = [run_id for part in found for run_id in part]
        assert len(whole) == len(set(whole)) == len(moments)
        assert whole == [run_id for part in parts(store, ["a", "b"], 100) for run_id in part]

    def test_what_was_given_as_a_place_and_is_none_means_the_newest(
        self, store: Store, prefix: str
    ):
        """Anybody may write anything into an address."""
        place(store, prefix, "a", 1000)
        page = store.run_pages.page(["a"], after="<script>")
        assert [run.run_id for run in page.runs] == ["a0"]


class TestCriteria:
    """Which runs are wanted."""

    def test_states(self, store: Store, prefix: str):
        """Several may be wanted at once."""
        site = place(store, prefix, "a", 1000, 2000, 3000)
        site.start_run("a0")
        site.start_run("a1")
        site.mark_started("a1")
        wanted = (DagsterRunStatus.STARTING, DagsterRunStatus.STARTED)
        page = store.run_pages.page(["a"], statuses=wanted)
        assert [run.run_id for run in page.runs] == ["a1", "a0"]

    def test_a_sensor(self, store: Store, prefix: str):
        """Wherever a sensor has this name."""
        place(store, prefix, "a", 1000)
        assert parts(store, ["a"], 5, sensor="s") == [["a0"]]
        assert parts(store, ["a"], 5, sensor="t") == [[]]

    def test_a_search_that_finds_little_is_given_up_and_can_go_on(self, store: Store, prefix: str):
        """It says how far it came."""
        place(store, prefix, "a", *range(1000, 11_000, 1000))

        def accepts(run: DagsterRun) -> bool:
            return run.run_id == "a1"

        page = store.run_pages.page(["a"], accepts=accepts, limit=1, examined_max=4)
        assert not page.runs
        assert page.searched_to == START + 7000
        while not page.runs:
            assert page.after is not None
            page = store.run_pages.page(
                ["a"], accepts=accepts, limit=1, examined_max=4, after=page.after
            )
        assert [run.run_id for run in page.runs] == ["a1"]


def test_a_run_is_found_without_its_location(store: Store, prefix: str):
    """In each location that has one of this id."""
    place(store, prefix, "a", 1000)
    place(store, prefix, "b", 1000)
    assert [run.location for run in store.run_pages.homes("b0", ["a", "b"])] == ["b"]
    assert store.run_pages.homes("c0", ["a", "b"]) == []
