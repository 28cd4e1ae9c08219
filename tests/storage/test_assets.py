"""Materializations: kept with their asset, found from anywhere, and told to who waits for them."""

import pytest

from sensors_app.model.assets import AssetKey
from sensors_app.model.cancellation import RunWish
from sensors_app.storage.store import Store
from tests.support.site import HOLDER, Site, materialized, request, sensor

ORDERS = AssetKey(["shop", "orders"])


@pytest.fixture
def maker(site: Site) -> Site:
    """A location with a run under way."""
    site.tick(request("r"))
    site.start_run("r")
    return site


@pytest.fixture
def watcher(store: Store, prefix: str) -> Site:
    """Another location, with a sensor that waits for the asset, and long has not been due."""
    other = Site(store, prefix, "other")
    other.now = store.now_ms()
    other.register(sensor("s", asset_key="shop/orders", interval_seconds=3600))
    other.tick()
    return other


def make(maker: Site, first: int = 0, **metadata: int) -> None:
    """Bring the asset about."""
    entry = materialized("r", "shop/orders", **metadata)
    wish = maker.store.runs.append_run_entries(maker.name, "r", HOLDER, first, [entry])
    assert wish is RunWish.OK


class TestTheLatest:
    """What an asset sensor is called for."""

    def test_there_is_none_at_first(self, maker: Site):
        """An asset that nothing made."""
        assert maker.store.assets.latest_materialization(ORDERS, None) is None

    def test_it_is_found_with_all_that_its_op_said(self, maker: Site):
        """The entry of the run's log, as it was written."""
        make(maker, rows=3)
        found = maker.store.assets.latest_materialization(ORDERS, None)
        assert found is not None
        assert found.entry == materialized("r", "shop/orders", rows=3)

    def test_only_a_later_one_is_new(self, maker: Site):
        """The id of the one before tells."""
        make(maker, rows=1)
        first = maker.store.assets.latest_materialization(ORDERS, None)
        assert first is not None
        assert maker.store.assets.latest_materialization(ORDERS, first.ident) is None
        make(maker, first=1, rows=2)
        second = maker.store.assets.latest_materialization(ORDERS, first.ident)
        assert second is not None
        assert second.entry == materialized("r", "shop/orders", rows=2)

    def test_a_cursor_of_another_kind_is_before_everything(self, maker: Site):
        """An operator may have set anything."""
        make(maker)
        assert maker.store.assets.latest_materialization(ORDERS, "nonsense") is not None

    def test_a_repeated_call_makes_it_once(self, maker: Site):
        """A client that lost the reply asks again."""
        make(maker)
        first = maker.store.assets.latest_materialization(ORDERS, None)
        make(maker)
        assert maker.store.assets.latest_materialization(ORDERS, None) == first


class TestWakingWatchers:
    """Sensors of the asset are due at once, in all locations."""

    def due(self, watcher: Site) -> bool:
        return len(watcher.store.ticks.claim_due("other", limit=9, window=9).claims) == 1

    def test_a_sensor_that_is_on_is_due(self, maker: Site, watcher: Site):
        """And not only at its next interval."""
        make(maker)
        assert self.due(watcher)

    def test_one_that_is_off_stays_off(self, maker: Site, watcher: Site):
        """It will find the latest when it is started."""
        watcher.store.sensors.set_sensor_status("other", "s", False)
        make(maker)
        assert not self.due(watcher)

    def test_one_that_is_just_looking_looks_once_more(self, maker: Site, watcher: Site):
        """It may have looked before the asset was there."""
        watcher.store.sensors.poke("other", "s")
        (claim,) = watcher.store.ticks.claim_due("other", limit=9, window=9).claims
        watcher.store.ticks.begin_ticks("other", [claim], HOLDER)
        make(maker)
        watcher.commit(claim)
        assert self.due(watcher)

    def test_other_assets_wake_nobody(self, maker: Site, watcher: Site):
        """Not even those whose name begins alike."""
        entry = materialized("r", "shop/orders_old")
        maker.store.runs.append_run_entries(maker.name, "r", HOLDER, 0, [entry])
        assert not self.due(watcher)

    def test_new_code_may_watch_something_else(self, maker: Site, watcher: Site):
        """What was registered last counts."""
        watcher.register(sensor("s", asset_key="another", interval_seconds=3600))
        make(maker)
        assert not self.due(watcher)


class TestAllOfThem:
    """What the pages list."""

    def test_made_and_watched_assets_are_known(self, maker: Site, watcher: Site):
        """With the sensors that they wake."""
        (before,) = maker.store.assets.known()
        assert (before.name, before.made_at, list(before.watchers)) == (
            "shop/orders",
            None,
            ["other/s"],
        )
        make(maker)
        (after,) = maker.store.assets.known()
        assert after.made_at is not None

    def test_materializations_are_told_newest_first_with_their_location(self, maker: Site):
        """As many as are asked for."""
        for n in range(3):
            make(maker, first=n, rows=n)
        found = maker.store.assets.materializations(ORDERS, limit=2)
        rows = [made.entry.asset_materialization for made in found]
        assert [made and made.metadata for made in rows] == [{"rows": 2}, {"rows": 1}]
        assert {made.location for made in found} == {"loc"}
