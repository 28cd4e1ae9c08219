"""Searching the run keys of a sensor."""

from tests.support.site import Site, request


def test_a_search_finds_the_keys_that_fit_and_their_runs(site: Site):
    """A pattern is what Redis takes for one."""
    site.tick(request("r1", "a/1"), request("r2", "a/2"), request("r3", "b/1"))
    find = site.store.sensors.find_run_keys
    assert find("loc", "s", "a/*") == ({"a/1": "r1", "a/2": "r2"}, 0)
    assert find("loc", "s", "?/1") == ({"a/1": "r1", "b/1": "r3"}, 0)
    assert find("loc", "s", "c*") == ({}, 0)


def test_a_search_goes_on_where_it_ended(site: Site):
    """Of many keys, each is found in one of the parts."""
    keys = {f"key-{n}" for n in range(3000)}
    site.tick(*(request(f"r-{key}", key) for key in keys))
    found, after = site.store.sensors.find_run_keys("loc", "s", "*", limit=500)
    assert 500 <= len(found) < 3000
    parts = 1
    while after:
        more, after = site.store.sensors.find_run_keys("loc", "s", "*", after=after, limit=500)
        found.update(more)
        parts += 1
    assert set(found) == keys
    assert parts > 1


def test_a_search_ends_among_many_keys_that_do_not_fit(site: Site, monkeypatch):
    """A million keys must not hold a page up: whoever wants to can go on."""
    monkeypatch.setattr("sensors_app.storage.sensors.KEY_SCANS", 1)
    site.tick(*(request(f"r{n}", f"key-{n}") for n in range(3000)))
    found, after = site.store.sensors.find_run_keys("loc", "s", "nothing")
    assert found == {}
    assert after != 0
