"""Who did what, over all locations."""

from sensors_app.storage.store import Store


def note(store: Store, *what: tuple[str, str]) -> None:
    for location, target in what:
        store.audit.record(location, "ann", "start", target)


def read(store: Store, size: int, names: tuple[str, ...] = ("a", "b")) -> list[list[str]]:
    """Read it to its end, in parts."""
    found, after = [], None
    while True:
        page = store.audit.page(names, after=after, limit=size)
        found.append([entry.target for entry in page.entries])
        if page.after is None:
            return found
        after = page.after


def test_locations_are_merged_newest_first(store: Store):
    """And each entry is told once, however it is divided."""
    note(store, ("a", "1"), ("b", "2"), ("b", "3"), ("a", "4"), ("a", "5"))
    whole = [target for part in read(store, 100) for target in part]
    assert sorted(whole) == ["1", "2", "3", "4", "5"]
    assert whole[-1] == "1" or whole[0] == "5"
    for size in (1, 2, 3, 5):
        assert [target for part in read(store, size) for target in part] == whole


def test_entries_of_the_same_moment_in_two_locations_are_all_told(store: Store, prefix: str):
    """Their ids are the same, and the locations' names tell them apart."""
    fields = {"actor": "ann", "action": "start", "detail": ""}
    for location in ("a", "b", "c"):
        key = f"{prefix}:{{{location}}}:audit"
        store.client.xadd(key, {**fields, "target": location}, "1000-0")
    assert read(store, 1, ("a", "b", "c")) == [["c"], ["b"], ["a"]]


def test_only_what_is_wanted_counts(store: Store):
    """A part is full of it, if there is enough."""
    note(store, ("a", "x"), ("a", "y"), ("a", "x"))
    page = store.audit.page(["a"], accepts=lambda entry: entry.target == "x", limit=2)
    assert [entry.target for entry in page.entries] == ["x", "x"]
    assert page.after is None


def test_a_place_that_is_none_means_the_newest(store: Store):
    """Anybody may write anything into an address."""
    note(store, ("a", "x"))
    assert store.audit.page(["a"], after="-'--").entries
