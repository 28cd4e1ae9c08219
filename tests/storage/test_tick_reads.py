"""Reading ticks, and how many of them are kept for how long."""

from tests.support.site import START, Site, request, sensor


def tick_ids(site: Site, **options) -> list[str]:
    return [tick.tick_id for tick in site.store.ticks.ticks(site.name, "s", **options)]


def some_ticks(site: Site, count: int, step_ms: int = 1) -> list[str]:
    """Make ticks, and return their ids, newest first."""
    made = []
    for _ in range(count):
        site.now += step_ms
        # Ticks that say the same would be kept as one.
        site.tick(cursor=str(site.now))
        made.insert(0, str(site.now))
    return made


def test_newest_first_page_by_page(site: Site):
    """The id of the last one seen leads to the next page."""
    made = some_ticks(site, 5)
    assert tick_ids(site, limit=2) == made[:2]
    assert tick_ids(site, limit=2, before=made[1]) == made[2:4]
    assert tick_ids(site, before=made[4]) == []


def test_one_by_its_id(site: Site):
    """And none by an id that is not, or no longer, kept."""
    (made,) = some_ticks(site, 1)
    tick = site.store.ticks.tick(site.name, "s", made)
    assert tick is not None
    assert tick.ended_at == START + 1
    assert site.store.ticks.tick(site.name, "s", "1") is None


def test_a_sensor_without_ticks(site: Site):
    """There is nothing to show."""
    assert tick_ids(site) == []


def test_no_more_than_a_set_number_is_kept(site: Site, store_with):
    """The oldest go, whole nodes of the stream at a time."""
    made = some_ticks(site.through(store_with(tick_max_count=10)), 250)
    kept = tick_ids(site, limit=1000)
    assert kept == made[: len(kept)]
    assert 10 <= len(kept) < 150


def test_none_older_than_a_set_age_is_kept(site: Site, store_with):
    """The same by age."""
    made = some_ticks(site.through(store_with(tick_max_age_ms=1000)), 250, step_ms=100)
    kept = tick_ids(site, limit=1000)
    assert kept == made[: len(kept)]
    assert 10 <= len(kept) < 150


def test_which_run_keys_are_used(site: Site):
    """Asked for many at once, in any order."""
    site.tick(*[request(f"r{n}", f"k{n}") for n in range(3)])
    asked = [*[f"x{n}" for n in range(2500)], "k2", "k0"]
    assert site.store.run_keys.used(site.name, "s", asked) == {"k2": "r2", "k0": "r0"}
    assert site.store.run_keys.used(site.name, "s", []) == {}


def test_the_last_tick_of_each_sensor(site: Site):
    """In few round trips; sensors without ticks are left out."""
    site.register(sensor("a"), sensor("b"), sensor("c"))
    site.tick(name="a")
    site.tick(name="b")
    site.now += 1
    site.tick(name="a")
    last = site.store.sensors.last_ticks(site.name, ["a", "b", "c"])
    assert {name: tick.ended_at for name, tick in last.items()} == {"a": START + 1, "b": START}
    assert site.store.sensors.last_ticks(site.name, []) == {}


def test_one_sensor_alone(site: Site):
    """It reads as it does among all; one that is unknown or gone is none."""
    site.tick(cursor="c")
    assert site.store.sensors.sensor(site.name, "s") == site.state()
    assert site.store.sensors.sensor(site.name, "nobody") is None
    site.register()
    assert site.store.sensors.sensor(site.name, "s") is None


def test_the_stores_clock(store):
    """It is the server's, in ms."""
    seconds, _ = store.client.time()
    assert abs(store.now_ms() - seconds * 1000) < 60_000
